"""The bridge: tables between steps are Arrow IPC files, scripts see pandas frames.

`docs/bridge.md` says what each type becomes, both ways.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.table.columns import METADATA, metadata_of
from drawloom.table.ipc import write_batch
from drawloom.table.mapping import map_private
from drawloom.table.pieces import one_batch, standard
from drawloom.table.report import Conversion
from drawloom.table.to_arrow import to_batch
from drawloom.table.to_pandas import to_frame


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """How large a written table is."""

    rows: int
    columns: int


def read_frame(fd: int) -> tuple[pd.DataFrame, list[Conversion]]:
    """Map a table's file and give it as a frame, writable and, where NumPy has the type, not copied.

    Whatever is done to the frame, the file's bytes stay as they are.

    Parameters
    ----------
    fd
        An Arrow IPC file, open for reading. The caller closes it, at any time after the call.

    Returns
    -------
    DataFrame, list of Conversion

    Raises
    ------
    DrawloomError
        0018 if it is not a readable Arrow file.
    """
    return to_frame(_open(fd))


def read_table(fd: int) -> pa.Table:
    """Map a table's file and give it as an Arrow table, not copied but for booleans.

    Booleans that a frame stored as octets (``arrow.bool8``) become Arrow's own, in bits.

    Raises
    ------
    DrawloomError
        0018 if it is not a readable Arrow file.
    """
    table = _open(fd)
    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.Bool8Type):
            table = table.set_column(place, field.with_type(pa.bool_()), table.column(place).cast(pa.bool_()))
    return table


def read_metadata(fd: int) -> dict[str, Any]:
    """Read a table's own facts, such as ``{"roles": {"price": "label"}}``.

    Raises
    ------
    DrawloomError
        0018 if it is not a readable Arrow file.
    """
    with _reading():
        return metadata_of(pa.ipc.open_file(map_private(fd)).schema)


def write_frame(
    frame: pd.DataFrame, fd: int, metadata: Mapping[str, Any] | None = None
) -> tuple[Written, list[Conversion]]:
    """Write a frame as one Arrow IPC file of one record batch, once, without copying its numbers.

    Parameters
    ----------
    frame
        Any frame; its index is dropped.
    fd
        An empty file, open for writing, written from its present position.
    metadata
        The table's own facts, as JSON values.

    Raises
    ------
    DrawloomError
        0045 if a column mixes types, 0085 if it holds something that no table can.
    LimitError
        If the file does not fit.
    """
    batch, conversions = to_batch(frame)
    write_batch(_with_metadata(batch, metadata), fd)
    return Written(*batch.shape), conversions


def write_table(table: pa.Table, fd: int, metadata: Mapping[str, Any] | None = None) -> Written:
    """Write an Arrow table as one Arrow IPC file of one record batch.

    Text and bytes are written with 64-bit offsets, run-end encoded columns in full, extension types as what
    they are stored as. Names are made unique. Metadata of the table is dropped but for `metadata`.

    Raises
    ------
    LimitError
        If the file does not fit.
    """
    batch = one_batch(standard(table))
    write_batch(_with_metadata(batch, metadata), fd)
    return Written(*batch.shape)


def _with_metadata(batch: pa.RecordBatch, metadata: Mapping[str, Any] | None) -> pa.RecordBatch:
    return batch.replace_schema_metadata({METADATA: json.dumps(metadata).encode()} if metadata else None)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DrawloomError(f"This is not a readable Arrow file: {error}", code="0018") from error


def _open(fd: int) -> pa.Table:
    with _reading():
        return pa.ipc.open_file(map_private(fd)).read_all()
