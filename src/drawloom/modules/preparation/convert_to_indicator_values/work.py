"""Convert to Indicator Values: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.errors import InputError
from drawloom.modules.kinds import TITLES, is_categorical, kind_of, plain
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.transformations import kinds_of, require_columns, transformation
from drawloom.table.names import unique_names


@work
def run(step: Step) -> Outputs:
    """Learn the levels of the columns, and append a column for each."""
    table = step.table("dataset")
    names = select(step.params["columns"], table)
    for name in names:
        _require_categorical(name, table)
    state = {
        "kinds": kinds_of(table, names),
        "levels": {name: table.frame[name].cat.categories.tolist() for name in names},
        "overwrite": step.params["overwrite"],
    }
    return {"dataset": indicate(state, table), "transformation": transformation(indicate, state)}


def indicate(state: Mapping[str, Any], table: Table) -> Table:
    """Append the columns of 0 and 1; a level that was not learnt, and missing, is 0 in all of them."""
    require_columns(state["kinds"], table)
    indicators = [
        (f"{name}-{level}", (plain(table.frame[name]) == level).fillna(False).astype("int64"))
        for name, levels in state["levels"].items()
        for level in levels
    ]
    kept = table.of(table.frame.drop(columns=list(state["levels"]))) if state["overwrite"] else table
    names = unique_names([*kept.names, *(name for name, _ in indicators)])[len(kept.names) :]
    return kept.with_columns(dict(zip(names, (values for _, values in indicators), strict=True)))


def _require_categorical(name: str, table: Table) -> None:
    values = table.frame[name]
    if not is_categorical(values):
        raise InputError(
            f"The column {name!r} at port {table.port!r} has the type {TITLES[kind_of(values)]} and is "
            "not categorical.",
            code="0017",
            remedy="Make it categorical with edit-metadata, or leave it out of the column selection.",
        )
