"""Files of an experiment: opened beneath its folder, by the kernel's own rule.

``openat2`` with ``RESOLVE_BENEATH`` refuses ``..`` and symlinks that lead out while it walks the path, so
there is no moment between the check and the use. Where the kernel has no ``openat2`` (before Linux 5.6, or
another system) the real path is compared first; a folder that changes in that very moment could deceive it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from drawloom.errors import InputError

MAXIMUM_SCRIPT_BYTES = 4 * 1024 * 1024

_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_BENEATH = 0x08
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0)
_UNSUPPORTED = {errno.ENOSYS, errno.EPERM, errno.E2BIG, errno.EINVAL}


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def open_beneath(folder: Path, path: str, roots: Iterable[Path] = ()) -> int:
    """Open a file or a folder that an experiment names, for reading.

    Parameters
    ----------
    folder
        The experiment's folder.
    path
        As written in the file, relative to the folder.
    roots
        Further folders the operator allows; a path that lies beneath one is opened beneath that one.

    Returns
    -------
    int
        A descriptor the caller closes.

    Raises
    ------
    InputError
        0048: it leaves the folder, is not there, cannot be read, or is neither a file nor a folder.
    """
    base, inner = _base_of(folder, path, roots)
    try:
        fd = _open(base, inner)
    except OSError as error:
        raise InputError(_refusal(path, error), code="0048", remedy=_remedy(error)) from None
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        os.close(fd)
        raise InputError(f'"{path}" is neither a file nor a folder.', code="0048")
    return fd


def read_text(folder: Path, path: str, roots: Iterable[Path] = ()) -> str:
    """Read a script: UTF-8, at most 4 MiB; a byte order mark is dropped.

    Raises
    ------
    InputError
        As `open_beneath`; 0049 where it is not UTF-8.
    """
    fd = open_beneath(folder, path, roots)
    with os.fdopen(fd, "rb") as file:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise InputError(f'"{path}" is a folder, not a script.', code="0048")
        content = file.read(MAXIMUM_SCRIPT_BYTES + 1)
    if len(content) > MAXIMUM_SCRIPT_BYTES:
        raise InputError(f'"{path}" is larger than {MAXIMUM_SCRIPT_BYTES // 1024**2} MiB.', code="0048")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f'"{path}" is not UTF-8: line {line} has the byte 0x{content[error.start]:02X}.',
            code="0049",
            remedy="Save it as UTF-8.",
        ) from None


def _base_of(folder: Path, path: str, roots: Iterable[Path]) -> tuple[Path, str]:
    if "\0" in path or not path:
        raise InputError("A path is empty or holds a NUL.", code="0048")
    whole = os.path.normpath(folder.absolute() / path)
    for root in roots:
        if whole == str(root.absolute()) or whole.startswith(f"{root.absolute()}{os.sep}"):
            return root, os.path.relpath(whole, root.absolute())
    if os.path.isabs(path) or _climbs(path):
        raise InputError(
            f'"{path}" leaves the folder of the experiment.',
            code="0048",
            remedy="Copy it into the folder, or have the operator allow its folder as a further root.",
        )
    return folder, path


def _climbs(path: str) -> bool:
    """Tell whether a relative path climbs out of where it starts, by its letters alone."""
    depth = 0
    for part in path.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def _open(base: Path, inner: str) -> int:
    if _LIBC is None:
        return _open_by_real_path(base, inner)
    directory = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        how = _OpenHow(_FLAGS, 0, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
        fd: int = _LIBC.syscall(
            _OPENAT2, directory, os.fsencode(inner), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how))
        )
        number = ctypes.get_errno()
    finally:
        os.close(directory)
    if fd >= 0:
        return fd
    if number in _UNSUPPORTED:
        return _open_by_real_path(base, inner)
    raise OSError(number, os.strerror(number))


def _open_by_real_path(base: Path, inner: str) -> int:
    real = (base / inner).resolve(strict=True)
    if not real.is_relative_to(base.resolve()):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    return os.open(real, _FLAGS | os.O_NOFOLLOW)


def _refusal(path: str, error: OSError) -> str:
    if error.errno in (errno.EXDEV, errno.ELOOP):
        return f'"{path}" leaves the folder of the experiment through a link.'
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f'There is no file "{path}".'
    return f'"{path}" cannot be opened: {error.strerror}.'


def _remedy(error: OSError) -> str:
    if error.errno in (errno.EXDEV, errno.ELOOP):
        return "Copy the file into the folder, or have the operator allow its folder as a further root."
    return ""
