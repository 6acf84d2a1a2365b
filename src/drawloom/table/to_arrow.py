"""pandas to Arrow: a frame as one record batch over the frame's own memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.table.columns import type_name
from drawloom.table.encode import Encoded, encode
from drawloom.table.names import unique_names
from drawloom.table.pieces import no_columns
from drawloom.table.report import Conversion


def to_batch(frame: pd.DataFrame) -> tuple[pa.RecordBatch, list[Conversion]]:
    """Give a frame as one record batch over the frame's own memory.

    The index is dropped (Studio classic: index vectors are not supported).

    Parameters
    ----------
    frame
        Any frame. It must not change while the batch is in use.

    Returns
    -------
    RecordBatch, list of Conversion

    Raises
    ------
    DrawloomError
        0045 if a column mixes types, 0085 if it holds something that no table can, naming column and row.
    """
    names = unique_names(frame.columns)
    fields, arrays, conversions = [], [], []
    for name, (label, series) in zip(names, frame.items(), strict=True):
        array, metadata, note = _encode(series, name)
        fields.append(pa.field(name, array.type, metadata=metadata))
        arrays.append(array)
        renamed = not isinstance(label, str) or label != name
        if note or renamed:
            conversions.append(
                Conversion(
                    column=name,
                    type_there=str(series.dtype),
                    type_here=type_name(array.type),
                    missing_before=_missing(series, array),
                    missing_after=array.null_count,
                    renamed_from=repr(label) if renamed else None,
                    note=note or _renaming(label),
                )
            )
    conversions += _dropped_index(frame.index)
    if not arrays:
        return no_columns(len(frame)), conversions
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields)), conversions


def _missing(series: pd.Series[Any], array: pa.Array) -> int:
    """Count what pandas calls missing; where Arrow's count was taken from the same values, it is that."""
    counted = isinstance(series.dtype, np.dtype) and series.dtype.kind != "O"
    return int(array.null_count if counted else series.isna().sum())


def _renaming(label: object) -> str:
    if isinstance(label, str):
        return "another column has the same name"
    return f"the name was of type {type(label).__name__}, names are text"


def _dropped_index(index: pd.Index[Any]) -> list[Conversion]:
    """Report an index that carried data; unnamed whole numbers are row numbers and go without a word."""
    if index.nlevels == 1 and index.name is None and (index.dtype.kind in "iu" or len(index) == 0):
        return []
    names = ", ".join("(index)" if name is None else str(name) for name in index.names)
    note = "the index is dropped; frame.reset_index() makes it a column"
    return [
        Conversion(
            names,
            str(index.dtype),
            "dropped",
            int(np.count_nonzero(index.isna())) if index.nlevels == 1 else 0,
            0,
            None,
            note,
        )
    ]


def _encode(series: pd.Series[Any], name: str) -> Encoded:
    try:
        return encode(series, name)
    except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
        raise DrawloomError(
            f'Column "{name}" of type {series.dtype} cannot be kept in a table: {error}.', code="0085"
        ) from error
