"""Arrow tables as others make them, brought into the form that files between steps have."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from drawloom.table.columns import EDGES, MARK, mark_of
from drawloom.table.names import unique_names


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Give a table as one record batch, copying only where it is of several pieces."""
    if table.num_columns == 0:
        return no_columns(table.num_rows)
    batches = table.to_batches()
    if len(batches) == 1:
        return batches[0]
    table = table.unify_dictionaries()
    return pa.RecordBatch.from_arrays([_one_array(column) for column in table.columns], schema=table.schema)


def no_columns(rows: int) -> pa.RecordBatch:
    """Give a record batch of so many rows and no columns."""
    return pa.RecordBatch.from_struct_array(pa.Array.from_buffers(pa.struct([]), rows, [None], children=[]))


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)


def standard(table: pa.Table) -> pa.Table:
    """Give a table in the types that files between steps have, under unique names.

    Text and bytes get 64-bit offsets, run ends are written out, extension types become what they are stored
    as (booleans in octets stay). A column marked as one of pandas' Arrow types keeps its type. Of a field's
    metadata only the bridge's own marks are kept.
    """
    columns, fields = [], []
    for name, field, column in zip(
        unique_names(table.schema.names), table.schema, table.columns, strict=True
    ):
        if mark_of(field) != "arrow":
            column = _standard(column)
        marks = {key: value for key, value in (field.metadata or {}).items() if key in (MARK, EDGES)}
        columns.append(column)
        fields.append(pa.field(name, column.type, metadata=marks))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields)) if columns else table


def _standard(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType) and not isinstance(kind, pa.Bool8Type):
        storage = [chunk.storage for chunk in column.chunks]
        return _standard(pa.chunked_array(storage, kind.storage_type))
    if types.is_run_end_encoded(kind):
        decoded = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return _standard(pa.chunked_array(decoded, kind.value_type))
    if types.is_string(kind) or types.is_string_view(kind):
        return column.cast(pa.large_string())
    if types.is_binary(kind) or types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    return column
