"""What an inferred type becomes in the table, alike for every text format."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

INT64_LIMIT = float(1 << 63)


def settle(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Give the type that is kept of one that was inferred.

    Integers with missing values are doubles where these hold them exactly: what a script gets is then what
    ``pandas.read_csv`` would give, and what Studio gave. Nothing but missing values is double too. Datetimes
    are in microseconds where these hold them.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind) and column.null_count:
        try:
            return column.cast(pa.float64())
        except pa.ArrowInvalid:
            return column
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"))
    if pa.types.is_timestamp(kind):
        try:
            return column.cast(pa.timestamp("us", kind.tz))
        except pa.ArrowInvalid:
            return column
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _far_datetimes(column)
    return column


def _far_datetimes(text: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Read datetimes that PyArrow leaves as text: fractions beyond the years of nanoseconds."""
    sample = pc.drop_null(text.slice(0, 1000))
    if len(sample) and re.match(r"\d{4}-\d\d-\d\d([T ]\d\d:|$)", sample[0].as_py()):
        for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
            try:
                return text.cast(kind)
            except pa.ArrowInvalid:
                continue
    return text


def overflowed(column: pa.ChunkedArray) -> bool:
    """Tell whether a column of doubles holds what may have been an integer beyond 64 bits."""
    if not pa.types.is_floating(column.type):
        return False
    large = pc.and_(pc.is_finite(column), pc.greater_equal(pc.abs(column), INT64_LIMIT))
    return bool(pc.any(large).as_py())
