"""A table as CSV: column by column in Arrow's own loops, no Python per cell but for rare types."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from drawloom.table.columns import type_name
from drawloom.table.files.cells import is_bytes, rendered
from drawloom.table.files.delimited import MISSING
from drawloom.table.files.standard import plain
from drawloom.table.report import Conversion

BATCH_ROWS = 1 << 17
NEEDS_QUOTES = r'[",;|\t\r\n]|^\s|\s$'
"""What RFC 4180 asks for, and what a program that guesses the delimiter could take for one."""

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
TEXT = pa.large_string()


def write(table: pa.Table, fd: int) -> list[Conversion]:
    """Write CSV as RFC 4180 has it, in UTF-8 with a header, lines ended by a line feed.

    A missing value is an empty cell, an empty text ``""``. Doubles are the shortest text that gives the
    same double, and never look like integers. Datetimes are ISO 8601, with their offset where they have a
    zone; durations ISO 8601 in seconds (``PT1.5S``); bytes base64; lists and structs JSON.

    Parameters
    ----------
    table
        Any table.
    fd
        Open for writing; stays open.

    Returns
    -------
    list of Conversion
        One entry for each column that CSV holds only as another kind (bytes, lists, structs, durations).
    """
    table = plain(table)
    with open(fd, "wb", closefd=False) as stream:
        header = _quoted(pa.array(table.column_names, TEXT)).to_pylist() if table.num_columns else []
        stream.write((",".join(header) + "\n").encode())
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            if batch.num_rows and batch.num_columns:
                cells = [_cells(column) for column in batch.columns]
                stream.write(_characters(_joined(_joined(*cells, by=","), "", by="\n")))
    return [
        Conversion(field.name, type_name(field.type), "text", note=note)
        for field in table.schema
        if (note := _loss(field.type))
    ]


def _characters(lines: pa.LargeStringArray) -> memoryview:
    offsets, data = lines.buffers()[1:]
    ends = memoryview(offsets).cast("q")
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]]


def _joined(*parts: pa.Array | str, by: str = "") -> pa.Array:
    """Join texts cell by cell; a missing one counts as empty."""
    columns = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(
        *columns, pa.scalar(by, TEXT), null_handling="replace", null_replacement=""
    )


def _cells(column: pa.Array) -> pa.Array:
    """Give the text of each cell; missing stays null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells(column.dictionary).take(column.indices)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _quoted(column.cast(TEXT))
    if pa.types.is_floating(kind):
        return _float_text(column)
    if pa.types.is_timestamp(kind):
        return _timestamp_text(column)
    if pa.types.is_duration(kind):
        return _duration_text(column)
    if pa.types.is_nested(kind) or is_bytes(kind) or pa.types.is_interval(kind):
        return _quoted(rendered(column))
    return column.cast(TEXT)


def _quoted(text: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(text, NEEDS_QUOTES), pc.is_in(text, pa.array(MISSING, TEXT)))
    if not pc.any(needs).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(needs, _joined('"', doubled, '"'), text)


def _float_text(column: pa.Array) -> pa.Array:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    text = column.cast(TEXT)
    whole = pc.and_(pc.equal(column, pc.floor(column)), pc.is_finite(column))
    if pc.any(whole).as_py():
        bare = pc.and_(whole, pc.invert(pc.match_substring(text, "e")))
        text = pc.if_else(bare, _joined(text, ".0"), text)
    return pc.if_else(pc.is_nan(column), None, text)


def _timestamp_text(column: pa.Array) -> pa.Array:
    try:
        text = column.cast(TEXT)
    except pa.ArrowInvalid:
        # A zone this machine does not know.
        text = column.cast(pa.timestamp(column.type.unit, "UTC")).cast(TEXT)
    text = pc.replace_substring(text, " ", "T", max_replacements=1)
    if column.type.unit != "s":
        text = pc.replace_substring_regex(text, r"\.0+([+Z-]|$)", r"\1")
    if column.type.tz:
        text = pc.replace_substring_regex(text, r"([+-]\d\d)(\d\d)$", r"\1:\2")
    return text


def _duration_text(column: pa.Array) -> pa.Array:
    per_second = PER_SECOND[column.type.unit]
    digits = len(str(per_second)) - 1
    count = column.cast(pa.int64())
    size = pc.abs(count)
    seconds = pc.divide(size, per_second)
    rest = pc.subtract(size, pc.multiply(seconds, per_second))
    sign = pc.if_else(pc.less(count, 0), "-PT", "PT").cast(TEXT)
    fraction = pc.utf8_lpad(rest.cast(TEXT), digits, "0")
    number = _joined(seconds.cast(TEXT), ".", fraction)
    shortest = pc.replace_substring_regex(number, r"(\.[0-9]*[1-9])0+$|\.0*$", r"\1")
    text = _joined(sign, shortest, "S")
    return pc.if_else(pc.is_null(count), None, text)


def _loss(kind: pa.DataType) -> str:
    if pa.types.is_nested(kind) or pa.types.is_interval(kind):
        return "written as JSON"
    if is_bytes(kind):
        return "written as base64"
    if pa.types.is_duration(kind):
        return "written as an ISO 8601 duration"
    return ""
