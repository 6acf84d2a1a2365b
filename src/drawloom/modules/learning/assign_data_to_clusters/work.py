"""Assign Data to Clusters: the worker side."""

from __future__ import annotations

from drawloom.errors import InputError
from drawloom.modules.learning.models import open_model, score, with_scores
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Assign rows to clusters."""
    model = open_model(step)
    if model.task != "clustering":
        raise InputError(
            f"The model at port 'model' is {model.title}, which finds no clusters.",
            code="0013",
            remedy="Use score-model.",
        )
    table = step.table("dataset")
    scores, kinds = score(model, table, step)
    kept = table if step.params["append"] else table.of(table.frame[[]])
    return {"dataset": with_scores(kept, scores, kinds)}
