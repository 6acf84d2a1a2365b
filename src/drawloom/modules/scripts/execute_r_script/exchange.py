"""Tables on their way to R and back: raw columns in files, which base R reads and writes (worker side).

`prelude.R` is the other end. Numbers are in this machine's own order. A file holds the number of rows and of
columns, the names, then the columns: a line with the kind, the number of rows (to R only), the values. Text
is a count, the lengths in bytes, and the bytes in UTF-8; a column of text is its distinct texts, and codes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drawloom.errors import InputError
from drawloom.table.columns import marked, type_name
from drawloom.table.names import unique_names
from drawloom.table.report import Conversion

Array = npt.NDArray[Any]

NA_INTEGER = -(2**31)
"""R's missing integer, and missing logical."""

NA_REAL = np.uint64(0x7FF00000000007A2)
"""The bits of R's missing double: a NaN that carries the number 1954. Other NaN are not missing to R."""

_NA_REAL_LOW = np.uint64(1954)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EXACT = 2**53


class _ForR(NamedTuple):
    kind: str
    pieces: list[Any]
    note: str = ""


def write(table: pa.Table, path: Path, port: str) -> list[Conversion]:
    """Write a table for R.

    Returns
    -------
    list of Conversion
        The columns that R has another type for.

    Raises
    ------
    InputError
        0017 for a column that R has no type for, or text with a NUL in it.
    """
    conversions = []
    names = unique_names(table.column_names)
    with path.open("wb") as file:
        file.write(np.array([table.num_rows, table.num_columns], np.int32).tobytes())
        file.writelines(_text(pa.array(names, pa.large_string())))
        for name, field, column in zip(names, table.schema, table.columns, strict=True):
            found = _for_r(_one_array(column), name, port)
            file.write(f"{found.kind}\n".encode() + np.int32(len(column)).tobytes())
            file.writelines(found.pieces)
            if found.note:
                missing = column.null_count
                conversions.append(
                    Conversion(name, type_name(field.type), found.kind, missing, missing, None, found.note)
                )
    return conversions


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.unify_dictionaries().combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _for_r(column: pa.Array, name: str, port: str) -> _ForR:
    kind, types = column.type, pa.types
    if types.is_boolean(kind):
        return _ForR("logical", [_integers(column.cast(pa.int32()))])
    if types.is_integer(kind):
        return _whole(column)
    if types.is_floating(kind) or types.is_decimal(kind):
        note = "" if types.is_floating(kind) else "doubles"
        return _ForR("double", [_doubles(column.cast(pa.float64()))], note)
    if types.is_null(kind):
        return _ForR("logical", [_integers(column.cast(pa.int32()))], "nothing but NA")
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        words = column.cast(pa.large_string()).dictionary_encode()
        return _ForR("character", [*_words(words.dictionary, name, port), _codes(words)])
    if types.is_dictionary(kind):
        return _factor(column, name, port)
    if types.is_date(kind):
        return _ForR("Date", [_doubles(column.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()))])
    if types.is_timestamp(kind):
        note = f"the same moments in UTC, {kind.tz} before" if kind.tz not in (None, "UTC") else ""
        return _ForR("POSIXct", [_seconds(column, kind.unit)], note or _rounded(kind.unit))
    if types.is_duration(kind):
        return _ForR("difftime", [_seconds(column, kind.unit)], _rounded(kind.unit))
    if types.is_time(kind):
        unit = kind.unit
        whole = column.cast(pa.int32() if types.is_time32(kind) else pa.int64())
        return _ForR("difftime", [_seconds(whole, unit)], "seconds since midnight")
    if types.is_struct(kind) and [field.name for field in kind] == ["real", "imag"]:
        return _ForR("complex", [_complex(column)])
    raise InputError(
        f"The column {name!r} at port {port!r} is of type {type_name(kind)}, which R has no type for here.",
        code="0017",
        remedy="Leave it out with select-columns-in-dataset, or turn it into text in a Python script.",
    )


def _rounded(unit: str) -> str:
    return "seconds in doubles: R keeps about a microsecond" if unit == "ns" else ""


def _whole(column: pa.Array) -> _ForR:
    ends = pc.min_max(column).as_py()
    least, most = ends["min"] or 0, ends["max"] or 0
    if least > NA_INTEGER and most < -NA_INTEGER:
        return _ForR("integer", [_integers(column.cast(pa.int32()))])
    exact = least >= -_EXACT and most <= _EXACT
    note = "doubles, since R's integers have 32 bits" + ("" if exact else "; beyond 2^53 they are rounded")
    return _ForR("double", [_doubles(column.cast(pa.float64(), safe=False))], note)


def _integers(column: pa.Array) -> Array:
    values: Array = column.fill_null(NA_INTEGER).to_numpy(zero_copy_only=False)
    return values.astype(np.int32, copy=False)


def _doubles(column: pa.Array) -> Array:
    if not column.null_count:
        plain: Array = column.to_numpy(zero_copy_only=False)
        return plain
    bits = np.array(column.fill_null(0.0).to_numpy(zero_copy_only=False)).view(np.uint64)
    bits[column.is_null().to_numpy(zero_copy_only=False)] = NA_REAL
    return bits


def _seconds(column: pa.Array, unit: str) -> Array:
    seconds = pc.divide(column.cast(pa.int64()).cast(pa.float64(), safe=False), float(_PER_SECOND[unit]))
    return _doubles(seconds)


def _complex(column: pa.Array) -> Array:
    values = np.empty((len(column), 2), np.uint64)
    missing = column.is_null()
    for place in range(2):
        part = pc.if_else(missing, None, column.field(place).cast(pa.float64()))
        values[:, place] = _doubles(part).view(np.uint64)
    return values


def _factor(column: pa.DictionaryArray, name: str, port: str) -> _ForR:
    kind = column.type
    levels = column.dictionary
    note = (
        "" if pa.types.is_large_string(levels.type) or pa.types.is_string(levels.type) else "levels are text"
    )
    words = _words(levels.cast(pa.large_string()), name, port)
    return _ForR("ordered" if kind.ordered else "factor", [*words, _codes(column)], note)


def _codes(column: pa.DictionaryArray) -> Array:
    codes = column.indices.cast(pa.int32())
    return _integers(pc.add(codes, pa.scalar(1, pa.int32())))


def _words(words: pa.Array, name: str, port: str) -> list[Any]:
    if pc.any(pc.match_substring(words, "\0")).as_py():
        raise InputError(
            f"The column {name!r} at port {port!r} holds text with a NUL character, which R cannot keep.",
            code="0017",
            remedy="Remove the character in a Python script.",
        )
    return _text(words)


def _text(words: pa.Array) -> list[Any]:
    if not len(words):
        return [np.int32(0).tobytes()]
    _, offsets, data = words.buffers()
    ends = np.frombuffer(offsets, np.int64)[words.offset : words.offset + len(words) + 1]
    letters = memoryview(data)[ends[0] : ends[-1]] if data is not None else b""
    return [np.int32(len(words)).tobytes(), np.diff(ends).astype(np.int32), bytes(letters)]


class _Reader:
    """Reads a file of R's from its start."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self._place = 0

    def numbers(self, dtype: Any, count: int) -> Array:
        values = np.frombuffer(self._data, dtype, count, self._place) if count else np.empty(0, dtype)
        self._place += values.nbytes
        return values

    def line(self) -> str:
        end = self._data.index(b"\n", self._place)
        text = self._data[self._place : end].decode()
        self._place = end + 1
        return text

    def text(self) -> pa.Array:
        count = int(self.numbers(np.int32, 1)[0])
        ends = np.concatenate([[0], np.cumsum(self.numbers(np.int32, count), dtype=np.int64)])
        data = self._data[self._place : self._place + ends[-1]]
        self._place += len(data)
        return pa.LargeStringArray.from_buffers(
            count, pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(data)
        )


def read(path: Path) -> pa.Table:
    """Read the table that R wrote.

    Returns
    -------
    pyarrow.Table
        Integers and ``integer64`` are int64, ``Date`` is date32, ``POSIXct`` a time in UTC without a zone,
        ``difftime`` a duration, both in microseconds. NA is null in every type; NaN stays a NaN.
    """
    reader = _Reader(path)
    rows, columns = (int(count) for count in reader.numbers(np.int32, 2))
    names = unique_names(reader.text().to_pylist())
    arrays, fields = [], []
    for name in names[:columns]:
        array, metadata = _from_r(reader, rows)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata=metadata))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def read_error(path: Path) -> tuple[str, str, list[str], int | None]:
    """Read what R said of an error: message, where, calls on the way, and the line of the script or None."""
    reader = _Reader(path)
    message, where, *calls = reader.text().to_pylist()
    line = int(reader.numbers(np.int32, 1)[0])
    return message, where, calls, None if line == NA_INTEGER else line


def _from_r(reader: _Reader, rows: int) -> tuple[pa.Array, dict[bytes, bytes] | None]:
    kind = reader.line()
    if kind in ("character", "factor", "ordered"):
        codes = reader.numbers(np.int32, rows)
        return _from_codes(kind, codes, reader.text()), None
    if kind in ("integer", "logical"):
        values = reader.numbers(np.int32, rows)
        array = pa.array(values, pa.int64() if kind == "integer" else pa.int32(), mask=values == NA_INTEGER)
        return (array if kind == "integer" else array.cast(pa.bool_())), None
    if kind == "integer64":
        values = reader.numbers(np.int64, rows)
        return pa.array(values, mask=values == np.iinfo(np.int64).min), None
    if kind == "complex":
        parts = reader.numbers(np.float64, 2 * rows).reshape(-1, 2)
        missing = _is_na(parts).any(axis=1)
        halves = [pa.array(np.ascontiguousarray(parts[:, place])) for place in range(2)]
        return pa.StructArray.from_arrays(halves, ["real", "imag"], mask=pa.array(missing)), marked(
            "complex128"
        )
    values = reader.numbers(np.float64, rows)
    if kind == "double":
        return pa.array(values, mask=_is_na(values)), None
    return _moments(kind, values), None


def _is_na(values: Array) -> Array:
    found: Array = np.isnan(values) & ((values.view(np.uint64) & np.uint64(0xFFFFFFFF)) == _NA_REAL_LOW)
    return found


def _moments(kind: str, values: Array) -> pa.Array:
    known = np.isfinite(values)
    if kind == "Date":
        return pa.array(np.floor(np.where(known, values, 0)).astype(np.int32), mask=~known).cast(pa.date32())
    microseconds = np.rint(np.where(known, values, 0) * 1e6).astype(np.int64)
    return pa.array(microseconds, mask=~known).cast(
        pa.timestamp("us") if kind == "POSIXct" else pa.duration("us")
    )


def _from_codes(kind: str, codes: Array, words: pa.Array) -> pa.Array:
    missing = codes == NA_INTEGER
    indices = pa.array(np.where(missing, 0, codes - 1).astype(np.int32), mask=missing)
    if kind == "character":
        return words.take(indices)
    return pa.DictionaryArray.from_arrays(indices, words, ordered=kind == "ordered")
