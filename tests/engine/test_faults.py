"""Every way a script can end badly is a clear error, and the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

import drawloom
from drawloom.engine import pools
from drawloom.errors import DrawloomError, LimitError, SandboxError, ScriptError

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
GIB = 1024**3


@pytest.fixture(autouse=True)
def _next_run_works() -> object:
    yield
    result = drawloom.run_script("def azureml_main(df):\n    return df * 2\n", FRAME)
    assert result.dataset["x"].tolist() == [2.0, 4.0, 6.0]


def _fails(body: str, kind: type[DrawloomError], **options: object) -> DrawloomError:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    with pytest.raises(kind) as caught:
        drawloom.run_script(f"import os\ndef azureml_main(df):\n{lines}\n", FRAME, **options)  # type: ignore[arg-type]
    return caught.value


def test_sleeping_past_its_time() -> None:
    error = _fails("import time\ntime.sleep(60)", LimitError, timeout=0.5)
    assert error.code == "0072"
    assert "0.5 seconds" in error.message


def test_ignoring_every_signal() -> None:
    body = (
        "import signal\n"
        "for number in set(range(1, 65)) - {9, 19, 32, 33}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n"
        "    pass"
    )
    assert _fails(body, LimitError, timeout=0.5).code == "0072"


def test_more_memory_than_allowed_in_one_process() -> None:
    error = _fails("block = bytearray(900_000_000)\nreturn df", DrawloomError, memory=GIB // 2)
    assert error.code == "0138"


def test_more_memory_than_allowed_in_many_processes() -> None:
    body = (
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        block = bytearray(200_000_000)\n"
        "        import time\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "while True:\n"
        "    os.waitpid(-1, 0)\n"
    )
    before = _memory_used()
    error = _fails(body, DrawloomError, memory=GIB // 2, timeout=20)
    assert error.code in ("0138", "0085")
    assert _memory_used() - before < GIB


def _memory_used() -> int:
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0])
    return (int(fields["MemTotal"].split()[0]) - free) * 1024


def test_a_full_disk() -> None:
    body = "with open('big', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 24))"
    error = _fails(body, LimitError)
    assert "No space left on device" in error.message


def test_too_many_processes() -> None:
    body = "while True:\n    if os.fork() == 0:\n        import time\n        time.sleep(60)"
    error = _fails(body, ScriptError, timeout=30)
    assert "Resource temporarily unavailable" in error.message


def test_printing_without_end() -> None:
    error = _fails("while True:\n    print('x' * 1_000_000)", LimitError, timeout=60)
    assert "printed more than 64 MiB" in error.message


def test_a_long_log_is_cut_and_said_to_be() -> None:
    result = drawloom.run_script("def azureml_main(df):\n    print('x' * 3_000_000)\n    return df\n", FRAME)
    assert len(result.stdout) == 1024 * 1024
    assert any("1 MiB" in note for note in result.notes)


def test_ending_the_process() -> None:
    assert "status 7" in _fails("os._exit(7)", ScriptError).message


def test_crashing_the_interpreter() -> None:
    error = _fails("import ctypes\nctypes.string_at(0)", ScriptError)
    assert "SIGSEGV" in error.message


def test_a_lie_instead_of_an_answer() -> None:
    body = 'import socket\nsocket.socket(fileno=os.dup(3)).send(b\'{"ok":true,"counts":{}}\')\nos._exit(0)'
    error = _fails(body, DrawloomError)
    assert error.code in ("0018", "1000", "0085")


def test_an_output_that_is_no_table() -> None:
    body = (
        "for fd in range(4, 64):\n"
        "    try:\n"
        "        os.write(fd, b'ARROW1\\0\\0' + b'nonsense' * 100)\n"
        "    except OSError:\n"
        "        pass\n"
        "import socket\n"
        'socket.socket(fileno=os.dup(3)).send(b\'{"ok":true,"counts":{}}\')\n'
        "import time\n"
        "time.sleep(5)"
    )
    assert isinstance(_fails(body, DrawloomError), DrawloomError)


def test_a_child_killed_while_it_works() -> None:
    body = "import time\nprint('here', flush=True)\ntime.sleep(30)"
    caught: list[DrawloomError] = []
    runner = threading.Thread(target=lambda: caught.append(_fails(body, DrawloomError, timeout=20)))
    runner.start()
    _kill_sleeping()
    runner.join(25)
    assert isinstance(caught[0], SandboxError)
    assert "SIGKILL" in caught[0].message


def _kill_sleeping() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for worker in list(pools.warm_pool()._alive.values()):
            with_time = Path(f"/proc/{worker.pid}/syscall")
            try:
                if with_time.read_text().split()[0] == "230":  # clock_nanosleep
                    os.kill(worker.pid, signal.SIGKILL)
                    return
            except (OSError, IndexError):
                continue
        time.sleep(0.05)
    raise AssertionError("no child was seen sleeping")


def test_a_killed_host_leaves_nothing_behind(tmp_path: Path) -> None:
    program = (
        "import drawloom, pathlib, sys\n"
        "from drawloom.engine import pools\n"
        "pool = pools.warm_pool()\n"
        "worker = pool.take()\n"
        "print(pool._launched.process.pid, worker.pid, flush=True)\n"
        "drawloom.run_script('def azureml_main():\\n    import time\\n    time.sleep(60)\\n')\n"
    )
    host = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path)
    assert host.stdout is not None
    pids = [int(text) for text in host.stdout.readline().split()]
    time.sleep(0.5)
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
