"""Columns of Python objects: what kind they are of, and how Arrow writes them."""

from __future__ import annotations

import datetime
import decimal
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.table.columns import Array, marked

Encoding = tuple[pa.Array, dict[bytes, bytes] | None, str]
"""The column in Arrow, the metadata of its field, and what the report should say."""

MISSING = (type(None), type(pd.NA), type(pd.NaT))

KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("missing", MISSING),
    ("text", (str,)),
    ("boolean", (bool, np.bool_)),
    ("timedelta", (datetime.timedelta, np.timedelta64)),
    ("integer", (int, np.integer)),
    ("float", (float, np.floating)),
    ("complex", (complex, np.complexfloating)),
    ("decimal", (decimal.Decimal,)),
    ("bytes", (bytes, bytearray, memoryview)),
    ("datetime", (datetime.datetime, np.datetime64)),
    ("date", (datetime.date,)),
    ("time", (datetime.time,)),
    ("list", (list, tuple, np.ndarray)),
    ("dict", (dict,)),
    ("period", (pd.Period,)),
    ("interval", (pd.Interval,)),
    ("name", (uuid.UUID, pathlib.PurePath)),
)
"""The first kind whose types match. A subclass stands before its base: datetime before date."""


def kind_of(cell_type: type) -> str:
    """Name the kind of cells of a Python type, or the type itself if no table can hold it."""
    for kind, types in KINDS:
        if issubclass(cell_type, types):
            return kind
    return f"{cell_type.__module__}.{cell_type.__qualname__}"


def objects_to_arrow(cells: Array, name: str) -> Encoding:
    """Give a column of Python objects as Arrow.

    Parameters
    ----------
    cells
        One dimension, of objects.
    name
        The column's name, for errors.

    Raises
    ------
    DrawloomError
        0045 if cells are of more than one kind (Studio classic: mixed element types in one column), 0085 if
        a cell is of a kind that no table can hold.
    """
    missing = np.asarray(pd.isna(cells))
    kinds = {kind_of(cell_type) for cell_type in set(map(type, cells[~missing]))}
    if not kinds:
        return pa.nulls(len(cells)), marked("object"), ""
    kind = "float" if kinds == {"integer", "float"} else min(kinds)
    if len(kinds) > 1 and kind != "float":
        raise _mixed(cells, missing, name)
    if kind not in _WRITERS:
        raise _unknown(cells, missing, name)
    present = [None if gone else cell for cell, gone in zip(cells, missing, strict=True)]
    try:
        return _WRITERS[kind](present, name)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError, ValueError) as error:
        row = _culprit(present, kind, name)
        if row is None:
            message, code = f'Column "{name}" mixes {kind} cells that have no common type: {error}', "0045"
        else:
            message, code = (
                f'Column "{name}" holds a {kind} in row {row} that no table can hold: {error}',
                "0085",
            )
        remedy = f'Turn it to text, for instance frame["{name}"] = frame["{name}"].map(ascii).'
        raise DrawloomError(message.rstrip(".") + ".", code=code, remedy=remedy) from error


def _mixed(cells: Array, missing: Array, name: str) -> DrawloomError:
    rows = np.flatnonzero(~missing)
    first = kind_of(type(cells[rows[0]]))
    other_row = next(row for row in rows if kind_of(type(cells[row])) != first)
    other = kind_of(type(cells[other_row]))
    return DrawloomError(
        f'Column "{name}" mixes types: {first} in row {rows[0]}, {other} in row {other_row}.',
        code="0045",
        remedy=f'Give the column one type, for instance frame["{name}"] = frame["{name}"].astype(str).',
    )


def _unknown(cells: Array, missing: Array, name: str) -> DrawloomError:
    row = int(np.flatnonzero(~missing)[0])
    return DrawloomError(
        f'Column "{name}" holds a {kind_of(type(cells[row]))} in row {row}, which no table can hold.',
        code="0085",
        remedy="Turn it to numbers, text, dates, lists or dicts, or return it through an object port.",
    )


def _culprit(present: list[Any], kind: str, name: str) -> int | None:
    """Find the row that a writer stumbles over."""
    for row, cell in enumerate(present):
        if cell is not None:
            try:
                _WRITERS[kind]([cell], name)
            except Exception:
                return row
    return None


def _text(cells: list[Any], name: str) -> Encoding:
    return pa.array(cells, pa.large_string()), None, "objects that are all text"


def _named(cells: list[Any], name: str) -> Encoding:
    words = [None if cell is None else str(cell) for cell in cells]
    return pa.array(words, pa.large_string()), None, "written as text"


def _boolean(cells: list[Any], name: str) -> Encoding:
    return pa.array(cells, pa.bool_()), None, "objects that are all booleans"


def _integer(cells: list[Any], name: str) -> Encoding:
    note = "objects that are all whole numbers"
    numbers = [None if cell is None else int(cell) for cell in cells]
    low = min(number for number in numbers if number is not None)
    high = max(number for number in numbers if number is not None)
    if low >= -(2**63) and high < 2**63:
        return pa.array(numbers, pa.int64()), None, note
    if low >= 0 and high < 2**64:
        return pa.array(numbers, pa.uint64()), None, note
    wide = [None if number is None else decimal.Decimal(number) for number in numbers]
    return pa.array(wide, pa.decimal256(76, 0)), marked("object:int"), ""


def _float(cells: list[Any], name: str) -> Encoding:
    numbers = [None if cell is None else float(cell) for cell in cells]
    for row, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        if isinstance(cell, (int, np.integer)) and number != int(cell):
            raise DrawloomError(
                f'Column "{name}" mixes floats with a whole number that no float holds exactly (row {row}).',
                code="0045",
                remedy=f'Decide on one: frame["{name}"] = frame["{name}"].astype(float) rounds it.',
            )
    return pa.array(numbers, pa.float64()), None, "objects that are all numbers"


def _complex(cells: list[Any], name: str) -> Encoding:
    numbers = [
        None if cell is None else {"real": float(cell.real), "imag": float(cell.imag)} for cell in cells
    ]
    kind = pa.struct([("real", pa.float64()), ("imag", pa.float64())])
    return pa.array(numbers, kind), marked("complex128"), "objects that are all complex numbers"


def _decimal(cells: list[Any], name: str) -> Encoding:
    return pa.array(cells), marked("object"), ""


def _bytes(cells: list[Any], name: str) -> Encoding:
    whole = [None if cell is None else bytes(cell) for cell in cells]
    changed = any(type(cell) not in (bytes, type(None)) for cell in cells)
    return pa.array(whole, pa.large_binary()), marked("object"), "written as bytes" if changed else ""


def _datetime(cells: list[Any], name: str) -> Encoding:
    moments = [None if cell is None else pd.Timestamp(cell) for cell in cells]
    zones = {zone_name(moment.tz) for moment in moments if moment is not None}
    if "" in zones and len(zones) > 1:
        raise DrawloomError(
            f'Column "{name}" mixes times with a time zone and times without.',
            code="0045",
            remedy="Give each a time zone with tz_localize, or none.",
        )
    note = "objects that are all dates with times"
    if len(zones) > 1:
        note += "; several time zones, now the same instants in UTC"
    zone = zones.pop() if len(zones) == 1 else "UTC"
    unit = _finest(moments)
    ticks = [None if moment is None else _ticks(moment, unit) for moment in moments]
    return pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, zone or None)), None, note


def zone_name(zone: Any) -> str:
    """Name a time zone as Arrow does; no zone is empty text, one without a common name is UTC."""
    if zone is None:
        return ""
    try:
        return str(pa.lib.tzinfo_to_string(zone))
    except ValueError:
        return "UTC"


def _finest(moments: list[Any]) -> str:
    units = [moment.unit for moment in moments if moment is not None]
    return str(max(units, key=("s", "ms", "us", "ns").index))


def _ticks(moment: Any, unit: str) -> int:
    return int(moment.as_unit(unit).asm8.view(np.int64))


def _timedelta(cells: list[Any], name: str) -> Encoding:
    spans = [None if cell is None else pd.Timedelta(cell) for cell in cells]
    unit = _finest(spans)
    ticks = [None if span is None else _ticks(span, unit) for span in spans]
    return pa.array(ticks, pa.int64()).cast(pa.duration(unit)), None, "objects that are all time spans"


def _date(cells: list[Any], name: str) -> Encoding:
    return pa.array(cells, pa.date32()), marked("object"), ""


def _time(cells: list[Any], name: str) -> Encoding:
    if any(cell is not None and cell.tzinfo is not None for cell in cells):
        raise ValueError("a time of day with a time zone")
    return pa.array(cells, pa.time64("us")), marked("object"), ""


def _nested(cells: list[Any], name: str) -> Encoding:
    array = pa.array([_as_plain(cell) for cell in cells])
    faithful = all(_same(before, after) for before, after in zip(cells, array.to_pylist(), strict=True))
    note = "" if faithful else "cells now have one shape: sequences are lists, dicts all have the same keys"
    return array, marked("object"), note


def _as_plain(cell: Any) -> Any:
    if isinstance(cell, np.ndarray):
        return [_as_plain(item) for item in cell.tolist()]
    if isinstance(cell, (list, tuple)):
        return [_as_plain(item) for item in cell]
    if isinstance(cell, dict):
        return {key: _as_plain(value) for key, value in cell.items()}
    return cell


def _same(before: Any, after: Any) -> bool:
    if type(before) is not type(after):
        return False
    if isinstance(before, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    return bool(before == after or (before != before and after != after))


def _pandas_scalars(cells: list[Any], name: str) -> Encoding:
    from drawloom.table.encode import encode  # which imports this module

    series = pd.Series(pd.array(cells))
    if series.dtype == object:
        raise ValueError("they differ in frequency or in the sides that are closed")
    array, metadata, note = encode(series, name)
    return array, metadata, note or f"objects that are all {series.dtype}"


_WRITERS: dict[str, Callable[[list[Any], str], Encoding]] = {
    "text": _text,
    "name": _named,
    "boolean": _boolean,
    "integer": _integer,
    "float": _float,
    "complex": _complex,
    "decimal": _decimal,
    "bytes": _bytes,
    "datetime": _datetime,
    "date": _date,
    "time": _time,
    "timedelta": _timedelta,
    "list": _nested,
    "dict": _nested,
    "period": _pandas_scalars,
    "interval": _pandas_scalars,
}
