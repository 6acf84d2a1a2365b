"""Remove Duplicate Rows: the worker side."""

from __future__ import annotations

from drawloom.modules.kinds import COMPARABLE, require_kind
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Keep one row of those that agree in the key columns."""
    table = step.table("dataset")
    keys = select(step.params["columns"], table)
    for name in keys:
        require_kind(table.frame[name], COMPARABLE, table.port, "Leave it out of the key columns.")
    duplicate = table.frame.duplicated(subset=keys, keep="first" if step.params["retain_first"] else "last")
    step.note(f"{int(duplicate.sum())} duplicate rows removed.")
    return {"dataset": table.of(table.frame[~duplicate])}
