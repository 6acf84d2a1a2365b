"""Train Model: the worker side."""

from __future__ import annotations

from drawloom.modules.learning.labels import label_column
from drawloom.modules.learning.learners import open_learner
from drawloom.modules.learning.models import train
from drawloom.modules.learning.weights import feature_weights
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Train a model; the report gets its feature weights or importances."""
    learner = open_learner(step)
    table = step.table("dataset")
    model = train(learner, table, label_column(table, step.params["label"]), step)
    step.report["model"] = {
        "learner": learner.title,
        "task": model.task,
        "label": model.label,
        "settings": dict(learner.params),
        "feature_weights": feature_weights(model),
    }
    return {"model": model.blob()}
