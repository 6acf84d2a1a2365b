"""`drawloom debug` as a user starts it, and a table to debug with."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

TABLE = "a,b\n1,x\n2,y\n3,z\n"


@dataclass
class Debugging:
    """A debug session that waits for a client."""

    process: subprocess.Popen[str]
    port: int
    told: str

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end; gives exit status, stdout and stderr."""
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


Start = Callable[..., AbstractContextManager[Debugging]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table."""
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path


@pytest.fixture
def start(drawloom: Path, folder: Path) -> Start:
    """Start a script under a debugger: `with start(text) as session`."""

    @contextmanager
    def started(text: str) -> Iterator[Debugging]:
        (folder / "script.py").write_text(text)
        words = ["debug", "script.py", "--dataset1", "t.csv", "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(
            [drawloom, *words],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # As from a terminal: a suite that runs in the background ignores Ctrl-C, and so would this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            assert process.stderr is not None
            told = ""
            while not told.endswith("\n}\n"):
                line = process.stderr.readline()
                assert line, told
                told += line
            (port,) = re.findall(r"Waiting for a debugger at 127\.0\.0\.1:(\d+)", told)
            yield Debugging(process, int(port), told)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)

    return started
