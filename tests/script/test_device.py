"""Standard output and standard error: apart, live, and in their true order."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from drawloom.script.device import Device, Tee

from .running import outcome


def log(text: str, workdir: Path) -> list[tuple[str, str]]:
    done = outcome(
        f"import sys\ndef azureml_main():\n{textwrap.indent(textwrap.dedent(text), '    ')}", workdir
    )
    assert done.error is None
    return done.log


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "print('a'); print('b', file=sys.stderr); print('c')",
            [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")],
        ),
        (
            "print('a', end=''); sys.stderr.write('b'); print('c', end='')",
            [("stdout", "a"), ("stderr", "b"), ("stdout", "c")],
        ),
        (
            "sys.stderr.write('a'); sys.stdout.write('b'); sys.stderr.write('c'); sys.stdout.write('d\\n')",
            [("stderr", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d\n")],
        ),
        ("sys.stdout.buffer.write(b'x'); print('y', flush=True)", [("stdout", "xy\n")]),
        ("sys.stdout.reconfigure(encoding='ascii', errors='replace'); print('\\u00fc')", [("stdout", "?\n")]),
        ("print('\\u00fc\\udc80')", [("stdout", "ü\\udc80\n")]),
        ("sys.stdout.buffer.write(b'\\xff')", [("stdout", "\ufffd")]),
        ("print('x'); sys.stdout.close()", [("stdout", "x\n")]),
        ("sys.stdout = sys.__stdout__; print('x')", [("stdout", "x\n")]),
        ("sys.stdout.writelines(['a\\n', 'b'])", [("stdout", "a\nb")]),
    ],
)
def test_what_python_writes_is_recorded_in_its_order(
    code: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert log(code, tmp_path) == expected


def test_a_progress_bar_is_recorded_as_it_was_drawn(tmp_path: Path) -> None:
    code = "for n in range(3): sys.stderr.write(f'\\r{n}'); sys.stderr.flush()"
    assert log(code, tmp_path) == [("stderr", "\r0\r1\r2")]


def test_streams_look_like_real_ones(tmp_path: Path) -> None:
    code = "out = sys.stdout; print(out.fileno(), sys.stderr.fileno(), out.isatty(), out.encoding, out.mode)"
    assert log(code, tmp_path) == [("stdout", "1 2 False utf-8 w\n")]


def test_the_log_is_cut_at_its_limit_and_says_so(tmp_path: Path) -> None:
    done = outcome("def azureml_main():\n    print('x' * (2 << 20))\n", tmp_path)
    assert sum(len(text) for _, text in done.log) == 1 << 20
    assert "cut after 1024 KiB" in done.notes[-1]


def in_a_process(body: str) -> tuple[str, str]:
    """Run code in a fresh Python and give what its descriptors 1 and 2 received."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(body)], capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


def test_descriptors_are_real_for_c_and_child_processes() -> None:
    out, err = in_a_process(
        """
        import os, subprocess, sys
        from drawloom.script.device import Device
        with Device():
            print("python")
            os.write(1, b"C\\n")
            subprocess.run([sys.executable, "-c", "print('child')"])
            os.write(2, b"error\\n")
        """
    )
    assert out == "python\nC\nchild\n"
    assert err == "error\n"


def test_logging_and_warnings_go_to_standard_error() -> None:
    out, err = in_a_process(
        """
        import logging, sys, warnings
        from drawloom.script.device import Device
        with Device() as device:
            logging.warning("careful")
            warnings.warn("old")
        print([stream for stream, text in device.log()], "careful" in device.log()[0][1])
        """
    )
    assert out == "['stderr'] True\n"
    assert err.startswith("WARNING:root:careful\n<string>:6: UserWarning: old")


def test_a_line_is_written_at_once() -> None:
    out, _ = in_a_process(
        """
        import os
        from drawloom.script.device import Device
        with Device():
            print("a line")
            os._exit(0)
        """
    )
    assert out == "a line\n"


def test_what_is_pending_is_written_before_standard_error() -> None:
    code = """
        import os, sys
        os.dup2(1, 2)
        from drawloom.script.device import Device
        with Device():
            print("a", end="")
            print("b", end="", file=sys.stderr)
            print("c", end="")
        """
    assert in_a_process(code)[0] == "abc"


def test_a_tee_catches_descriptors_and_echoes_to_standard_error() -> None:
    out, err = in_a_process(
        """
        import os, sys
        from drawloom.script.device import Device, Tee
        caught = []
        with Tee(lambda stream, data: caught.append((stream, data))):
            with Device() as device:
                print("python")
            os.write(1, b"C\\n")
        print(b"".join(data for stream, data in caught if stream == "stdout"))
        """
    )
    assert out == "b'python\\nC\\n'\n"
    assert err == "python\nC\n"


def test_a_tee_gives_the_descriptors_back(capfd: pytest.CaptureFixture[str]) -> None:
    caught: list[tuple[str, bytes]] = []
    for _ in range(3):
        with Tee(lambda stream, data: caught.append((stream, data)), echo=False), Device():
            print("inside")
    print("outside")
    assert capfd.readouterr().out == "outside\n"
    assert caught == [("stdout", b"inside\n")] * 3
