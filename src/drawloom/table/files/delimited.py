"""CSV and TSV: PyArrow's reader, with what it would get wrong read again."""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from drawloom.errors import InputError
from drawloom.table.files import scan
from drawloom.table.files.blocks import in_blocks
from drawloom.table.files.broken import explain_quotes, explain_width
from drawloom.table.files.encoding import to_utf8
from drawloom.table.files.settle import overflowed, settle
from drawloom.table.files.sniff import find_delimiter, first_record
from drawloom.table.files.source import Source, check_options, flag
from drawloom.table.names import unique_names
from drawloom.table.report import Conversion

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "None", "NaN", "nan"),
    *("-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
)
"""What stands for a missing value where it is not quoted: what pandas takes for one."""

OPTIONS = {"header", "delimiter", "encoding", "decimal", "missing"}
BLANK = re.compile(rb"[\r\n]*\Z")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How the text is laid out.

    Attributes
    ----------
    body
        The records without the header, UTF-8.
    names
        One name a column, unique.
    delimiter, decimal
        What parts the cells, and what parts whole from fraction.
    missing
        What stands for a missing value.
    quoted
        Whether there is any quote.
    """

    body: pa.Buffer
    names: list[str]
    delimiter: str
    decimal: str
    missing: Sequence[str]
    quoted: bool


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read CSV or TSV.

    Types come from whole columns: integer, double, boolean, datetime, else text. Numbers that would lose
    something as numbers (00123, 0x1F, integers beyond 64 bits) stay text.

    Parameters
    ----------
    source
        The file.
    options
        ``header`` (default True; without one the columns are Col1, Col2, ...), ``delimiter``,
        ``encoding``, ``decimal`` ("." or ","), ``missing`` (further tokens for a missing value).
    """
    check_options(options, OPTIONS, source)
    data, encoding, guessed = to_utf8(source, options.get("encoding"))
    delimiter = _character(options, "delimiter", source) or find_delimiter(
        data, "\t" if source.format.name == "tsv" else ","
    )
    quoted = data.find(b'"') >= 0
    if quoted and not scan.quotes_are_regular(data, delimiter):
        explain_quotes(source, data, delimiter)
    layout, conversions = _lay_out(source, options, data, delimiter, quoted)
    if guessed:
        note = f"the file is not UTF-8; read as {encoding}, which is a guess: the option encoding settles it"
        conversions.insert(0, Conversion("", encoding, "utf-8", note=note))
    if not layout.body.size or (len(layout.names) > 1 and BLANK.match(data, len(data) - layout.body.size)):
        return _empty(layout.names), conversions
    try:
        table = _parse(layout)
        padded = scan.has_padded_numbers(data, delimiter)
        columns = dict(zip(layout.names, table.columns, strict=True)) | _again(layout, table, padded)
    except pa.ArrowInvalid as error:
        raise explain_width(source, data, delimiter, len(layout.names), str(error)) from error
    table = pa.table({name: settle(column) for name, column in columns.items()})
    return table, conversions


def _lay_out(
    source: Source, options: dict[str, Any], data: mmap.mmap | bytes, delimiter: str, quoted: bool
) -> tuple[Layout, list[Conversion]]:
    header = flag(options, "header", True, source)
    first, end = first_record(data, delimiter)
    if not first:
        raise source.bad("there is nothing but blank lines.", "Was it written to the end?", code="0048")
    numbered = [f"Col{number}" for number in range(1, len(first) + 1)]
    labels = [label or number for label, number in zip(first, numbered, strict=True)] if header else numbered
    names = unique_names(labels)
    conversions = [
        Conversion(
            name, "text", "text", renamed_from=repr(label), note="made unique" if label else "had no name"
        )
        for name, label in zip(names, first if header else names, strict=True)
        if name != label
    ]
    numbers = [label for label in first if NUMBER.fullmatch(label)]
    if header and numbers:
        note = (
            f"the name {numbers[0]!r} is a number: if the first line is data, set the option header to false"
        )
        conversions.append(Conversion(names[first.index(numbers[0])], "text", "text", note=note))
    body = pa.py_buffer(data)[end:] if header else pa.py_buffer(data)
    missing = [*MISSING, *_tokens(options, source)]
    decimal = _character(options, "decimal", source) or "."
    return Layout(body, names, delimiter, decimal, missing, quoted), conversions


def _parse(
    layout: Layout, columns: list[str] | None = None, quoted_missing: bool = True, as_text: bool = False
) -> pa.Table:
    parse = csv.ParseOptions(
        delimiter=layout.delimiter,
        newlines_in_values=layout.quoted,
        ignore_empty_lines=len(layout.names) > 1,
    )
    convert = csv.ConvertOptions(
        check_utf8=False,  # done for the whole text
        null_values=layout.missing,
        true_values=["true", "True", "TRUE"],
        false_values=["false", "False", "FALSE"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=quoted_missing,
        decimal_point=layout.decimal,
        include_columns=columns,
        column_types=dict.fromkeys(columns or [], pa.large_string()) if as_text else None,
    )

    def parse_in(block: int) -> pa.Table:
        read_options = csv.ReadOptions(column_names=layout.names, block_size=block)
        return csv.read_csv(pa.BufferReader(layout.body), read_options, parse, convert)

    return in_blocks(layout.body.size, parse_in)


def _again(layout: Layout, table: pa.Table, padded: bool) -> dict[str, pa.ChunkedArray]:
    """Read as text the columns whose first reading may have lost something, and choose."""
    numbers = [
        name
        for name, column in zip(layout.names, table.columns, strict=True)
        if (padded and _is_number(column.type)) or overflowed(column)
    ]
    times = [n for n, c in zip(layout.names, table.columns, strict=True) if pa.types.is_time(c.type)]
    texts = [
        name
        for name, column in zip(layout.names, table.columns, strict=True)
        if layout.quoted
        and column.null_count
        and (pa.types.is_string(column.type) or pa.types.is_null(column.type))
    ]
    if not (numbers or times or texts):
        return {}
    text = _parse(layout, numbers + times + texts, quoted_missing=False, as_text=True)
    chosen = {name: text.column(name) for name in times}
    for name in texts:
        column = text.column(name)
        chosen[name] = column if column.null_count < len(column) else table.column(name)
    for name in numbers:
        chosen[name] = _number_or_text(table.column(name), text.column(name))
    return chosen


def _number_or_text(number: pa.ChunkedArray, text: pa.ChunkedArray) -> pa.ChunkedArray:
    if pc.any(pc.match_substring_regex(text, r"^\s*[+-]?0([0-9]+|[xX].*)\s*$")).as_py():
        return text
    whole = pc.all(pc.match_substring_regex(text, r"^\s*([+-]?[0-9]+)?\s*$")).as_py()
    if overflowed(number) and whole:
        try:
            return pc.if_else(pc.equal(text, ""), None, text).cast(pa.uint64())
        except pa.ArrowInvalid:
            return text
    return number


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _empty(names: list[str]) -> pa.Table:
    return pa.table({name: pa.array([], pa.float64()) for name in names})


def _character(options: dict[str, Any], name: str, source: Source) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    value = {"\\t": "\t", "tab": "\t"}.get(value, value)
    if not isinstance(value, str) or len(value) != 1 or not value.isascii() or value in '"\r\n':
        raise InputError(
            f"{source.name}: the option {name} is {value!r}.",
            code="0002",
            remedy="It must be one ASCII character other than a quote or a line end.",
        )
    return value


def _tokens(options: dict[str, Any], source: Source) -> list[str]:
    value = options.get("missing", [])
    tokens = [value] if isinstance(value, str) else value
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise InputError(
            f"{source.name}: the option missing is {value!r}.",
            code="0002",
            remedy="It must be a list of texts.",
        )
    return tokens
