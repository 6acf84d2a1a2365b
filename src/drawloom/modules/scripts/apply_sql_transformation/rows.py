"""What SQLite answers, as a table (worker side)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from drawloom.errors import InputError
from drawloom.table.names import unique_names

_ROWS_AT_ONCE = 20_000
_MOMENT = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?$"
_UNITS = ((19, "s"), (23, "ms"), (26, "us"), (29, "ns"))
_TYPES: dict[frozenset[type], pa.DataType] = {
    frozenset(): pa.null(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
    frozenset({str}): pa.large_string(),
    frozenset({bytes}): pa.large_binary(),
}
_OF_AFFINITY = {"INT": pa.int64(), "REAL": pa.float64(), "TEXT": pa.large_string(), "NUM": pa.bool_()}


def fetch(cursor: sqlite3.Cursor, affinities: Sequence[str]) -> pa.Table:
    """Fetch all rows of a query.

    Parameters
    ----------
    cursor
        Of a query that was executed.
    affinities
        SQLite's type affinity of each column: INT, REAL, TEXT, NUM or nothing where it has none.

    Returns
    -------
    pyarrow.Table
        Whole numbers are int64, also with NULL among them; with doubles among them double. Columns that are
        still of type BOOLEAN and hold only 0 and 1 are booleans. Text is text, unless all of it has the form
        ``YYYY-MM-DD HH:MM:SS[.ffffff]``: then it is a date and time. A column with nothing but NULL has the
        type it is declared as, or none.

    Raises
    ------
    InputError
        0045 where a column mixes text, numbers and bytes.
    """
    names = unique_names(each[0] for each in cursor.description)
    pieces: list[list[pa.Array]] = [[] for _ in names]
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for number, values in enumerate(zip(*rows, strict=True)):
            pieces[number].append(_array(values, names[number]))
    columns = [
        _column(name, parts, affinity)
        for name, parts, affinity in zip(names, pieces, affinities, strict=True)
    ]
    return pa.table(columns, names=names)


def _array(values: tuple[Any, ...], name: str) -> pa.Array:
    """Make an array; the types of all values are looked at, since PyArrow would cut fractions in silence."""
    kinds = frozenset(map(type, values)) - {NoneType}
    if kinds not in _TYPES:
        raise _mixed(name, kinds)
    return pa.array(values, _TYPES[kinds])


def _mixed(name: str, kinds: Iterable[type]) -> InputError:
    words = {str: "text", bytes: "bytes", int: "numbers", float: "numbers"}
    found = " and ".join(sorted({words[kind] for kind in kinds}))
    return InputError(
        f"The column {name!r} of the result mixes {found}.",
        code="0045",
        remedy=f"Give it one type, such as CAST({name} AS TEXT).",
    )


def _column(name: str, parts: list[pa.Array], affinity: str) -> pa.ChunkedArray:
    kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
    if not kinds:
        rows = sum(map(len, parts))
        return pa.chunked_array([pa.nulls(rows, _OF_AFFINITY.get(affinity, pa.null()))])
    if kinds == {pa.int64(), pa.float64()}:
        kinds = {pa.float64()}
    if len(kinds) > 1:
        raise _mixed(name, [kind for types, array in _TYPES.items() if array in kinds for kind in types])
    kind = kinds.pop()
    column = pa.chunked_array([part.cast(kind) for part in parts], kind)
    if pa.types.is_large_string(kind):
        return _moments(column)
    if affinity == "NUM" and pa.types.is_integer(kind) and _is_boolean(column):
        return column.cast(pa.bool_())
    return column


def _is_boolean(column: pa.ChunkedArray) -> bool:
    ends = pc.min_max(column).as_py()
    return bool(ends["min"] >= 0 and ends["max"] <= 1)


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    first = next((text for part in column.chunks for text in part.drop_null()[:1].to_pylist()), "")
    if not re.match(_MOMENT, first) or not pc.all(pc.match_substring_regex(column, _MOMENT)).as_py():
        return column
    longest = pc.max(pc.utf8_length(column)).as_py()
    unit = next(unit for length, unit in _UNITS if longest <= length)
    try:
        return column.cast(pa.timestamp(unit))
    except pa.ArrowInvalid:  # the 45th of a month, say
        return column
