"""Apply Transformation: the worker side."""

from __future__ import annotations

from drawloom.modules.tables import Outputs, Step, work
from drawloom.modules.transformations import apply


@work
def run(step: Step) -> Outputs:
    """Do to a table what was learnt from another."""
    learnt = step.blob("transformation", "transformation")
    return {"dataset": apply(learnt, step.table("dataset"))}
