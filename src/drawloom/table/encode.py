"""One pandas column as Arrow: NumPy's memory is lent, not copied, and missing values become null."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.table.cells import objects_to_arrow, zone_name
from drawloom.table.columns import EDGES, MARK, Array, bitmap_of_missing, marked


class Encoded(NamedTuple):
    """A column in Arrow, the metadata of its field, and what the report should say of it."""

    array: pa.Array
    metadata: dict[bytes, bytes] | None = None
    note: str = ""


def encode(series: pd.Series[Any] | pd.Index[Any], name: str) -> Encoded:
    """Give one column in Arrow; `name` is for errors."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return _numpy(series.to_numpy(), name)
    values = series.array
    if isinstance(dtype, pd.StringDtype):
        return _text(values, dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        return _category(series, name)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _zoned(values, dtype)
    if isinstance(dtype, pd.PeriodDtype):
        return _period(values)
    if isinstance(dtype, pd.IntervalDtype):
        return _interval(values, name)
    if isinstance(dtype, pd.SparseDtype):
        dense = encode(pd.Series(np.asarray(series)), name)
        return dense._replace(note="sparse columns are written in full")
    if isinstance(dtype, pd.ArrowDtype):
        array = _one_array(values)
        if isinstance(array, pa.ExtensionArray):
            return Encoded(array.storage, None, "written as what the extension type is stored as")
        return Encoded(array, marked("arrow"))
    return _nullable(series, name)


_PLAIN = {
    np.dtype(numpy_type): arrow_type
    for numpy_type, arrow_type in (
        (np.float16, pa.float16()),
        (np.float32, pa.float32()),
        (np.float64, pa.float64()),
        (np.int8, pa.int8()),
        (np.int16, pa.int16()),
        (np.int32, pa.int32()),
        (np.int64, pa.int64()),
        (np.uint8, pa.uint8()),
        (np.uint16, pa.uint16()),
        (np.uint32, pa.uint32()),
        (np.uint64, pa.uint64()),
    )
}


def _lend(values: Array, kind: pa.DataType, bitmap: pa.Buffer | None = None, missing: int = 0) -> pa.Array:
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [bitmap, pa.py_buffer(values)], missing)


def _numpy(values: Array, name: str) -> Encoded:
    dtype = values.dtype
    kind = _PLAIN.get(dtype)
    if kind is not None:
        if dtype.kind == "f":
            return Encoded(_lend(values, kind, *bitmap_of_missing(values, np.isnan)))
        return Encoded(_lend(values, kind))
    if dtype.kind == "b":
        return Encoded(_bool8(values))
    if dtype.kind == "M":
        return Encoded(_time(values, pa.timestamp(np.datetime_data(dtype)[0])))
    if dtype.kind == "m":
        return Encoded(_time(values, pa.duration(np.datetime_data(dtype)[0])))
    if dtype.kind == "O":
        return Encoded(*objects_to_arrow(values, name))
    if dtype.kind == "c" and dtype.itemsize <= 16:
        return _complex(values)
    if dtype.kind == "f":
        return _numpy(values.astype(np.float64), name)._replace(note=f"{dtype} is kept in 64 bits")
    if not dtype.isnative:
        return _numpy(values.astype(dtype.newbyteorder("=")), name)._replace(
            note="byte order made the machine's own"
        )
    raise DrawloomError(f'Column "{name}" is of type {dtype}, which no table can hold.', code="0085")


def _bool8(values: Array, bitmap: pa.Buffer | None = None, missing: int = 0) -> pa.Array:
    return pa.ExtensionArray.from_storage(pa.bool8(), _lend(values.view(np.int8), pa.int8(), bitmap, missing))


def _time(values: Array, kind: pa.DataType) -> pa.Array:
    return _lend(values.view(np.int64), kind, *bitmap_of_missing(values, np.isnat))


def _zoned(values: Any, dtype: pd.DatetimeTZDtype) -> Encoded:
    instants = values.view("i8").view(f"M8[{dtype.unit}]")
    zone = zone_name(dtype.tz)
    named = zone != "UTC" or str(dtype.tz) in ("UTC", "tzutc()")
    note = "" if named else f"the zone {dtype.tz} has no common name; the same instants in UTC"
    return Encoded(_time(instants, pa.timestamp(dtype.unit, zone)), None, note)


def _text(values: Any, dtype: pd.StringDtype) -> Encoded:
    array = _one_array(values)
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    if dtype.na_value is pd.NA:
        return Encoded(array, marked("string" if dtype.storage == "pyarrow" else "string[python]"))
    return Encoded(array)


def _one_array(values: Any) -> pa.Array:
    array = pa.array(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array


def _category(series: pd.Series[Any] | pd.Index[Any], name: str) -> Encoded:
    codes = cast(pd.Categorical, series.array).codes
    dtype = cast(pd.CategoricalDtype, series.dtype)
    categories = dtype.categories
    note = ""
    metadata: dict[bytes, bytes] | None
    if isinstance(categories.dtype, pd.IntervalDtype):
        words, metadata = _interval_words(categories)
    else:
        words, metadata, note = encode(categories, name)
        if metadata is not None:
            metadata = marked("categories:" + metadata[MARK].decode())
        if isinstance(words, pa.ExtensionArray):
            words = words.cast(pa.bool_())
    bitmap, missing = bitmap_of_missing(codes, lambda piece, out: np.less(piece, 0, out=out))
    if missing:
        codes = np.maximum(codes, 0)  # some readers want codes in range even where nothing is
    indices = _lend(codes, _PLAIN[codes.dtype], bitmap, missing)
    array = pa.DictionaryArray.from_arrays(indices, words, ordered=bool(dtype.ordered), safe=False)
    return Encoded(array, metadata, note and f"categories: {note}")


def _interval_words(categories: Any) -> tuple[pa.Array, dict[bytes, bytes]]:
    """Write interval categories as their text, which anybody can read, with the exact edges beside them."""
    left, right = categories.left, categories.right
    if left.dtype.kind in "Mm":
        left, right = left.asi8, right.asi8
    edges = {
        "left": left.tolist(),
        "right": right.tolist(),
        "subtype": str(categories.dtype.subtype),
        "closed": categories.closed,
    }
    words = pa.array([str(interval) for interval in categories], pa.large_string())
    return words, {EDGES: json.dumps(edges).encode()}


def _period(periods: Any) -> Encoded:
    starts = pd.PeriodIndex(periods).to_timestamp().to_numpy()
    return Encoded(_time(starts, pa.timestamp(np.datetime_data(starts.dtype)[0])), marked(str(periods.dtype)))


def _interval(intervals: Any, name: str) -> Encoded:
    sides = [encode(pd.Series(side), name).array for side in (intervals.left, intervals.right)]
    missing = intervals.isna()
    mask = pa.array(missing) if missing.any() else None
    return Encoded(
        pa.StructArray.from_arrays(sides, ["left", "right"], mask=mask), marked(str(intervals.dtype))
    )


def _complex(values: Array) -> Encoded:
    kind = pa.float32() if values.dtype.itemsize == 8 else pa.float64()
    parts = [_lend(values.real, kind), _lend(values.imag, kind)]
    missing = np.isnan(values)
    mask = pa.array(missing) if missing.any() else None
    array = pa.StructArray.from_arrays(parts, ["real", "imag"], mask=mask)
    return Encoded(array, marked(str(values.dtype)))


def _nullable(series: pd.Series[Any] | pd.Index[Any], name: str) -> Encoded:
    """Write pandas' nullable types and types of other libraries that know Arrow; the rest as objects."""
    values = series.array
    if not hasattr(values, "__arrow_array__"):
        encoded = _numpy(series.astype(object).to_numpy(), name)
        return encoded._replace(note=encoded.note or "written by its values")
    array = _one_array(values)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return Encoded(array, marked(str(series.dtype)))
