"""Cross Validate Model: the worker side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.modules.learning.evaluation import evaluate, results
from drawloom.modules.learning.labels import Classes, classes_of, label_column
from drawloom.modules.learning.learners import Learner, open_learner
from drawloom.modules.learning.models import score, train, with_scores
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.table.names import unique_names


@work
def run(step: Step) -> Outputs:
    """Train with all folds but one, score that one, and evaluate; for each fold."""
    learner = open_learner(step)
    table = step.table("dataset")
    label = label_column(table, step.params["label"])
    count = step.params["folds"]
    table.require_rows(count)
    table = table.with_roles(
        {name: role for name, role in table.roles.items() if role != "label"} | {label: "label"}
    )
    values = table.frame[label]
    classes = None if learner.task == "regression" else classes_of(values, table.port)
    strata = np.zeros(len(values), dtype=np.intp) if classes is None else classes.codes(values)
    folds = assign_folds(strata, count, step.params["seed"] or step.seed)
    scores, kinds, rows = _by_fold(learner, table, label, classes, folds, step)
    # Every fold has the same notes about the same columns.
    step.report["notes"] = list(dict.fromkeys(step.report["notes"]))
    (name,) = unique_names([*table.names, "Fold Assignments"])[len(table.names) :]
    folded = table.with_columns({name: folds}).with_roles(dict(table.roles) | {name: "ignored"})
    return {
        "dataset": with_scores(folded, scores, kinds),
        "evaluation": Table(_summary(learner.title, rows, np.bincount(folds, minlength=count))),
    }


def assign_folds(strata: npt.NDArray[np.intp], count: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal rows out to folds at random, each stratum evenly.

    Parameters
    ----------
    strata
        Shape (rows,).

    Returns
    -------
    ndarray
        Shape (rows,): 0 to count - 1, each as often as any other or once more.
    """
    order = np.random.default_rng(seed).permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    folds = np.empty(len(strata), dtype=np.int64)
    folds[order] = np.arange(len(strata)) % count
    return folds


def _by_fold(
    learner: Learner,
    table: Table,
    label: str,
    classes: Classes | None,
    folds: npt.NDArray[np.int64],
    step: Step,
) -> tuple[pd.DataFrame, dict[str, str], list[dict[str, Any]]]:
    parts: list[pd.DataFrame] = []
    rows: list[dict[str, Any]] = []
    kinds: dict[str, str] = {}
    for fold in range(int(folds.max()) + 1):
        inside = folds == fold
        model = train(learner, table.of(table.frame[~inside]), label, step, classes)
        part = table.of(table.frame[inside])
        scores, kinds = score(model, part, step)
        # A fold in which nothing can be measured has missing measures, and the others have theirs.
        measurable = (scores["Scored Labels"].notna() & part.frame[label].notna()).any()
        rows += evaluate(with_scores(part, scores, kinds)).rows if measurable else [{}]
        parts.append(scores.set_axis(np.flatnonzero(inside)))
    return pd.concat(parts).sort_index(), kinds, rows


def _summary(title: str, rows: list[dict[str, Any]], sizes: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Give the measures of each fold and two rows more (Studio classic: the deviation is the sample one)."""
    measured = results(rows)
    whole = pd.concat([measured, measured.agg(["mean", "std"])], ignore_index=True)
    whole.insert(0, "Fold Number", [*(str(fold) for fold in range(len(rows))), "Mean", "Standard Deviation"])
    whole.insert(1, "Number of examples in fold", [*sizes.tolist(), *[int(sizes.sum())] * 2])
    whole.insert(2, "Model", title)
    return whole
