"""Reading in blocks that grow where a record does not fit."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

FIRST_BLOCK_BYTES = 1 << 20
LAST_BLOCK_BYTES = (1 << 31) - 1
"""PyArrow counts the bytes of a block in 32 bits."""


def in_blocks(size: int, parse: Callable[[int], pa.Table]) -> pa.Table:
    """Parse with blocks of 1 MiB, and with larger ones as long as a record straddles two.

    Parameters
    ----------
    size
        The length of the text in bytes.
    parse
        Parses the text with blocks of so many bytes.
    """
    block = FIRST_BLOCK_BYTES
    while True:
        try:
            return parse(block)
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error) or block >= min(size, LAST_BLOCK_BYTES):
                raise
            block = min(block * 16, LAST_BLOCK_BYTES)
