"""Is this really a table? The full check of a file that someone untrusted wrote.

Meant for a sandboxed child: a file made to crash Arrow crashes that child alone.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator

import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.table.columns import type_name
from drawloom.table.mapping import map_private
from drawloom.table.to_pandas import to_frame

MAGIC = b"ARROW1"

KNOWN_EXTENSIONS = {b"arrow.bool8"}
"""Any other extension type would be decoded by whatever the reader has registered for it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """What a valid table holds.

    Attributes
    ----------
    rows
        How many rows.
    columns
        Name and type of each column, the type as `drawloom.table.columns.type_name` gives it.
    """

    rows: int
    columns: list[tuple[str, str]]


def validate(fd: int) -> Schema:
    """Check every byte that Arrow relies on: lengths, offsets, dictionary codes, UTF-8, null counts.

    A table is an Arrow IPC file from its first byte to its last: bytes after the footer are refused, and so
    are streams. Several record batches, compressed buffers and equal column names are accepted.

    Parameters
    ----------
    fd
        A file, open for reading. The caller closes it.

    Raises
    ------
    DrawloomError
        0018, saying what is wrong.
    """
    if os.fstat(fd).st_size == 0:
        raise _invalid("it is empty")
    try:
        memory = map_private(fd)
        if memory.slice(0, len(MAGIC)).to_pybytes() != MAGIC:
            raise _invalid("it does not begin as an Arrow file")
        reader = pa.ipc.open_file(memory)
        schema = reader.schema
        names = schema.names
        for name, field in zip(names, schema, strict=True):
            _check_field(field, name)
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
        for batch in batches:
            batch.validate(full=True)
        table = pa.Table.from_batches(batches, schema)
        table.validate(full=True)
        to_frame(table.slice(0, 0))  # finds unknown time zones and marks that contradict their columns
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _invalid(str(error)) from error
    rows = sum(batch.num_rows for batch in batches)
    columns = [(name, type_name(field.type)) for name, field in zip(names, schema, strict=True)]
    return Schema(rows, columns)


def _invalid(reason: str) -> DrawloomError:
    return DrawloomError(f"The table is not valid: {reason[:500]}.", code="0018")


def _check_field(field: pa.Field, name: str) -> None:
    for part in _parts(field):
        stored_as = (part.metadata or {}).get(b"ARROW:extension:name")
        known = isinstance(part.type, pa.Bool8Type) or not isinstance(part.type, pa.BaseExtensionType)
        if not known or (stored_as is not None and stored_as not in KNOWN_EXTENSIONS):
            raise _invalid(f'column "{name}" is of an unknown extension type')
        if pa.types.is_dictionary(part.type):
            words = pa.field("words", part.type.value_type)
            if any(pa.types.is_dictionary(inner.type) for inner in _parts(words)):
                raise _invalid(f'column "{name}" has categories of categories')


def _parts(field: pa.Field) -> Iterator[pa.Field]:
    """Give a field and all fields inside its type."""
    yield field
    kind = field.type
    for number in range(kind.num_fields):
        yield from _parts(kind.field(number))
