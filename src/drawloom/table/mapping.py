"""A file's bytes as private, writable memory.

Python's own ``mmap`` keeps a duplicate of the descriptor for as long as the map lives, and user code could
write to the file through it. This one keeps none: the caller may close the descriptor at once.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

PROT_READ, PROT_WRITE, MAP_PRIVATE = 1, 2, 2
"""Alike on Linux and macOS."""

MAP_FAILED = ctypes.c_void_p(-1).value


def _libc_calls() -> tuple[Callable[..., int], Callable[..., int]] | None:
    if os.name != "posix":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    ]
    libc.munmap.restype = ctypes.c_int
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return libc.mmap, libc.munmap


_CALLS = _libc_calls()


def map_private(fd: int) -> pa.Buffer:
    """Map a whole file copy-on-write.

    Writing to the memory never reaches the file. The map goes when the last array or buffer over it goes.
    Where the platform has no ``mmap`` the file is read instead.

    Parameters
    ----------
    fd
        An open, readable descriptor of a regular file or memfd. The caller closes it.

    Raises
    ------
    OSError
        If the file cannot be mapped or read.
    """
    size = os.fstat(fd).st_size
    if size == 0:
        return pa.py_buffer(b"")
    if _CALLS is None:
        os.lseek(fd, 0, os.SEEK_SET)
        with open(fd, "rb", closefd=False) as file:
            return pa.py_buffer(bytearray(file.read()))
    mmap, munmap = _CALLS
    address = mmap(None, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)
    if address == MAP_FAILED:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))
    memory = (ctypes.c_char * size).from_address(address)
    weakref.finalize(memory, munmap, address, size).atexit = False
    return pa.py_buffer(memory)


class _Span:
    """Memory at an address, kept alive by its owner, as NumPy's array interface wants it."""

    def __init__(self, interface: dict[str, Any], owner: object) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def writable(
    address: int,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    owner: object,
    strides: tuple[int, ...] | None = None,
) -> npt.NDArray[Any]:
    """Give a writable array over memory at an address; `owner` lives as long as the array does."""
    if 0 in shape:
        return np.empty(shape, dtype)
    interface = {
        "version": 3,
        "data": (address, False),
        "typestr": dtype.str,
        "shape": shape,
        "strides": strides,
    }
    return np.asarray(_Span(interface, owner))
