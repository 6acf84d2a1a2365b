"""Fast looks at the bytes of a delimited text, a few million at a time."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

CHUNK_BYTES = 1 << 21
QUOTE, LF, CR = ord('"'), ord("\n"), ord("\r")
Bytes = npt.NDArray[np.uint8]


def has_padded_numbers(data: mmap.mmap | bytes, delimiter: str) -> bool:
    """Tell whether some cell begins as 00123 or 0x1F do: digits that a number would not keep."""
    before = _table([ord(delimiter), QUOTE, LF, CR])
    second = _table([*range(ord("0"), ord("9") + 1), ord("x"), ord("X")])
    third = second | before
    for chunk in _chunks(data, around=2):
        # Three rough comparisons leave few places to look at: what ends a cell sorts before "-", what
        # follows a zero in 0.5, 0 or 0,5 before "/".
        edge = (chunk[:-3] < ord("-")) | (chunk[:-3] == ord(delimiter))
        zeros = np.flatnonzero((chunk[1:-2] == ord("0")) & edge & (chunk[2:-1] >= ord("/")))
        if (before[chunk[zeros]] & second[chunk[zeros + 2]] & third[chunk[zeros + 3]]).any():
            return True
    return False


def quotes_are_regular(data: mmap.mmap | bytes, delimiter: str) -> bool:
    """Tell whether every opening quote begins a cell, every closing quote ends one, and the last is closed.

    False only means that a closer look is needed: a quote inside a cell without quotes is allowed.
    """
    edge = _table([ord(delimiter), LF, CR, QUOTE])
    parity = 0
    for chunk in _chunks(data, around=1):
        quotes = np.flatnonzero(chunk[1:-1] == QUOTE)
        opening, closing = quotes[parity::2], quotes[1 - parity :: 2]
        if not (edge[chunk[opening]].all() and edge[chunk[closing + 2]].all()):
            return False
        parity = (parity + len(quotes)) % 2
    return parity == 0


def _table(members: list[int]) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=np.bool_)
    table[members] = True
    return table


def _chunks(data: mmap.mmap | bytes, around: int) -> Iterator[Bytes]:
    """Give chunks with one byte before and `around` after them; beyond the ends stand line feeds."""
    whole: Bytes = np.frombuffer(data, dtype=np.uint8)
    for start in range(0, whole.size, CHUNK_BYTES):
        stop = start + CHUNK_BYTES
        head = whole[start - 1 : start] if start else np.array([LF], dtype=np.uint8)
        tail = whole[stop : stop + around]
        filler = np.full(around - len(tail), LF, dtype=np.uint8)
        yield np.concatenate([head, whole[start:stop], tail, filler])
