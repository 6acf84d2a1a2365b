"""One table as one Arrow IPC file, written once: the buffers go to the file from where they lie."""

from __future__ import annotations

import errno
import os
from typing import Any

import pyarrow as pa

from drawloom.errors import LimitError

PIECES_AT_ONCE = 1024
"""How many buffers one gathering write takes (IOV_MAX on Linux)."""


class _Gather:
    """A file for PyArrow's writer that keeps what it is given, without copying, instead of writing it."""

    closed = False

    def __init__(self) -> None:
        self.pieces: list[Any] = []
        self.size = 0

    def write(self, data: Any) -> int:
        length = data.size if isinstance(data, pa.Buffer) else len(data)
        if length:
            self.pieces.append(data)
        self.size += length
        return length

    def tell(self) -> int:
        return self.size

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def write_batch(batch: pa.RecordBatch, fd: int) -> None:
    """Write one record batch as an Arrow IPC file from the start of `fd`, without copying its buffers.

    Raises
    ------
    LimitError
        If the disk is full, or the file would be larger than allowed.
    """
    gather = _Gather()
    with pa.ipc.new_file(pa.PythonFile(gather, mode="w"), batch.schema) as writer:
        writer.write_batch(batch)
    try:
        write_pieces(gather.pieces, fd)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise LimitError(
                f"The table of {gather.size:,} bytes does not fit: {os.strerror(error.errno)}.", code="1000"
            ) from error
        raise


def write_pieces(pieces: list[Any], fd: int) -> None:
    """Write all pieces one after another, however the system splits them."""
    for start in range(0, len(pieces), PIECES_AT_ONCE):
        group = [memoryview(piece).cast("B") for piece in pieces[start : start + PIECES_AT_ONCE]]
        while group:
            written = os.writev(fd, group) if hasattr(os, "writev") else os.write(fd, group[0])
            while group and written >= len(group[0]):
                written -= len(group.pop(0))
            if written:
                group[0] = group[0][written:]
