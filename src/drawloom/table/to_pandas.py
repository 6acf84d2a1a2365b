"""Arrow to pandas: columns that NumPy can hold are views of Arrow's memory, writable and not copied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.internals import create_dataframe_from_blocks  # type: ignore[import-not-found]

from drawloom.table.columns import Array, type_name
from drawloom.table.decode import Plain, decode, text
from drawloom.table.mapping import writable
from drawloom.table.names import unique_names
from drawloom.table.pieces import one_batch
from drawloom.table.report import Conversion


def to_frame(table: pa.Table | pa.RecordBatch) -> tuple[pd.DataFrame, list[Conversion]]:
    """Build a frame over a table's memory.

    Parameters
    ----------
    table
        Memory that nobody else writes to or relies on: the frame's columns are writable views of it.

    Returns
    -------
    DataFrame, list of Conversion
        The frame, with a fresh index 0..rows-1, and an entry for each column that is not a plain counterpart.
    """
    if isinstance(table, pa.Table):
        table = one_batch(table)
    rows = table.num_rows
    schema = table.schema
    names = unique_names(schema.names)
    conversions = []
    plain: list[tuple[int, Plain]] = []
    blocks: list[tuple[Any, Array]] = []
    for place, (name, field, array) in enumerate(zip(names, schema, table.columns, strict=True)):
        column = decode(array, field)
        if isinstance(column, Plain):
            plain.append((place, column))
            note, dtype, missing = "", column.dtype, None
        else:
            values = column.array[None, :] if isinstance(column.array, np.ndarray) else column.array
            blocks.append((values, np.array([place])))
            note, dtype, missing = column.note, column.array.dtype, column.array
        if note or name != field.name:
            conversions.append(
                Conversion(
                    column=name,
                    type_there=type_name(field.type),
                    type_here=str(dtype),
                    missing_before=array.null_count,
                    missing_after=array.null_count if missing is None else int(pd.isna(missing).sum()),
                    renamed_from=None if name == field.name else repr(field.name),
                    note=note or "another column has the same name",
                )
            )
    blocks += _blocks(plain, rows)
    columns = pd.Index(text(pa.array(names, pa.large_string()), "").array)
    return create_dataframe_from_blocks(blocks, pd.RangeIndex(rows), columns), conversions


def _blocks(plain: list[tuple[int, Plain]], rows: int) -> list[tuple[Array, Array]]:
    """Make one block of columns of one type at even distances in memory: one strided 2-D array.

    A block saves pandas the copy it would make to consolidate, and makes work along rows faster.
    """
    blocks = []
    plain = sorted(plain, key=lambda column: (column[1].dtype.str, column[1].address, column[0]))
    start = 0
    while start < len(plain):
        address, dtype, _ = plain[start][1]
        size = rows * dtype.itemsize
        stride, stop = size, start + 1
        for stop in range(start + 1, len(plain) + 1):
            if stop == len(plain):
                break
            next_place, (next_address, next_dtype, _) = plain[stop]
            previous_place, (previous_address, _, _) = plain[stop - 1]
            gap = next_address - previous_address
            if stop == start + 1:
                stride = gap
            # Between neighbours of one file lies no more than a bitmap and its padding.
            near = 0 <= gap - size <= rows // 8 + 128
            if next_dtype != dtype or gap != stride or not near or next_place < previous_place:
                break
        run = plain[start:stop]
        if len(run) == 1:
            stride = size
        owners = [column.owner for _, column in run]
        values = writable(address, dtype, (len(run), rows), owners, (stride, dtype.itemsize))
        blocks.append((values, np.array([place for place, _ in run])))
        start = stop
    return blocks
