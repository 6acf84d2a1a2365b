"""Permutation Feature Importance: the worker side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.learning.evaluation import evaluate
from drawloom.modules.learning.labels import label_column
from drawloom.modules.learning.models import Model, open_model, score, with_scores
from drawloom.modules.tables import Outputs, Step, Table, work

_MEASURES = {
    "accuracy": {"two-class": "Accuracy", "multiclass": "Overall accuracy"},
    "precision": {"two-class": "Precision", "multiclass": "Macro-averaged precision"},
    "recall": {"two-class": "Recall", "multiclass": "Macro-averaged recall"},
    "average-log-loss": {"two-class": "Average Log Loss"},
    "mean-absolute-error": {"regression": "Mean Absolute Error"},
    "root-mean-squared-error": {"regression": "Root Mean Squared Error"},
    "relative-absolute-error": {"regression": "Relative Absolute Error"},
    "relative-squared-error": {"regression": "Relative Squared Error"},
    "coefficient-of-determination": {"regression": "Coefficient of Determination"},
}
_BETTER_WHEN_LARGE = ("accuracy", "precision", "recall", "coefficient-of-determination")


@work
def run(step: Step) -> Outputs:
    """Shuffle each feature in turn and measure what is lost."""
    model = open_model(step)
    metric = step.params["metric"]
    measure = _MEASURES[metric].get(model.task)
    if measure is None or model.label is None:
        raise InputError(
            f"The metric {metric!r} does not suit the model at port 'model', which is for {model.task}.",
            code="0013",
            remedy="Choose another metric, or connect another model.",
        )
    table = step.table("dataset")
    table = table.with_roles({label_column(table, model.label): "label"})
    table.require_rows()
    random = np.random.default_rng(step.params["seed"] or step.seed)
    base = _measured(model, table, measure, step)
    sign = 1 if metric in _BETTER_WHEN_LARGE else -1
    found = {}
    for name in [feature.name for feature in model.features]:
        order = random.permutation(len(table.frame))
        shuffled = table.with_columns({name: table.frame[name].iloc[order].reset_index(drop=True)})
        found[name] = sign * (base - _measured(model, shuffled, measure, step))
    step.report["notes"] = list(dict.fromkeys(step.report["notes"]))
    ranked = sorted(found, key=lambda name: -found[name])
    return {"dataset": Table(pd.DataFrame({"Feature": ranked, "Score": [found[name] for name in ranked]}))}


def _measured(model: Model, table: Table, measure: str, step: Step) -> float:
    scores, kinds = score(model, table, step)
    return float(evaluate(with_scores(table, scores, kinds)).rows[0][measure])
