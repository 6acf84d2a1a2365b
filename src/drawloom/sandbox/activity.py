"""A byte of shared memory: whether the host has work under way, so that children warm up in the gaps only.

The host writes it; the zygote maps it read-only before its first fork and its children inherit the
mapping. It says nothing that a child could not tell from how fast it runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import time

from drawloom.sandbox.outputs import new_memory_file


class Activity:
    """The host's side: counts what is under way."""

    def __init__(self) -> None:
        self._fd = new_memory_file("activity", bytes(mmap.PAGESIZE))
        self._shared = mmap.mmap(self._fd, mmap.PAGESIZE)
        self.count = 0
        self.changed = time.monotonic()

    def read_only_fd(self) -> int:
        """Open it once more, for reading only; the caller closes it."""
        return os.open(f"/proc/self/fd/{self._fd}", os.O_RDONLY | os.O_CLOEXEC)

    def add(self, change: int) -> None:
        """Count one more, or one less; the caller holds a lock."""
        self.count += change
        self.changed = time.monotonic()
        self._shared[0] = min(self.count, 255)

    def idle_seconds(self) -> float:
        """Give for how long nothing has been under way."""
        return 0.0 if self.count else time.monotonic() - self.changed

    def close(self) -> None:
        """Let go of the memory."""
        with contextlib.suppress(BufferError):
            self._shared.close()
        os.close(self._fd)


def watch(fd: int) -> ctypes.c_ubyte:
    """Map the byte, for the zygote and its children; its value is 0 while the host has nothing under way.

    Python's own mmap would keep a descriptor, which a child must not have.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    address = libc.mmap(None, mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_SHARED, fd, ctypes.c_long(0))
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "map the byte of activity")
    return ctypes.c_ubyte.from_address(address)
