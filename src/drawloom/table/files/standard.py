"""Bring a table to the types the rest of Drawloom keeps: standard Arrow, one chunk, unique names."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from drawloom.table.names import unique_names
from drawloom.table.report import Conversion


def standardise(table: pa.Table) -> tuple[pa.Table, list[Conversion]]:
    """Give standard types, text as large_string, one chunk a column and names that are unique.

    Parameters
    ----------
    table
        Any table, of any Arrow types.

    Returns
    -------
    tuple
        The table without schema metadata, and one entry for each column whose name or kind changed.
        A wider offset (string -> large_string) or a view made plain is no change of kind.
    """
    names = unique_names(table.column_names)
    columns: list[pa.Array] = []
    conversions: list[Conversion] = []
    for name, column, old in zip(names, table.columns, table.column_names, strict=True):
        array = _one_array(_standard(column))
        columns.append(array)
        note = _note(column.type)
        if name != old or note:
            conversions.append(
                Conversion(
                    name,
                    str(column.type),
                    str(array.type),
                    column.null_count,
                    array.null_count,
                    renamed_from=repr(old) if name != old else None,
                    note="; ".join(filter(None, ["made unique" if name != old else "", note])),
                )
            )
    return pa.Table.from_arrays(columns, names=names), conversions


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if column.num_chunks == 0:
        return pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks)


def _standard(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if isinstance(kind, pa.Bool8Type):
            return column.cast(pa.bool_())
        storage = [chunk.storage for chunk in column.chunks]
        return _standard(pa.chunked_array(storage, kind.storage_type))
    if pa.types.is_run_end_encoded(kind):
        return _standard(pc.run_end_decode(column))
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary(kind) or pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_dictionary(kind):
        values = _standard(pa.chunked_array([], kind.value_type)).type
        if values != kind.value_type:
            return column.cast(pa.dictionary(kind.index_type, values, kind.ordered))
    return column


def _note(there: pa.DataType) -> str:
    if isinstance(there, pa.BaseExtensionType):
        return f"kept as its storage type instead of the extension type {there.extension_name}"
    return ""
