"""Everything holds for a user without privileges as well, and where no sandbox can be had nothing runs."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

ADD = "def azureml_main(df):\n    df['b'] = df['a'] + 1\n    print('added')\n    return df\n"


@pytest.fixture
def write(public_path: Path) -> Callable[[str, str], Path]:
    """Write a file where an ordinary user can read it."""

    def write_(name: str, text: str) -> Path:
        path = public_path / name
        path.write_text(textwrap.dedent(text))
        public_path.chmod(0o755)
        return path

    return write_


def test_a_run_keeps_its_results_for_an_ordinary_user(
    as_ordinary_user: Run, drawloom: Path, write: Callable[[str, str], Path], public_path: Path
) -> None:
    write("table.csv", "a\n1\n2\n")
    script = write("add.py", ADD)
    words = ["--dataset1", "table.csv", "--out", "out", "--json"]
    done = as_ordinary_user([drawloom, "run", script, *words])
    assert done.returncode == 0, done.stderr
    assert (public_path / "out/dataset.csv").read_text() == "a,b\n1,2\n2,3\n"
    assert json.loads(done.stdout)["walls"]["attested"]["identity"]


FAULTS = '''
import os
import pandas as pd
from drawloom import DrawloomError, run_script

FRAME = pd.DataFrame({"x": [1.0]})

def fails(body, **options):
    lines = "\\n".join("    " + line for line in body.splitlines())
    try:
        run_script("import os, time\\ndef azureml_main(df):\\n" + lines + "\\n", FRAME, **options)
    except DrawloomError as error:
        assert run_script("def azureml_main(df):\\n    return df\\n", FRAME).dataset["x"][0] == 1.0
        return error
    raise AssertionError("nothing was refused: " + body)

HOG = """
for _ in range(6):
    if os.fork() == 0:
        block = bytearray(150_000_000)
        time.sleep(30)
        os._exit(0)
while True:
    os.waitpid(-1, 0)
"""
FILL = """
for fd in range(4, 64):
    try:
        if "memfd:dataset" in os.readlink(f"/proc/self/fd/{fd}"):
            while True:
                os.write(fd, bytes(1 << 24))
                time.sleep(0.005)
    except OSError:
        continue
"""
assert fails("time.sleep(60)", timeout=0.5).code == "0072"
assert fails("block = bytearray(900_000_000)", memory=1 << 28).code == "0138"
assert fails(HOG, memory=1 << 28, timeout=20).code == "0138"
assert fails(FILL, memory=1 << 28, timeout=20).code == "0138"
assert "status 7" in fails("os._exit(7)").message
assert "SIGSEGV" in fails("import ctypes; ctypes.string_at(0)").message
assert "No space left" in fails("f = open('big', 'wb')\\nwhile True:\\n    f.write(bytes(1 << 24))").message
assert "temporarily unavailable" in fails("while os.fork():\\n    pass\\ntime.sleep(60)").message
for path in ("/etc/shadow", os.getcwd(), os.path.expanduser("~")):
    assert "Error" in fails(f"open({path!r} + '/x', 'w')").message
print("all refused")
'''


def test_faults_end_as_clearly_for_an_ordinary_user(as_ordinary_user: Run) -> None:
    done = as_ordinary_user([sys.executable, "-c", FAULTS])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all refused\n"


@pytest.fixture
def where_user_namespaces_are_denied(run_as: Run) -> Run:
    """Run a command in a user namespace that may have none below it."""
    shut = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'

    def run(words: list[str | Path]) -> subprocess.CompletedProcess[str]:
        return run_as(["unshare", "--user", "--map-root-user", "sh", "-ec", shut, "sh", *words])

    return run


def test_where_user_namespaces_are_denied_the_doctor_says_so(
    where_user_namespaces_are_denied: Run, drawloom: Path
) -> None:
    done = where_user_namespaces_are_denied([drawloom, "doctor", "--json"])
    assert done.returncode == 3, done.stderr
    diagnosis = json.loads(done.stdout)
    assert diagnosis["level"] == 0
    assert diagnosis["verdict"].startswith("none")
    (wall,) = [wall for wall in diagnosis["walls"] if not wall["stands"]]
    assert "User namespaces are switched off" in wall["remedy"]
    assert "sysctl user.max_user_namespaces" in wall["remedy"]


def test_where_user_namespaces_are_denied_nothing_is_run(
    where_user_namespaces_are_denied: Run, drawloom: Path, write: Callable[[str, str], Path]
) -> None:
    script = write("loud.py", "print('I ran')\ndef azureml_main():\n    print('I ran')\n")
    done = where_user_namespaces_are_denied([drawloom, "run", script])
    assert done.returncode == 3
    assert "I ran" not in done.stdout + done.stderr
    assert "Nothing was run" in done.stderr
    assert "drawloom doctor" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_user_namespaces_are_denied_a_debugger_still_has_its_run_without_walls(
    where_user_namespaces_are_denied: Run, drawloom: Path, write: Callable[[str, str], Path]
) -> None:
    script = write("loud.py", "def azureml_main():\n    print('I ran')\n")
    done = where_user_namespaces_are_denied([drawloom, "run", script, "--no-sandbox"])
    assert done.returncode == 0, done.stderr
    assert "I ran" in done.stderr
    assert "No walls" in done.stderr
