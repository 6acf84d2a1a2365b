"""Columns as SQL engines take them, and what is not a number or text there (worker side)."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from drawloom.errors import InputError
from drawloom.table.columns import type_name
from drawloom.table.report import Conversion

_LARGEST = 2**63 - 1


class Stored(NamedTuple):
    """A column as SQLite keeps it, the type it is declared as, and what the report should say."""

    column: pa.ChunkedArray
    declared: str
    note: str = ""


def for_sqlite(table: pa.Table, port: str) -> tuple[pa.Table, list[str], list[Conversion]]:
    """Give a table as SQLite keeps it: whole numbers, doubles, text, bytes and NULL.

    Returns
    -------
    table, declared types, conversions

    Raises
    ------
    InputError
        0017 for a column of lists or structs; 0028 where names differ only by case.
    """
    _require_distinct(table.column_names, port)
    stored = [
        _store(table.column(place), table.field(place).name, port) for place in range(table.num_columns)
    ]
    conversions = [
        Conversion(
            column=field.name,
            type_there=type_name(field.type),
            type_here=each.declared,
            missing_before=column.null_count,
            missing_after=each.column.null_count,
            note=each.note,
        )
        for field, column, each in zip(table.schema, table.columns, stored, strict=True)
        if each.note
    ]
    made = pa.table([each.column for each in stored], names=table.column_names)
    return made, [each.declared for each in stored], conversions


def for_duckdb(table: pa.Table) -> tuple[pa.Table, list[Conversion]]:
    """Give a table with NULL for NaN, and say which columns DuckDB has another type for."""
    columns = [nan_as_null(column) for column in table.columns]
    conversions = [
        Conversion(
            column=field.name,
            type_there=type_name(field.type),
            type_here="VARCHAR" if words else "BIGINT or DOUBLE",
            missing_before=column.null_count,
            missing_after=column.null_count,
            note="categories are their values" if words else "decimals are whole numbers or doubles",
        )
        for field, column in zip(table.schema, table.columns, strict=True)
        if (words := pa.types.is_dictionary(field.type)) or pa.types.is_decimal(field.type)
    ]
    return pa.table(columns, names=table.column_names), conversions


def _require_distinct(names: list[str], port: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise InputError(
                f"The columns {other!r} and {name!r} at port {port!r} differ by case alone: one name in SQL.",
                code="0028",
                remedy="Rename one of them with edit-metadata.",
            )


def _store(column: pa.ChunkedArray, name: str, port: str) -> Stored:
    kind, types = column.type, pa.types
    if types.is_boolean(kind):
        return Stored(column.cast(pa.int64()), "BOOLEAN")
    if types.is_uint64(kind) and (pc.max(column).as_py() or 0) > _LARGEST:
        return Stored(column.cast(pa.float64(), safe=False), "REAL", "beyond SQLite's whole numbers: doubles")
    if types.is_integer(kind):
        return Stored(column.cast(pa.int64()), "INTEGER")
    if types.is_floating(kind):
        return Stored(column.cast(pa.float64()), "REAL")
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return Stored(column.cast(pa.large_string()), "TEXT")
    if types.is_dictionary(kind):
        inner = _store(column.cast(kind.value_type), name, port)
        return inner._replace(note=inner.note or "categories are their values")
    if types.is_timestamp(kind):
        naive = column.cast(pa.timestamp(kind.unit))
        note = "text of the moment in UTC" if kind.tz else "text that sorts by time"
        return Stored(naive.cast(pa.large_string()), "TEXT", note)
    if types.is_date(kind) or types.is_time(kind):
        return Stored(column.cast(pa.large_string()), "TEXT", "text")
    if types.is_duration(kind):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds = pc.divide(column.cast(pa.int64()).cast(pa.float64(), safe=False), float(per_second))
        return Stored(seconds, "REAL", "seconds")
    if types.is_decimal(kind):
        return Stored(column.cast(pa.float64()), "REAL", "doubles")
    if types.is_null(kind):
        return Stored(column.cast(pa.int64()), "")
    if _is_bytes(kind):
        return Stored(column.cast(pa.large_binary()), "BLOB")
    raise refused(name, kind, port)


def refused(name: str, kind: pa.DataType, port: str) -> InputError:
    """Give the error for a column that SQL has no type for."""
    return InputError(
        f"The column {name!r} at port {port!r} is of type {type_name(kind)}, which this SQL has no type for.",
        code="0017",
        remedy="Leave it out with select-columns-in-dataset, or turn it into text in a script.",
    )


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    return any(
        test(kind)
        for test in (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)
    )


def nan_as_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column of floats with NULL for NaN, copied only where there is one."""
    if not pa.types.is_floating(column.type):
        return column
    not_a_number = pc.is_nan(column)
    if not pc.any(not_a_number).as_py():
        return column
    return pc.if_else(not_a_number, pa.scalar(None, column.type), column)
