"""Score Model: the worker side."""

from __future__ import annotations

from drawloom.errors import InputError
from drawloom.modules.learning.models import open_model, score, with_scores
from drawloom.modules.tables import Outputs, Step, Table, work


@work
def run(step: Step) -> Outputs:
    """Score a table."""
    model = open_model(step)
    if model.task == "clustering":
        raise InputError(
            f"The model at port 'model' is {model.title}, which finds clusters.",
            code="0013",
            remedy="Use assign-data-to-clusters.",
        )
    table = marked(step.table("dataset"), model.label)
    scores, kinds = score(model, table, step)
    if not step.params["append"]:
        table = table.of(table.frame[[name for name in table.names if name == model.label]])
    return {"dataset": with_scores(table, scores, kinds)}


def marked(table: Table, label: str | None) -> Table:
    """Mark one column as the label and no other; earlier scores are scores no more."""
    roles = {
        name: "ignored" if role.startswith("score") else role
        for name, role in table.roles.items()
        if role != "label"
    }
    return table.with_roles(roles | ({label: "label"} if label in table.names else {}))
