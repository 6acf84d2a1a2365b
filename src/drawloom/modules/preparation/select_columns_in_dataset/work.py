"""Select Columns in Dataset: the worker side."""

from __future__ import annotations

from drawloom.modules.selection import select, select_in_order
from drawloom.modules.tables import Outputs, Step, work
from drawloom.table.names import unique_names


@work
def run(step: Step) -> Outputs:
    """Keep the selected columns; one selected twice gets the suffix `` (2)``."""
    table = step.table("dataset")
    choose = select_in_order if step.params["preserve_order"] else select
    names = choose(step.params["columns"], table)
    chosen = table.frame[names]
    chosen.columns = unique_names(names)
    kept = table.of(chosen)
    return {"dataset": kept}
