"""System calls that Python has no function for, through ctypes; a failure is an OSError naming the call."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Final

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_BIND: Final = 0x1000
MS_PRIVATE: Final = 0x40000

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

AT_FDCWD: Final = -100
AT_RECURSIVE: Final = 0x8000

Argument = int | bytes | ctypes.Array[ctypes.c_char] | None

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


@cache
def numbers(machine: str) -> dict[str, int]:
    """Give the numbers of the system calls: name -> number.

    Parameters
    ----------
    machine
        ``x86_64`` or ``aarch64``, as `os.uname` spells it.

    Raises
    ------
    OSError
        On a machine whose table is not known here.
    """
    columns = {"x86_64": 1, "aarch64": 2}
    if machine not in columns:
        raise OSError(f"the system calls of {machine} are not known; x86_64 and aarch64 are")
    text = Path(__file__).with_name("syscalls.txt").read_text("ascii")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {row[0]: int(row[columns[machine]]) for row in rows if row[columns[machine]] != "-"}


@cache
def _number(name: str) -> ctypes.c_long:
    return ctypes.c_long(numbers(os.uname().machine)[name])


def attempt(name: str, *arguments: Argument) -> int:
    """Make a system call by name; give its result, or minus the errno."""
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result: int = _libc.syscall(_number(name), *words)
    return result if result >= 0 else -ctypes.get_errno()


def call(name: str, *arguments: Argument) -> int:
    """Make a system call by name.

    Raises
    ------
    OSError
        Where the kernel refuses; the text begins with the name of the call.
    """
    result = attempt(name, *arguments)
    if result < 0:
        raise OSError(-result, f"{name}: {os.strerror(-result)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones."""
    call("unshare", flags)


def setns(fd: int, kind: int) -> None:
    """Enter the namespace of kind `kind` that `fd` stands for."""
    call("setns", fd, kind)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount `source` on `target`.

    Raises
    ------
    OSError
        Where the kernel refuses; the text names the target.
    """
    encoded = (text.encode() if text is not None else None for text in (source, target, kind, options))
    place_from, place_to, kind_name, data = encoded
    result = attempt("mount", place_from, place_to, kind_name, flags, data)
    if result < 0:
        raise OSError(-result, f"mount {source} on {target}: {os.strerror(-result)}")


def mount_setattr(path: str, flags: int, *, add: int = 0, clear: int = 0, propagation: int = 0) -> None:
    """Change the mount at `path`, with all below it where `flags` has AT_RECURSIVE."""
    request = struct_of_words(add, clear, propagation, 0)
    call("mount_setattr", AT_FDCWD, path.encode(), flags, request, len(request))


def prctl(option: int, *values: int) -> int:
    """Set or ask one property of this process."""
    return call("prctl", option, *values, *[0] * (4 - len(values)))


def struct_of_words(*words: int) -> ctypes.Array[ctypes.c_char]:
    """Lay 64-bit words out as the kernel reads a structure."""
    return ctypes.create_string_buffer(b"".join(word.to_bytes(8, "little") for word in words), 8 * len(words))
