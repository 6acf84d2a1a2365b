"""Files of the store: written without a name, then linked into place whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from drawloom.errors import InputError, LimitError

UNNAMED = os.O_TMPFILE
TEMPORARY = "tmp"
_NO_UNNAMED_FILES = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}


@contextmanager
def os_errors(what: str) -> Iterator[None]:
    """Turn what the operating system refuses into an error that names `what` and the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LimitError(
                f"There is no space left for {what}.",
                code="0039",
                remedy="Free some, for example with `drawloom workspace gc`; nothing half-made was kept.",
            ) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise InputError(
                f"Cannot write {what}: {error.strerror}.",
                code="0048",
                remedy="Use a folder you may write to (--workspace), or change its permissions.",
            ) from error
        raise


def new_file(folder: Path) -> int:
    """Open an empty file for reading and writing in the file system of `folder`.

    It has no name, so that nothing is left if the host dies; a file system without unnamed files gets a name
    in `folder/tmp`, which garbage collection clears.
    """
    try:
        return os.open(folder, UNNAMED | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_UNNAMED_FILES or not folder.is_dir():
            raise
    (folder / TEMPORARY).mkdir(exist_ok=True)
    return tempfile.mkstemp(dir=folder / TEMPORARY)[0]


def place(fd: int, target: Path) -> None:
    """Give the file behind `fd` the name `target`; the name appears with the whole content or not at all.

    Raises
    ------
    FileExistsError
        If the name is taken.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    name = os.readlink(f"/proc/self/fd/{fd}")
    temporary = os.fstat(fd).st_nlink > 0 and Path(name).parent.name == TEMPORARY
    parent = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Python follows the link in /proc only if a directory descriptor is given (then it calls linkat).
        os.link(
            f"/proc/self/fd/{fd}", target.name, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=True
        )
    finally:
        os.close(parent)
    if temporary:
        os.unlink(name)


def copy(source: int, target: int) -> None:
    """Copy the whole of one descriptor to another, within the kernel."""
    size, done = os.fstat(source).st_size, 0
    while done < size:
        done += os.sendfile(target, source, done, size - done)


def sync(path: Path) -> None:
    """Wait until the file and its name are on the disk."""
    for each in (path, path.parent):
        fd = os.open(each, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def discard(path: Path) -> None:
    """Remove a file that may be gone already."""
    with suppress(FileNotFoundError):
        path.unlink()


@cache
def boot_id() -> str:
    """Name the present run of the kernel: what was not synced under another one may be torn."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
