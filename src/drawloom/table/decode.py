"""One Arrow column as pandas keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drawloom.errors import DrawloomError
from drawloom.table.columns import EDGES, ROWS_AT_ONCE, Array, mark_of, marked, validity
from drawloom.table.mapping import writable


class Plain(NamedTuple):
    """A column as NumPy keeps it: an address and a type. Neighbours of one type can share one block."""

    address: int
    dtype: np.dtype[Any]
    owner: object


class Extension(NamedTuple):
    """A column as one of pandas' own arrays, or Python objects, with what the report should say of it."""

    array: Any
    note: str = ""


Column = Plain | Extension


def _plain(array: pa.Array, dtype: np.dtype[Any], buffer: pa.Buffer | None = None) -> Plain:
    """Look at an array's values as NumPy does."""
    rows, size = len(array), dtype.itemsize
    if rows == 0:
        return Plain(0, dtype, None)
    if buffer is None:
        buffer = array.buffers()[1]
    start = array.offset * size
    if buffer is None or buffer.size < start + rows * size:
        raise DrawloomError("The table is damaged: a column is shorter than the table.", code="0018")
    address = buffer.address + start
    if address % size:
        aligned = np.frombuffer(buffer, np.uint8, rows * size, start).copy()
        return Plain(aligned.ctypes.data, dtype, aligned)
    return Plain(address, dtype, buffer)


def _values(column: Plain, rows: int) -> Array:
    return writable(column.address, column.dtype, (rows,), column.owner)


def _fill(array: pa.Array, column: Plain, is_missing: Callable[[Array], Array], missing: object) -> None:
    """Write pandas' missing value where Arrow says null, touching only pages where it is not there yet."""
    bitmap = array.buffers()[0]
    values = _values(column, len(array))
    for start in range(0, len(values), ROWS_AT_ONCE):
        piece = values[start : start + ROWS_AT_ONCE]
        valid = validity(bitmap, array.offset, start, start + len(piece))
        holes = np.flatnonzero(~valid)
        if len(holes) and not is_missing(piece[holes]).all():
            piece[holes] = missing


def _mask(array: pa.Array) -> Array:
    """Give a writable mask, true where a value is missing."""
    if array.null_count == 0:
        return np.zeros(len(array), bool)
    return ~validity(array.buffers()[0], array.offset, 0, len(array))


_NUMPY: dict[pa.DataType, np.dtype[Any]] = {
    pa.float16(): np.dtype(np.float16),
    pa.float32(): np.dtype(np.float32),
    pa.float64(): np.dtype(np.float64),
    pa.int8(): np.dtype(np.int8),
    pa.int16(): np.dtype(np.int16),
    pa.int32(): np.dtype(np.int32),
    pa.int64(): np.dtype(np.int64),
    pa.uint8(): np.dtype(np.uint8),
    pa.uint16(): np.dtype(np.uint16),
    pa.uint32(): np.dtype(np.uint32),
    pa.uint64(): np.dtype(np.uint64),
}

_NULLABLE = {"Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64"}


def decode(array: pa.Array, field: pa.Field) -> Column:
    """Give one column as pandas keeps it; the field tells its marks, and its name for errors."""
    kind, mark = array.type, mark_of(field)
    if mark == "arrow" and not isinstance(kind, pa.BaseExtensionType):
        return Extension(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])))
    dtype = _NUMPY.get(kind)
    if dtype is not None:
        return _number(array, dtype, mark)
    types = pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return text(array, mark)
    if types.is_dictionary(kind):
        return _category(array, field)
    if types.is_boolean(kind) or isinstance(kind, pa.Bool8Type):
        return _boolean(array, mark)
    if types.is_timestamp(kind) or types.is_duration(kind):
        return _time(array, mark)
    return _other(array, mark, field.name)


def _number(array: pa.Array, dtype: np.dtype[Any], mark: str) -> Column:
    column = _plain(array, dtype)
    if mark in _NULLABLE and mark.lower() == dtype.name:
        build = pd.arrays.FloatingArray if dtype.kind == "f" else pd.arrays.IntegerArray
        return Extension(build(_values(column, len(array)), _mask(array)))
    if array.null_count == 0:
        return column
    if dtype.kind == "f":
        _fill(array, column, np.isnan, np.nan)
        return column
    integers = pd.arrays.IntegerArray(_values(column, len(array)), _mask(array))
    return Extension(integers, "whole numbers with missing values: pandas' nullable type")


def _boolean(array: pa.Array, mark: str) -> Column:
    rows = len(array)
    if isinstance(array.type, pa.Bool8Type):
        column = _plain(array.storage, np.dtype(np.bool_))
        octets = _values(column, rows).view(np.uint8)
        if rows and octets.max() > 1:  # any octet but 0 is true in Arrow; NumPy relies on 1
            column = _copied(octets != 0)
    elif rows:
        bits = validity(array.buffers()[1], array.offset, 0, rows)
        column = _copied(bits if bits.flags.owndata else bits.copy())
    else:
        column = Plain(0, np.dtype(np.bool_), None)
    if array.null_count == 0 and mark != "boolean":
        return column
    booleans = pd.arrays.BooleanArray(_values(column, rows), _mask(array))
    return Extension(
        booleans, "" if mark == "boolean" else "booleans with missing values: pandas' nullable type"
    )


def _copied(values: Array) -> Plain:
    return Plain(values.ctypes.data, values.dtype, values)


def _time(array: pa.Array, mark: str) -> Column:
    kind = array.type
    letter = "M" if pa.types.is_timestamp(kind) else "m"
    column = _plain(array, np.dtype(f"{letter}8[{kind.unit}]"))
    if array.null_count:
        _fill(array, column, np.isnat, np.array("NaT", column.dtype))
    if letter == "m" or kind.tz is None:
        if mark.startswith("period["):
            return Extension(pd.DatetimeIndex(_values(column, len(array))).to_period(mark[7:-1]).array)
        return column
    try:
        dtype = pd.DatetimeTZDtype(kind.unit, pa.lib.string_to_tzinfo(kind.tz))
    except (ValueError, KeyError) as error:
        raise DrawloomError(f"The table names a time zone unknown here: {kind.tz}.", code="0018") from error
    return Extension(pd.array(_values(column, len(array)).view(np.int64), dtype=dtype, copy=False))


def text(array: pa.Array, mark: str) -> Extension:
    """Give text as one of pandas' string types, not copied where Arrow has it with 64-bit offsets."""
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    if mark == "string[python]":
        return Extension(pd.array(array.to_pylist(), dtype=pd.StringDtype("python")))
    missing = pd.NA if mark == "string" else np.nan
    dtype = pd.StringDtype("pyarrow", na_value=missing)
    return Extension(pd.arrays.ArrowStringArray(array, dtype=dtype))  # type: ignore[call-arg]


def _category(array: pa.DictionaryArray, field: pa.Field) -> Column:
    words = array.dictionary
    ordered = array.type.ordered
    if words.null_count or len(words.unique()) != len(words):
        array = array.cast(array.type.value_type).dictionary_encode()
        words = array.dictionary
    categories = _categories(words, field)
    codes = _plain(array.indices, _NUMPY[array.indices.type])
    if codes.dtype.kind == "u":
        # pandas keeps codes signed, since -1 says missing; they are copied only if the top bit is in use.
        size = codes.dtype.itemsize
        fits = len(words) <= np.iinfo(f"i{size}").max
        codes = (
            codes._replace(dtype=np.dtype(f"i{size}"))
            if fits
            else _copied(_values(codes, len(array)).astype(np.int64))
        )
    if array.null_count:
        _fill(array, codes, lambda piece: piece == -1, -1)
    dtype = pd.CategoricalDtype(categories, ordered=ordered)
    return Extension(pd.Categorical.from_codes(_values(codes, len(array)), dtype=dtype, validate=False))


def _categories(words: pa.Array, field: pa.Field) -> pd.Index[Any]:
    edges = (field.metadata or {}).get(EDGES)
    if edges is not None:
        stored = json.loads(edges)
        sides = [pd.Index(stored[side]).astype(stored["subtype"]) for side in ("left", "right")]
        intervals = pd.IntervalIndex.from_arrays(sides[0], sides[1], closed=stored["closed"])
        if len(intervals) != len(words):
            raise ValueError("a column has more or fewer categories than interval edges")
        return intervals
    mark = mark_of(field).removeprefix("categories:")
    column = decode(words, pa.field("", words.type, metadata=marked(mark)))
    array = _values(column, len(words)) if isinstance(column, Plain) else column.array
    return pd.Index(array)


def _other(array: pa.Array, mark: str, name: str) -> Column:
    """Types that pandas keeps as Python objects, one a cell."""
    kind = array.type
    children = [part.name for part in kind] if pa.types.is_struct(kind) else []
    if mark.startswith("interval[") and children == ["left", "right"]:
        return Extension(_intervals(array, mark))
    if mark in ("complex64", "complex128") and children == ["real", "imag"]:
        return Extension(_complex(array, np.dtype(mark)))
    try:
        cells = np.fromiter(_objects(array), dtype=object, count=len(array))
    except (ValueError, OverflowError) as error:
        raise DrawloomError(
            f'Column "{name}" of type {kind} holds a cell that cannot be a Python object: {error}.',
            code="0018",
        ) from error
    if mark == "object:int" and pa.types.is_decimal(kind):
        cells = np.fromiter((None if cell is None else int(cell) for cell in cells), object, len(cells))
    if mark.startswith("object"):
        return Extension(cells)  # the frame this came from held such objects itself
    note = f"pandas has no such type: each cell is a Python object ({kind})"
    return Extension(cells, note + ("; below a microsecond is cut" if kind == pa.time64("ns") else ""))


def _objects(array: pa.Array) -> list[object]:
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        array = array.storage
    elif pa.types.is_run_end_encoded(kind):
        array = pc.run_end_decode(array)
    elif pa.types.is_date64(kind):
        array = array.cast(pa.date32())
    elif kind == pa.time64("ns"):
        array = array.cast(pa.time64("us"), safe=False)
    cells: list[object] = array.to_pylist()
    return cells


def _intervals(array: pa.StructArray, mark: str) -> pd.arrays.IntervalArray:
    dtype = cast(pd.IntervalDtype, pd.api.types.pandas_dtype(mark))
    sides = []
    for child in (array.field(0), array.field(1)):
        column = decode(child, pa.field("", child.type))
        side = pd.Series(_values(column, len(child)) if isinstance(column, Plain) else column.array)
        sides.append(side)
    intervals = pd.arrays.IntervalArray.from_arrays(sides[0], sides[1], closed=dtype.closed or "right")
    if array.null_count:
        intervals[_mask(array)] = np.nan
    return intervals


def _complex(array: pa.StructArray, dtype: np.dtype[Any]) -> Array:
    part = np.dtype(f"f{dtype.itemsize // 2}")
    values = np.empty(len(array), dtype)
    values.real = _values(_plain(array.field(0), part), len(array))
    values.imag = _values(_plain(array.field(1), part), len(array))
    if array.null_count:
        values[_mask(array) & ~np.isnan(values)] = np.nan
    return values
