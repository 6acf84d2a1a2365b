"""Files that hold a table: read through libraries, written for other programs.

Everything that parses or converts runs inside the walls; only `known_formats` is meant for the host.
Libraries are imported by the format that needs them, so that reading a CSV costs PyArrow alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from drawloom.table.files.formats import find_format, known_formats

if TYPE_CHECKING:
    import pyarrow as pa

    from drawloom.table.report import Conversion

__all__ = ["known_formats", "read_file", "write_csv", "write_parquet"]


def read_file(
    fd: int, name: str, options: Mapping[str, Any] | None = None
) -> tuple[pa.Table, list[Conversion]]:
    """Parse a file of any known format.

    Parameters
    ----------
    fd
        The file, open for reading: a real file, a memfd or a pipe. It stays open.
    name
        The file's name. Its ending chooses the format, and it stands in every message.
    options
        ``format`` overrides the ending; the rest belongs to the format (see docs/files.md).

    Returns
    -------
    tuple
        The table (standard Arrow types, text as large_string, one chunk a column, names unique)
        and what was changed or guessed on the way.

    Raises
    ------
    InputError
        0048 where the file cannot be opened as what it is said to be, 0049 where it cannot be
        parsed (with line and column where there are any), 0002 for an option that is not known.
    """
    from drawloom.table.files.source import open_source
    from drawloom.table.files.standard import standardise

    given = dict(options or {})
    file_format = find_format(name, given.pop("format", None))
    source = open_source(fd, name, file_format)
    reader = import_module(f"drawloom.table.files.{file_format.module}")
    table, conversions = reader.read(source, given)
    table, more = standardise(table)
    return table, conversions + more


def write_csv(table: pa.Table, fd: int) -> list[Conversion]:
    """Write a table as CSV (RFC 4180, UTF-8) into an open descriptor; see `csv_writer.write`."""
    from drawloom.table.files.csv_writer import write

    return write(table, fd)


def write_parquet(table: pa.Table, fd: int) -> list[Conversion]:
    """Write a table as Parquet (zstd) into an open descriptor; see `parquet_writer.write`."""
    from drawloom.table.files.parquet_writer import write

    return write(table, fd)
