"""ARFF files, read through liac-arff."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.files.encoding import to_utf8
from drawloom.table.files.settle import settle
from drawloom.table.files.source import Source, check_options
from drawloom.table.report import Conversion

ATTRIBUTE = re.compile(
    r"""(?P<head>\s*@attribute\s+(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)\s+)
        (?P<type>integer|numeric|real|date)\b\s*(?P<format>.*?)\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
DATA = re.compile(r"\s*@data\b", re.IGNORECASE)

DEFAULT_DATE = "yyyy-MM-dd'T'HH:mm:ss"
"""Weka's, where a date attribute names no format."""

JAVA_DATE = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%m",
    "dd": "%d",
    "d": "%d",
    "HH": "%H",
    "H": "%H",
    "hh": "%I",
    "h": "%I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "a": "%p",
    "EEEE": "%A",
    "EEE": "%a",
    "Z": "%z",
    "XXX": "%z",
    "X": "%z",
}
REMEDY = (
    "Each line after @data has one value for each @attribute, in their order; ? stands for a missing one."
)


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read ARFF, dense or sparse.

    A nominal attribute becomes a categorical column with its declared values in their order, a date a
    datetime, ``integer`` a 64-bit integer where its values are whole and none is missing (Weka holds it
    as a double).

    Parameters
    ----------
    source
        The file.
    options
        ``encoding``.
    """
    import arff

    check_options(options, {"encoding"}, source)
    data, encoding, guessed = to_utf8(source, options.get("encoding"))
    lines = re.split(r"\r\n|\r|\n", data[:].decode())
    types: list[tuple[str, str]] = []
    try:
        content = arff.load(list(_plain_types(lines, types)))
    except arff.ArffException as error:
        raise _explain(source, lines, len(types), error) from error
    columns: list[pa.Array] = []
    conversions: list[Conversion] = []
    for at, (name, declared) in enumerate(content["attributes"]):
        kind, pattern = types[at]
        try:
            column = _column([row[at] for row in content["data"]], declared, kind, pattern)
        except _UnfitError as unfit:
            raise source.bad(
                f"expected {unfit.expected}, found {unfit.value!r}.",
                REMEDY,
                line=_line_of(lines, unfit.row),
                column=repr(name),
            ) from unfit
        if kind == "integer" and pa.types.is_floating(column.type):
            conversions.append(Conversion(name, "integer", "float64", note="not all values are whole"))
        columns.append(settle(column) if kind == "integer" else column)
    if guessed:
        note = f"the file is not UTF-8; read as {encoding}, which is a guess: the option encoding settles it"
        conversions.insert(0, Conversion("", encoding, "utf-8", note=note))
    names = [name for name, _ in content["attributes"]]
    return pa.Table.from_arrays(columns, names=names), conversions


class _UnfitError(ValueError):
    """A value that its attribute does not admit; rows count from 0."""

    def __init__(self, row: int, value: str, expected: str) -> None:
        super().__init__(value)
        self.row, self.value, self.expected = row, value, expected


def _plain_types(lines: list[str], types: list[tuple[str, str]]) -> Iterator[str]:
    """Give the lines with numbers and dates declared as text, and note their types and formats.

    liac-arff has no dates, cuts the fraction off an integer, and names no column.
    """
    rest = iter(lines)
    for line in rest:
        match = ATTRIBUTE.match(line)
        if match:
            types.append((match["type"].lower(), match["format"].strip("\"'")))
            yield f"{match['head']}string"
        else:
            if line.lstrip()[:10].lower() == "@attribute":
                types.append(("", ""))
            yield line
        if DATA.match(line):
            break
    yield from rest


def _line_of(lines: list[str], row: int) -> int:
    """Find the line of a data row, past blank lines and comments."""
    data = next(i for i, line in enumerate(lines) if DATA.match(line))
    filled = [i for i, line in enumerate(lines) if i > data and line.strip() and line.strip()[0] != "%"]
    return filled[row] + 1


def _column(values: list[Any], declared: str | list[str], kind: str, pattern: str) -> pa.Array:
    if isinstance(declared, list):
        codes = {value: code for code, value in enumerate(declared)}
        indices = pa.array([None if value is None else codes[value] for value in values], pa.int32())
        return pa.DictionaryArray.from_arrays(indices, pa.array(declared, pa.large_string()))
    if kind == "date":
        return _dates(values, pattern or DEFAULT_DATE)
    text = pa.array(values, pa.large_string())
    return _numbers(text, kind) if kind else text


def _numbers(text: pa.Array, kind: str) -> pa.Array:
    if kind == "integer":
        try:
            return text.cast(pa.int64())
        except pa.ArrowInvalid:
            pass
    try:
        return text.cast(pa.float64())
    except pa.ArrowInvalid:
        for row, value in enumerate(text):
            try:
                value.cast(pa.float64())
            except pa.ArrowInvalid as error:
                raise _UnfitError(row, value.as_py(), "a number") from error
        raise


def _dates(values: list[str | None], pattern: str) -> pa.Array:
    python_format = _strptime_format(pattern)
    moments: list[datetime.datetime | None] = []
    for row, value in enumerate(values):
        try:
            moments.append(None if value is None else datetime.datetime.strptime(value, python_format))
        except ValueError as error:
            raise _UnfitError(row, str(value), f"a date written as {pattern}") from error
    return pa.array(moments, pa.timestamp("us", "UTC" if "%z" in python_format else None))


def _strptime_format(pattern: str) -> str:
    """Translate the parts of a Java date format; what is quoted, and what is no letter, stands for itself."""

    def python(part: re.Match[str]) -> str:
        quoted = part[0][1:-1] or "'" if part[0].startswith("'") else part[0]
        return JAVA_DATE.get(part[0], quoted.replace("%", "%%"))

    return re.sub(r"'[^']*'|([A-Za-z])\1*|[^A-Za-z']", python, pattern)


def _explain(source: Source, lines: list[str], width: int, error: Any) -> InputError:
    line = getattr(error, "line", -1)
    if line <= 0:
        return source.bad(f"{error}".rstrip(" .") + ".", "ARFF has @relation, @attribute and @data lines.")
    if type(error).__name__ == "BadDataFormat":
        what = f"expected {width} values, found another number of them: {lines[line - 1][:60]!r}"
    else:
        what = re.sub(r",? (at|in) line -?\d+", "", str(error)).rstrip(" .")
    return source.bad(f"{what}.", REMEDY, line=line)
