"""A table as Parquet."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import parquet

from drawloom.table.columns import type_name
from drawloom.table.files.cells import rendered
from drawloom.table.files.standard import plain
from drawloom.table.report import Conversion

AS_TEXT = "Parquet does not hold this type: written as text"
AS_VALUES = "Parquet keeps categories of text alone: written as plain values"


def write(table: pa.Table, fd: int) -> list[Conversion]:
    """Write Parquet, compressed with zstd.

    Parameters
    ----------
    table
        Any table.
    fd
        Open for writing; stays open.

    Returns
    -------
    list of Conversion
        One entry for each column of a type that Parquet does not hold, and what it became.
    """
    table = plain(table)
    conversions = []
    columns, fields = [], []
    fates: dict[pa.DataType, str] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = field.type
        note = fates[kind] if kind in fates else fates.setdefault(kind, _fate(kind))
        if note == AS_TEXT:
            column = pa.chunked_array([rendered(chunk) for chunk in column.chunks], pa.large_string())
        elif note == AS_VALUES:
            column = column.cast(kind.value_type)
        if note:
            field = pa.field(field.name, column.type)
            conversions.append(Conversion(field.name, type_name(kind), type_name(column.type), note=note))
        columns.append(column)
        fields.append(field)
    with open(fd, "wb", closefd=False) as stream:
        stored = pa.Table.from_arrays(columns, schema=pa.schema(fields))
        parquet.write_table(stored, stream, compression="zstd")
    return conversions


def _fate(kind: pa.DataType) -> str:
    """Tell what becomes of a type, by writing a table of no rows."""
    if pa.types.is_dictionary(kind) and type_name(kind.value_type) != "string":
        return AS_VALUES
    try:
        parquet.write_table(pa.table({"column": pa.array([], kind)}), pa.BufferOutputStream())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return AS_TEXT
    return ""
