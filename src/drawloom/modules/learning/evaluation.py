"""Evaluating one scored dataset: what it is, its measures, and what the panes show (worker side)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import NUMERIC, TITLES, kind_of, numbers, plain
from drawloom.modules.learning import measures, roles
from drawloom.modules.learning.features import finite
from drawloom.modules.learning.labels import Classes, label_column
from drawloom.modules.tables import Table

_HISTOGRAM_BINS = 10


@dataclass(frozen=True)
class Evaluation:
    """What came of one scored dataset.

    Parameters
    ----------
    task
        ``two-class``, ``multiclass``, ``regression`` or ``clustering``.
    rows
        The rows of the evaluation results: measure -> value.
    pane
        What else is shown: counts, curves, confusion matrix, histogram; plain JSON values.
    left_out
        How many rows have no label or no score.
    """

    task: str
    rows: list[dict[str, Any]]
    pane: dict[str, Any]
    left_out: int


def evaluate(table: Table) -> Evaluation:
    """Evaluate a scored dataset, by the roles of its columns.

    Raises
    ------
    InputError
        0024 without a label; 0025 without scores; 0016 where label and scored labels differ in type; 0021
        where no row has both; 0023 where a two-class label has more classes; 0135 for clusters without
        centroids.
    """
    table = roles.with_known_names(table)
    kind, column = _scored(table)
    task = roles.TASKS[kind]
    if task == "clustering":
        return _clusters(table, column)
    label = label_column(table, None)
    wanted, given = table.frame[label], table.frame[column]
    _require_comparable(wanted, given, table.port)
    used = (wanted.notna() & given.notna()).to_numpy()
    if not used.any():
        raise InputError(
            f"No row at port {table.port!r} has both a label in {label!r} and a score in {column!r}.",
            code="0021",
            remedy="Check the steps before, and score rows whose label is known.",
        )
    left_out = int((~used).sum())
    wanted, given = wanted[used], given[used]
    if task == "regression":
        return _regression(wanted, given, table.port, left_out)
    if task == "multiclass":
        return _multiclass(wanted, given, left_out)
    return _two_class(table, used, wanted, given, left_out)


def _scored(table: Table) -> tuple[str, str]:
    """Give the role that decides the task, and its column."""
    for kind in roles.TASKS:
        found = [name for name in table.names if name in roles.find(table.roles, kind)]
        if found:
            return kind, found[0]
    raise InputError(
        f"The dataset at port {table.port!r} has no score column.",
        code="0025",
        remedy="Connect score-model, or name the columns of your script 'Binary Class Scored Labels' and "
        "'Binary Class Scored Probabilities', 'Multi Class Scored Labels' or 'Regression Scored Labels'.",
    )


def _require_comparable(wanted: pd.Series, given: pd.Series, port: str) -> None:
    here, there = kind_of(wanted), kind_of(given)
    if here != there and not {here, there} <= {*NUMERIC, "boolean"}:
        raise InputError(
            f"The label column {wanted.name!r} at port {port!r} has the type {TITLES[here]}, and its score "
            f"{given.name!r} has {TITLES[there]}.",
            code="0016",
            remedy="Convert one of them with edit-metadata.",
        )


def _two_class(
    table: Table, used: npt.NDArray[np.bool_], wanted: pd.Series, given: pd.Series, left_out: int
) -> Evaluation:
    classes = _classes(wanted, given)
    if len(classes.values) > 2:
        raise InputError(
            f"The label column {wanted.name!r} and its scores at port {table.port!r} have "
            f"{len(classes.values)} classes together; a two-class evaluation takes two.",
            code="0023",
            remedy="Remove rows of other classes, or train a multiclass learner.",
        )
    place = _positive(classes, roles.subject(table.role(str(given.name))))
    positive, predicted = classes.codes(wanted) == place, classes.codes(given) == place
    found = roles.find(table.roles, roles.TWO_CLASS_PROBABILITIES)
    chances = finite(table.frame[found[0]][used], table.port) if found else None
    measured = measures.two_class(positive, predicted, chances)
    pane: dict[str, Any] = {"counts": measures.counts(positive, predicted)}
    pane |= {"positive_label": None, "negative_label": None}
    for position, value in enumerate(classes.values):
        pane["positive_label" if position == place else "negative_label"] = str(value)
    if chances is not None:
        pane |= {
            "curve": measures.curve(positive, chances),
            "bins": measures.bins(positive, chances),
            "threshold": 0.5,
        }
    return Evaluation("two-class", [measured], pane, left_out)


def _positive(classes: Classes, named: str) -> int:
    """Give the position of the positive class: the one scoring named, else the last in order."""
    if not named:
        return len(classes.values) - 1
    places = [place for place, value in enumerate(classes.values) if str(value) == named]
    return places[0] if places else -2


def _multiclass(wanted: pd.Series, given: pd.Series, left_out: int) -> Evaluation:
    from sklearn.metrics import confusion_matrix

    classes = _classes(wanted, given)
    codes, predicted = classes.codes(wanted), classes.codes(given)
    confusion = confusion_matrix(codes, predicted, labels=np.arange(len(classes.values)))
    pane = {"classes": [str(value) for value in classes.values], "confusion": confusion.tolist()}
    return Evaluation("multiclass", [measures.multiclass(codes, predicted)], pane, left_out)


def _regression(wanted: pd.Series, given: pd.Series, port: str, left_out: int) -> Evaluation:
    truth, guess = finite(wanted, port), finite(given, port)
    heights, edges = np.histogram(np.abs(truth - guess), bins=_HISTOGRAM_BINS)
    pane = {"error_histogram": {"edges": edges.tolist(), "counts": heights.tolist()}}
    return Evaluation("regression", [measures.regression(truth, guess)], pane, left_out)


def _clusters(table: Table, column: str) -> Evaluation:
    distances = sorted(
        roles.find(table.roles, roles.DISTANCES), key=lambda name: int(roles.subject(table.role(name)))
    )
    if not distances:
        raise InputError(
            f"The clusters in {column!r} at port {table.port!r} come with no distances to centroids.",
            code="0135",
            remedy="Only clusters with centroids can be evaluated: use k-means-clustering.",
        )
    assignments = numbers(table.frame[column])
    used = ~np.isnan(assignments)
    if not used.any():
        raise InputError(
            f"No row at port {table.port!r} is assigned to a cluster.",
            code="0021",
            remedy="Check the steps before: a filter or missing features may have left none.",
        )
    matrix = np.column_stack([numbers(table.frame[name]) for name in distances])
    rows = measures.clusters(assignments[used].astype(np.intp), matrix[used])
    return Evaluation("clustering", rows, {}, int((~used).sum()))


def _classes(*columns: pd.Series) -> Classes:
    found = {value for values in columns for value in plain(values).dropna().unique().tolist()}
    return Classes(tuple(sorted(found)))


def results(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Give evaluation results as a frame, in the order of the first row's measures."""
    return pd.DataFrame([dict(row) for row in rows])
