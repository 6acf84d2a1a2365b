"""What both directions of the bridge agree on: marks, names of types, and bitmaps of missing values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

METADATA = b"drawloom"
"""Key of the schema's metadata under which a table's own facts travel, as JSON."""

MARK = b"drawloom.pandas"
"""Key of a field's metadata that tells which pandas type to restore where Arrow has the same for two."""

EDGES = b"drawloom.intervals"
"""Key of a field's metadata that holds the edges of interval categories, as JSON."""

NOT_A_TIME = np.iinfo(np.int64).min
"""How pandas writes NaT."""

ROWS_AT_ONCE = 1 << 16
"""Scans work through a column in pieces that stay in the processor's cache; a multiple of eight."""

Array = npt.NDArray[Any]

_TYPE_NAMES: dict[pa.DataType, str] = {
    pa.float16(): "float16",
    pa.float32(): "float32",
    pa.float64(): "float64",
    pa.bool8(): "bool",
    pa.large_string(): "string",
    pa.string_view(): "string",
    pa.large_binary(): "binary",
    pa.binary_view(): "binary",
}


def marked(mark: str, extra: Mapping[bytes, bytes] | None = None) -> dict[bytes, bytes]:
    """Give the metadata of a field with a mark."""
    return {MARK: mark.encode(), **(extra or {})}


def mark_of(field: pa.Field) -> str:
    """Give a field's mark, or empty text."""
    return str((field.metadata or {}).get(MARK, b""), "utf-8", "replace")


def metadata_of(schema: pa.Schema) -> dict[str, Any]:
    """Read the table's own facts from a schema; anything unreadable counts as none."""
    try:
        found = json.loads((schema.metadata or {}).get(METADATA, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def type_name(kind: pa.DataType) -> str:
    """Name an Arrow type as a user reads it: ``float64``, ``string``, ``bool``, ``category<string>``, ...

    The name says what a column holds, not how wide its offsets are: ``large_string``, ``string`` and
    ``string_view`` are all ``string``, and Arrow's two booleans are both ``bool``.
    """
    known = _TYPE_NAMES.get(kind)
    if known is not None:
        return known
    types = pa.types
    if types.is_dictionary(kind):
        ordered = ", ordered" if kind.ordered else ""
        return f"category<{type_name(kind.value_type)}{ordered}>"
    if isinstance(kind, pa.BaseExtensionType):
        return f"extension<{kind.extension_name}>"
    if types.is_struct(kind):
        return "struct<" + ", ".join(f"{field.name}: {type_name(field.type)}" for field in kind) + ">"
    if types.is_map(kind):
        return f"map<{type_name(kind.key_type)}, {type_name(kind.item_type)}>"
    if types.is_run_end_encoded(kind):
        return type_name(kind.value_type)
    if kind.num_fields == 1 and not types.is_union(kind):
        return f"list<{type_name(kind.value_type)}>"
    return str(kind)


def validity(bitmap: pa.Buffer, offset: int, start: int, stop: int) -> Array:
    """Unpack a piece of an Arrow validity bitmap to booleans, true where a value is."""
    first, last = offset + start, offset + stop
    packed = np.frombuffer(bitmap, np.uint8)[first // 8 : (last + 7) // 8]
    bits = np.unpackbits(packed, bitorder="little")
    return bits[first % 8 : first % 8 + stop - start].view(bool)


@np.errstate(over="ignore", invalid="ignore")
def bitmap_of_missing(values: Array, is_missing: Callable[..., Array]) -> tuple[pa.Buffer | None, int]:
    """Make the validity bitmap of a column, if it needs one.

    Parameters
    ----------
    values
        One dimension.
    is_missing
        A NumPy ufunc such as ``np.isnan`` that takes ``out``.

    Returns
    -------
    buffer or None, int
        Arrow's bitmap (None where nothing is missing), and how many values are missing.
    """
    rows = len(values)
    scratch = np.empty(min(rows, ROWS_AT_ONCE), bool)
    bitmap: Array | None = None
    count = 0
    for start in range(0, rows, ROWS_AT_ONCE):
        piece = values[start : start + ROWS_AT_ONCE]
        if values.dtype.kind == "f" and math.isfinite(piece.sum()):
            continue  # no NaN: summing shows it at half the cost of a look at each value
        missing = is_missing(piece, out=scratch[: len(piece)])
        if missing.any():
            if bitmap is None:
                bitmap = np.full((rows + 7) // 8, 255, np.uint8)
            count += int(np.count_nonzero(missing))
            packed = np.packbits(np.logical_not(missing, out=missing), bitorder="little")
            bitmap[start // 8 : start // 8 + len(packed)] = packed
    return (None if bitmap is None else pa.py_buffer(bitmap)), count
