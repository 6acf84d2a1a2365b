"""Digests of texts, values, files and folders, made once for as long as nothing was touched."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import MutableMapping
from typing import Any

from drawloom.errors import InputError

MAXIMUM_FILES = 20_000
SETTLED_NS = 2_000_000_000
"""A file changed in the last two seconds may change again within one tick of the clock: not remembered."""

Remembered = MutableMapping[str, list[Any]]
"""What was digested before: identity of the file -> [state, digest]. Plain JSON, so that it can be kept."""


def canonical(value: Any) -> bytes:
    """Give one text for one value: sorted keys, no blanks, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def of_bytes(content: bytes) -> str:
    """Give the digest of bytes: BLAKE2b, 256 bits, hexadecimal."""
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def of_text(text: str) -> str:
    """Give the digest of a text."""
    return of_bytes(text.encode("utf-8", "surrogatepass"))


def of_value(value: Any) -> str:
    """Give the digest of plain JSON values."""
    return of_bytes(canonical(value))


def of_file(fd: int, remembered: Remembered) -> str:
    """Give the digest of an open file; it is read again only if size, times or inode differ."""
    state = os.fstat(fd)
    identity = f"{state.st_dev}:{state.st_ino}"
    seen = [state.st_size, state.st_mtime_ns, state.st_ctime_ns]
    known = remembered.get(identity)
    if known is not None and known[0] == seen:
        return str(known[1])
    digest = hashlib.blake2b(digest_size=32)
    offset = 0
    while chunk := os.pread(fd, 1 << 20, offset):
        digest.update(chunk)
        offset += len(chunk)
    made = digest.hexdigest()
    after = os.fstat(fd)
    unchanged = [after.st_size, after.st_mtime_ns, after.st_ctime_ns] == seen
    if unchanged and time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > SETTLED_NS:
        remembered[identity] = [seen, made]
    else:
        remembered.pop(identity, None)
    return made


def of_folder(fd: int, remembered: Remembered) -> dict[str, str]:
    """Give the digest of every file beneath an open folder, by its path; links count as what they say.

    Python's own ``__pycache__`` is left out.

    Raises
    ------
    InputError
        0048 where there are more than 20,000 files.
    """
    found: dict[str, str] = {}
    _gather(fd, "", found, remembered)
    return found


def _gather(fd: int, prefix: str, found: dict[str, str], remembered: Remembered) -> None:
    for name in sorted(os.listdir(fd)):
        path = f"{prefix}{name}"
        if len(found) >= MAXIMUM_FILES:
            raise InputError(f"The folder holds more than {MAXIMUM_FILES} files.", code="0048")
        mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            found[path] = of_text(f"link to {os.readlink(name, dir_fd=fd)}")
        elif stat.S_ISDIR(mode):
            if name == "__pycache__":
                continue
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            try:
                _gather(inner, f"{path}/", found, remembered)
            finally:
                os.close(inner)
        elif stat.S_ISREG(mode):
            inner = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            try:
                found[path] = of_file(inner, remembered)
            finally:
                os.close(inner)
