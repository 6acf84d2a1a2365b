"""Which hosts are alive: each holds a lock on a file of its own, which the kernel lets go when it dies.

A lock, unlike a process number, is never taken over by another process and is seen across containers.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from drawloom.workspace.files import boot_id, discard, new_file, os_errors, place


@dataclass(frozen=True)
class Host:
    """A living process, as other hosts see it."""

    token: str
    fd: int


def enter(folder: Path) -> Host:
    """Make and lock the file that says that this process is alive."""
    token = uuid.uuid4().hex
    about = {"pid": os.getpid(), "started": _start_ticks(), "boot_id": boot_id()}
    with os_errors(f"{folder}"):
        fd = new_file(folder.parent)
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(fd, json.dumps(about).encode())
        place(fd, folder / token)
    return Host(token, fd)


def leave(folder: Path, host: Host) -> None:
    """Remove this process's file."""
    discard(folder / host.token)
    os.close(host.fd)


def is_alive(folder: Path, token: str) -> bool:
    """Tell whether a host still holds its lock."""
    try:
        fd = os.open(folder / token, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def describe(folder: Path, token: str) -> str:
    """Name a dead host and say how it died: "process 4711 died" or "the machine was restarted"."""
    try:
        about = json.loads((folder / token).read_bytes())
        return (
            f"process {about['pid']} died" if about["boot_id"] == boot_id() else "the machine was restarted"
        )
    except (OSError, ValueError, KeyError):
        return "its process left"


def _start_ticks() -> int:
    """Give when this process started, in clock ticks since boot (field 22 of /proc/self/stat)."""
    return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
