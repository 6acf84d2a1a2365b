"""What is wrong with a delimited text, found by Python's own strict reader, which is slow but knows lines."""

from __future__ import annotations

import csv
import io
import mmap
import re
from collections.abc import Iterator

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.files.sniff import long_cells
from drawloom.table.files.source import Source

QUOTES = 'A quote inside a quoted cell is written twice (""); a cell with line ends is quoted on both sides.'
SHOWN_CHARACTERS = 60


def explain_quotes(source: Source, data: mmap.mmap | bytes, delimiter: str) -> None:
    """Raise the error for the first cell whose quotes do not match, if there is one."""
    with long_cells():
        for _ in _records(source, data, delimiter):
            pass


def explain_width(
    source: Source, data: mmap.mmap | bytes, delimiter: str, width: int, message: str
) -> InputError:
    """Make the error for the first record that has not as many cells as there are columns.

    Parameters
    ----------
    source, data, delimiter
        The file, its text as UTF-8, and what parts the cells.
    width
        How many cells were expected.
    message
        What PyArrow said; told if every record turns out to have that width.
    """
    with long_cells():
        for line, cells in _records(source, data, delimiter):
            if cells and len(cells) != width:
                found = f"expected {width} column{'s' * (width != 1)}, found {len(cells)}"
                return source.bad(
                    f"{found}: {_shown(delimiter.join(cells))}",
                    "Every line needs as many cells as the first; a cell that holds the delimiter"
                    f" ({_named(delimiter)}) is put in double quotes.",
                    line=line,
                )
    return source.bad(f"cannot be parsed: {message}", "Save it again as plain CSV, or as Parquet.")


def _records(source: Source, data: mmap.mmap | bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the number of the line on which it begins."""
    stream = io.TextIOWrapper(pa.BufferReader(pa.py_buffer(data)), encoding="utf-8", newline="")
    record: list[str] = []

    def lines() -> Iterator[str]:
        for text in stream:
            record.append(text)
            yield text

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        record.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken_quote(source, "".join(record), delimiter, line, str(error)) from error
        yield line, cells


def _broken_quote(source: Source, record: str, delimiter: str, line: int, message: str) -> InputError:
    edge = rf"(?={re.escape(delimiter)}|[\r\n]|$)"
    good = re.compile(rf'"[^"]*(?:""[^"]*)*"{edge}|(?!")[^{re.escape(delimiter)}\r\n]*{edge}')
    at, column = 0, 1
    while (cell := good.match(record, at)) and cell.end() < len(record):
        at, column = cell.end() + 1, column + 1
    wrong = "is never closed" if "unexpected end" in message else "is closed in the middle of the cell"
    return source.bad(
        f"the quote that opens here {wrong}: {_shown(record[at:])}",
        QUOTES,
        line=line + record.count("\n", 0, at),
        column=column,
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "...")


def _named(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)
