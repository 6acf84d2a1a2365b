"""One table as one Arrow IPC file, written once: the buffers go to the file from where they lie.

PyArrow describes the table; this module lays its buffers out. They begin at multiples of 64 bytes, numbers of
one type lie side by side, and bitmaps come last, so that a reader finds columns of one type at even distances
and can take them as one two-dimensional array.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import Any

import numpy as np
import pyarrow as pa

from drawloom.errors import LimitError
from drawloom.table.columns import Array

ALIGNMENT = 64
"""Where buffers begin, as the Arrow format recommends."""

PIECES_AT_ONCE = 1024
"""How many buffers one gathering write takes (IOV_MAX on Linux)."""

CONTINUATION = b"\xff\xff\xff\xff"
_OPTIONS = pa.ipc.IpcWriteOptions()
FOOTER_END = struct.Struct("<i6s")


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
    """Write one record batch as an Arrow IPC file to `fd`, without copying its buffers.

    Raises
    ------
    LimitError
        If the disk is full, or the file would be larger than allowed.
    """
    gather = _Gather()
    with pa.ipc.new_file(pa.PythonFile(gather, mode="w"), batch.schema, options=_OPTIONS) as writer:
        writer.write_batch(batch)
        before_footer = len(gather.pieces)
    pieces = _lay_out(gather.pieces[:before_footer], gather.pieces[before_footer:], batch)
    try:
        _write(pieces, fd)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            reason = os.strerror(error.errno).lower()
            raise LimitError(
                f"The table does not fit, it takes {gather.size:,} bytes: {reason}.",
                code="1000",
                remedy="Return fewer rows or columns, or raise the limit.",
            ) from error
        raise


def _lay_out(pieces: list[Any], end: list[Any], batch: pa.RecordBatch) -> list[Any]:
    """Move the buffers of the last message, the record batch, and tell its description and the footer so.

    Parameters
    ----------
    pieces
        The file as PyArrow would write it, up to the footer.
    end
        The rest of it.
    batch
        The record batch.
    """
    # A column's own buffer may hold the same four bytes: int32 -1, or four missing int8 codes.
    start = max(
        place
        for place, piece in enumerate(pieces)
        if not isinstance(piece, pa.Buffer) and piece == CONTINUATION
    )
    head, message = pieces[:start], pieces[start + 1 :]
    (described,) = struct.unpack("<i", message[0])
    description = bytearray(
        b"".join(piece for piece in message[1:] if not isinstance(piece, pa.Buffer))[:described]
    )
    buffers = [piece for piece in message if isinstance(piece, pa.Buffer)]

    table = _follow(description, 0)
    record = _follow(description, _slot(description, table, 2))
    vector = _follow(description, _slot(description, record, 2))
    (count,) = struct.unpack_from("<I", description, vector)
    places = np.frombuffer(description, np.int64, 2 * count, vector + 4).reshape(-1, 2)
    offsets, body, size = _arrange(buffers, _numbers(batch))
    places[places[:, 1] > 0, 0] = offsets
    if size:
        struct.pack_into("<q", description, _slot(description, table, 3), size)
    del places  # a view of the description, which is about to grow

    begin = sum(piece.size if isinstance(piece, pa.Buffer) else len(piece) for piece in head)
    description += bytes(-(begin + 8 + len(description)) % ALIGNMENT)
    prefix = CONTINUATION + struct.pack("<i", len(description))

    tail = bytearray(b"".join(end))
    footer_size, _ = FOOTER_END.unpack_from(tail, len(tail) - FOOTER_END.size)
    footer = memoryview(tail)[len(tail) - FOOTER_END.size - footer_size :]
    blocks = _follow(footer, _slot(footer, _follow(footer, 0), 3))
    struct.pack_into("<qi4xq", footer, blocks + 4, begin, len(prefix) + len(description), size)
    return [*head, prefix, description, *body, tail]


def _slot(flat: bytearray | memoryview, table: int, number: int) -> int:
    """Find a field of a FlatBuffers table."""
    vtable = table - struct.unpack_from("<i", flat, table)[0]
    return table + int(struct.unpack_from("<H", flat, vtable + 4 + 2 * number)[0])


def _follow(flat: bytearray | memoryview, place: int) -> int:
    """Follow a FlatBuffers reference."""
    return place + int(struct.unpack_from("<I", flat, place)[0])


def _numbers(batch: pa.RecordBatch) -> dict[int, int]:
    """Map the address of each buffer of plain numbers to the rank of its type."""
    ranks: dict[pa.DataType, int] = {}
    found = {}
    for array in batch.columns:
        kind = array.type
        values = array.storage if isinstance(kind, pa.Bool8Type) else array
        if isinstance(kind, pa.Bool8Type) or (pa.types.is_primitive(kind) and not pa.types.is_boolean(kind)):
            found[values.buffers()[1].address] = ranks.setdefault(kind, len(ranks))
    return found


def _arrange(buffers: list[pa.Buffer], numbers: dict[int, int]) -> tuple[Array, list[Any], int]:
    """Decide where each buffer lies in the body: numbers by type, then all else in its order.

    Returns
    -------
    array, list, int
        The offset of each buffer, in the given order; the pieces of the body; its size.
    """
    others = len(numbers)
    order = sorted(range(len(buffers)), key=lambda place: numbers.get(buffers[place].address, others))
    offsets = np.zeros(len(buffers), np.int64)
    body: list[Any] = []
    size = 0
    for place in order:
        offsets[place] = size
        body.append(buffers[place])
        padding = -buffers[place].size % ALIGNMENT
        if padding:
            body.append(bytes(padding))
        size += buffers[place].size + padding
    return offsets, body, size


def _write(pieces: list[Any], fd: int) -> None:
    """Write all pieces one after another, however the system splits them."""
    for start in range(0, len(pieces), PIECES_AT_ONCE):
        group = [memoryview(piece).cast("B") for piece in pieces[start : start + PIECES_AT_ONCE]]
        while group:
            written = os.writev(fd, group) if hasattr(os, "writev") else os.write(fd, group[0])
            done = 0
            while done < len(group) and written >= len(group[done]):
                written -= len(group[done])
                done += 1
            del group[:done]
            if written:
                group[0] = group[0][written:]
