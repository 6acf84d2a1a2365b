"""Parquet files."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from drawloom.table.columns import type_name
from drawloom.table.files.source import Source, check_options
from drawloom.table.report import Conversion


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read Parquet. It has no options.

    The columns in which pandas keeps an index without a name are left out, as the index of any frame is.
    """
    check_options(options, set(), source)
    try:
        table = parquet.ParquetFile(pa.BufferReader(source.buffer())).read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise source.bad(
            f"the Parquet file cannot be read: {_first_line(error)}",
            "It may be damaged or cut short: copy it again, or write it again without encryption.",
        ) from error
    index = _unnamed_index(table.schema)
    conversions = [
        Conversion(
            name, type_name(table.schema.field(name).type), "", note="left out: the index of a pandas frame"
        )
        for name in index
    ]
    return table.drop_columns(index), conversions


def _unnamed_index(schema: pa.Schema) -> list[str]:
    try:
        pandas = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        index = pandas.get("index_columns", [])
    except (ValueError, AttributeError):
        return []
    kept = [name for name in index if isinstance(name, str) and schema.names.count(name) == 1]
    return [name for name in kept if name.startswith("__index_level_") and len(schema.names) > len(kept)]


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
