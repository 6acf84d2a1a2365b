"""What a worker writes into: files the host makes, seals when the work is done, and reads with care."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable
from typing import Any

from drawloom.errors import LimitError, SandboxError

REPORT_BYTES = 16 * 1024 * 1024
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def new_memory_file(name: str, content: bytes = b"") -> int:
    """Make an empty (or filled) file in memory that can be sealed; gives its descriptor."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
    return fd


def seal(fd: int) -> bool:
    """Make a memory file unchangeable for everybody.

    Returns
    -------
    bool
        False where somebody still has a writable mapping, or it takes no seals, so that it can change.
    """
    if not _takes_seals(fd):
        return _is_sealed(fd)
    try:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    except OSError as error:
        if error.errno == errno.EBUSY:
            return False
        raise
    return True


def settled(fds: Iterable[int], *, dead: bool = False) -> bool:
    """Say whether nobody but the host can change these files any more.

    Memory files are sealed. Files of a folder cannot be, nor can one to which its worker forbade further
    seals: they are settled once every process that had them open is `dead`.
    """
    states = [seal(fd) or (dead and not _takes_seals(fd)) for fd in fds]
    return all(states)


def make_read_only(fd: int) -> None:
    """Open a settled file anew for reading only, under the same number, so that it can be handed on."""
    if not _is_sealed(fd):
        reader = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC)
        os.dup2(reader, fd, inheritable=False)
        os.close(reader)


def memory_bytes(fds: Iterable[int]) -> int:
    """Give the memory held by those of these files that live in it."""
    return sum(os.fstat(fd).st_blocks * 512 for fd in fds if _seals(fd) is not None)


def _takes_seals(fd: int) -> bool:
    seals = _seals(fd)
    return seals is not None and not seals & fcntl.F_SEAL_SEAL


def _is_sealed(fd: int) -> bool:
    seals = _seals(fd)
    return seals is not None and seals & _SEALS == _SEALS


def _seals(fd: int) -> int | None:
    """Give the seals of a file; None where it has none because it does not live in memory.

    A file of a tmpfs answers as well: it bears the one seal that forbids all others.
    """
    try:
        return fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    except OSError:
        return None


def read_report(fd: int) -> dict[str, Any]:
    """Read the JSON report of a work function out of a sealed file.

    Raises
    ------
    SandboxError
        The report is not a JSON object.
    LimitError
        It is larger than 16 MiB.
    """
    size = os.fstat(fd).st_size
    if size > REPORT_BYTES:
        raise LimitError(
            f"The report of the step has {size} bytes; {REPORT_BYTES} are allowed.",
            code="0085",
            remedy="Print less, or return fewer columns.",
        )
    if size == 0:
        return {}
    try:
        report = json.loads(os.pread(fd, size, 0))
    except (ValueError, RecursionError):
        raise SandboxError("The worker wrote a report that is not JSON.") from None
    if not isinstance(report, dict):
        raise SandboxError("The worker wrote a report that is not a JSON object.")
    return report
