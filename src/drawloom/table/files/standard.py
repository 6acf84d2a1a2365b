"""Bring a table to the types the rest of Drawloom keeps, and say what that changed."""

from __future__ import annotations

import pyarrow as pa

from drawloom.table.columns import type_name
from drawloom.table.pieces import one_batch, standard
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
        The table without metadata of its own, and one entry for each column that got another name or lost
        an extension type.
    """
    old = table.schema
    table = pa.Table.from_batches([one_batch(standard(table).replace_schema_metadata())])
    conversions = []
    for before, after in zip(old, table.schema, strict=True):
        renamed = before.name != after.name
        unwrapped = type_name(before.type).startswith("extension")
        if renamed or unwrapped:
            notes = ["made unique"] * renamed + ["kept as what the extension type is stored as"] * unwrapped
            missing = table.column(after.name).null_count
            conversions.append(
                Conversion(
                    after.name,
                    type_name(before.type),
                    type_name(after.type),
                    missing,
                    missing,
                    renamed_from=repr(before.name) if renamed else None,
                    note="; ".join(notes),
                )
            )
    return table, conversions


def plain(table: pa.Table) -> pa.Table:
    """Give standard types that other programs know: booleans in octets become Arrow's own."""
    table = standard(table)
    fields = [f.with_type(pa.bool_()) if isinstance(f.type, pa.Bool8Type) else f for f in table.schema]
    return table.cast(pa.schema(fields))
