"""Evaluate Model: the worker side."""

from __future__ import annotations

from drawloom.errors import InputError
from drawloom.modules.learning.evaluation import evaluate, results
from drawloom.modules.tables import Outputs, Step, Table, work


@work
def run(step: Step) -> Outputs:
    """Evaluate one or two scored datasets; the report gets curves, counts and the confusion matrix."""
    ports = ["dataset", "compare"] if step.has("compare") else ["dataset"]
    found = {port: evaluate(step.table(port)) for port in ports}
    first, *others = found.values()
    for other in others:
        if other.task != first.task:
            raise InputError(
                f"The dataset at port 'dataset' is scored for {first.task}, and that at port 'compare' for "
                f"{other.task}.",
                code="0062",
                remedy="Compare models of one kind.",
            )
    for port, each in found.items():
        if each.left_out:
            step.note(f"{each.left_out} rows at port {port!r} have no label or no score and are left out.")
    step.report["evaluation"] = [
        {"port": port, "task": each.task, "measures": each.rows, **each.pane} for port, each in found.items()
    ]
    rows = [row for each in found.values() for row in each.rows]
    if first.task == "regression":
        # Studio classic: a likelihood that is not computed is shown as Infinity.
        rows = [{"Negative Log Likelihood": float("inf"), **row} for row in rows]
    return {"dataset": Table(results(rows))}
