"""Excel workbooks (.xlsx), one sheet, read through openpyxl."""

from __future__ import annotations

import datetime
import itertools
import warnings
import zipfile
from typing import Any

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.columns import type_name
from drawloom.table.files.delimited import MISSING
from drawloom.table.files.settle import settle
from drawloom.table.files.source import Source, check_options, flag
from drawloom.table.report import Conversion

FORMULA_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
Row = tuple[Any, ...]


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read one sheet. Formulas give the value that was last computed.

    Parameters
    ----------
    source
        The file.
    options
        ``sheet`` (name, or number from 1; default the first) and ``header`` (default True).
    """
    check_options(options, {"sheet", "header"}, source)
    header = flag(options, "header", True, source)
    rows = _rows(source, options.get("sheet"))
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise source.bad("the sheet is empty.", "Name another one in the option sheet.", code="0048")
    rows = [row + (None,) * (width - len(row)) for row in rows]
    labels: list[Any] = list(rows.pop(0)) if header else [None] * width
    names = [f"Col{i}" if label is None else str(label) for i, label in enumerate(labels, start=1)]
    conversions = [
        Conversion(name, "text", "text", renamed_from="''", note="had no name")
        for name, label in zip(names, labels, strict=True)
        if header and label is None
    ]
    columns = []
    for name, values in zip(names, zip(*rows, strict=True) if rows else [()] * width, strict=True):
        column, notes = _column(name, list(values))
        columns.append(column)
        conversions += notes
    return pa.Table.from_arrays(columns, names=names), conversions


def _rows(source: Source, sheet: object) -> list[Row]:
    import openpyxl

    with warnings.catch_warnings():
        # Of no concern to the values: styles, validation, print areas that openpyxl leaves out.
        warnings.simplefilter("ignore", UserWarning)
        try:
            stream = pa.BufferReader(source.buffer())
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            found = _sheet(source, book, sheet)
            found.reset_dimensions()
            rows = [_trimmed(tuple(row)) for row in found.iter_rows(values_only=True)]
        except InputError:
            raise
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
            raise source.bad(
                f"the workbook cannot be read: {str(error).partition(chr(10))[0]}",
                "It may be damaged or cut short: save it again as .xlsx, or as CSV.",
            ) from error
    while rows and not rows[-1]:
        rows.pop()
    return list(itertools.dropwhile(lambda row: not row, rows))


def _sheet(source: Source, book: Any, wanted: object) -> Any:
    sheets = book.worksheets
    names = [sheet.title for sheet in sheets]
    if wanted is None and sheets:
        return sheets[0]
    if isinstance(wanted, int) and 1 <= wanted <= len(sheets):
        return sheets[wanted - 1]
    if wanted in names:
        return sheets[names.index(wanted)]
    raise InputError(
        f"{source.name}: there is no sheet {wanted!r}.",
        code="0002",
        remedy=f"The workbook has: {', '.join(names)}.",
    )


def _trimmed(row: Row) -> Row:
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row[:end]


def _column(name: str, values: list[Any]) -> tuple[pa.Array, list[Conversion]]:
    """Choose the type that holds all values: numbers, booleans, datetimes, else text."""
    errors = sum(isinstance(value, str) and value in FORMULA_ERRORS for value in values)
    values = [None if isinstance(v, str) and (v in FORMULA_ERRORS or v in MISSING) else v for v in values]
    kinds = {type(value) for value in values if value is not None}
    notes = []
    if errors:
        notes.append(f"{errors} formula errors became missing")
    if kinds <= {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        column = settle(pa.array(values, pa.int64() if kinds else pa.null()))
    elif kinds <= {int, float}:
        column = pa.array([None if v is None else float(v) for v in values], pa.float64())
    elif kinds == {bool}:
        column = pa.array(values, pa.bool_())
    elif kinds <= {datetime.datetime, datetime.date}:
        midnight = datetime.time()
        moments = [datetime.datetime.combine(v, midnight) if type(v) is datetime.date else v for v in values]
        column = pa.array(moments, pa.timestamp("us"))
    elif kinds == {datetime.timedelta}:
        column = pa.array(values, pa.duration("us"))
    else:
        column = pa.array([None if value is None else _text(value) for value in values], pa.large_string())
        if kinds != {str}:
            found = ", ".join(sorted(kind.__name__ for kind in kinds))
            notes.append(f"became text, as its cells are of {found}")
    if not notes:
        return column, []
    there = "mixed" if len(kinds) > 1 else "Excel"
    missing = sum(value is None for value in values)
    entry = Conversion(
        name, there, type_name(column.type), missing - errors, column.null_count, note="; ".join(notes)
    )
    return column, [entry]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
