"""What the tests of every room may ask for."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDINARY_UID = 20876

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a small CSV file: `csv("name.csv", a=[1, 2], b=["x", ""])`."""

    def write(name: str = "table.csv", /, **columns: Sequence[object]) -> Path:
        lines = [columns, *zip(*columns.values(), strict=True)]
        path = tmp_path / name
        path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
        return path

    return write


@pytest.fixture
def public_path() -> Iterator[Path]:
    """A fresh folder that an ordinary user can reach and write to; pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp(prefix="drawloom-test-"))
    if os.geteuid() == 0:
        os.chown(path, ORDINARY_UID, ORDINARY_UID)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def as_ordinary_user(public_path: Path) -> Run:
    """Run a command as a user without privileges, in `public_path`; gives the completed process, as text.

    Tests that are run by root drop to another uid, in a mount namespace of their own where the interpreter,
    the environment and the checkout can be reached even when they lie under a closed folder such as /root.
    """

    def run(
        command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        if os.geteuid() == 0:
            words = [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-ec",
                _reachable(),
                "sh",
                *words,
            ]
        options = {"cwd": public_path, "timeout": 120, "capture_output": True, "text": True} | options
        home = {"HOME": str(public_path), "TMPDIR": str(public_path)}
        return subprocess.run(words, env={**os.environ, **home, **(env or {})}, check=False, **options)

    return run


@pytest.fixture(params=["as the caller", "as an ordinary user"])
def run_as(request: pytest.FixtureRequest, public_path: Path) -> Run:
    """Run a command in `public_path` as whoever runs the tests, and once more as an ordinary user."""
    if request.param == "as an ordinary user":
        run: Run = request.getfixturevalue("as_ordinary_user")
        return run

    def run_here(
        command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        options = {"cwd": public_path, "timeout": 120, "capture_output": True, "text": True} | options
        words = [str(word) for word in command]
        return subprocess.run(words, env={**os.environ, **(env or {})}, check=False, **options)

    return run_here


@pytest.fixture(scope="session")
def drawloom() -> Path:
    """The installed command."""
    return Path(sys.executable).parent / "drawloom"


def _reachable() -> str:
    """Give a shell script that opens the way to what Python needs, drops its privileges and runs "$@"."""
    needed = sorted({Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT})
    closed = {_closed_ancestor(path): None for path in needed}
    lines = ["hold=$(mktemp -d)", 'mount -t tmpfs tmpfs "$hold"']
    behind = [path for path in needed if _closed_ancestor(path) is not None]
    for number, path in enumerate(behind):
        lines += [f'mkdir "$hold/{number}"', f'mount --rbind {shlex.quote(str(path))} "$hold/{number}"']
    lines += [
        f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(top))}" for top in closed if top is not None
    ]
    for number, path in enumerate(behind):
        quoted = shlex.quote(str(path))
        lines += [f"mkdir -p {quoted}", f'mount --rbind "$hold/{number}" {quoted}']
    lines += ['umount -l "$hold"', 'rmdir "$hold"', 'cd "$PWD"']
    user = f"--reuid {ORDINARY_UID} --regid {ORDINARY_UID} --clear-groups"
    return "\n".join([*lines, f'exec setpriv {user} "$@"'])


def _closed_ancestor(path: Path) -> Path | None:
    """Find the topmost folder on the way to `path` that others may not pass."""
    return next((top for top in reversed(path.parents) if not top.stat().st_mode & 0o001), None)
