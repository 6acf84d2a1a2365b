"""Trained models: training, scoring, and their way through a port (worker side)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.blobs import Blob
from drawloom.modules.learning import roles
from drawloom.modules.learning.features import Feature, Floats, feature_names, learn_features, matrix
from drawloom.modules.learning.labels import Classes, classes_of, require_classes, target
from drawloom.modules.learning.learners import Learner, Task, made_elsewhere, require_trained
from drawloom.modules.tables import Step, Table

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Model:
    """A trained model.

    Parameters
    ----------
    title
        Of its learner.
    task
        ``two-class``, ``multiclass``, ``regression`` or ``clustering``.
    label
        The column it predicts; None for clusters.
    classes
        Of that column; None for numbers and clusters.
    features
        What it learnt from.
    complete_rows
        Whether it can score only rows without a missing feature.
    allow_unknown_levels
        Whether it scores a row with a level that training did not have.
    estimator
        A fitted estimator with scikit-learn's methods.
    """

    title: str
    task: Task
    label: str | None
    classes: Classes | None
    features: tuple[Feature, ...]
    complete_rows: bool
    allow_unknown_levels: bool
    estimator: Any

    def blob(self) -> Blob:
        """Give the model for a ``trained-model`` port."""
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        boosted = type(self.estimator).__module__.startswith("lightgbm.")
        libraries = ("numpy", "scipy", "scikit-learn", *(["lightgbm"] if boosted else []))
        facts = {
            "title": self.title,
            "task": self.task,
            "label": self.label,
            "features": [each.name for each in self.features],
        }
        return Blob("trained-model", content, libraries, facts)


def open_model(step: Step) -> Model:
    """Open the trained model at port ``model``.

    Raises
    ------
    InputError
        0003, 0082; 0012 where it is untrained.
    """
    try:
        content = step.blob("model", "trained-model").content
    except InputError:
        require_trained(step)
        raise
    if set(content) != {each.name for each in fields(Model)}:
        raise made_elsewhere()
    return Model(**content)


def train(learner: Learner, table: Table, label: str, step: Step, classes: Classes | None = None) -> Model:
    """Train a model with all feature columns of a table.

    Parameters
    ----------
    label
        The column to predict.
    classes
        Where a part of a table is trained with: the classes of the whole.

    Raises
    ------
    InputError
        0014, 0017, 0020, 0021, 0023, 0032, 0033, 0054, 0080, 0083, 0134.
    """
    table.require_rows()
    names = feature_names(table, label)
    values = table.frame[label]
    task: Task = learner.task
    if task == "regression":
        wanted: npt.NDArray[Any] = target(values, table.port)
        labelled: Mask = ~np.isnan(wanted)
    else:
        classes = classes or classes_of(values, table.port)
        wanted = classes.codes(values)
        labelled = wanted >= 0
    features, made, used, complete = _prepared(learner, table, names, labelled, step)
    if classes is not None:
        require_classes(wanted[used].astype(np.intp), classes, task, label, table.port)
        if task == "classification":
            task = "two-class" if len(classes.values) == 2 else "multiclass"
    estimator = _estimator(learner, step, classes)
    weights = _weights(table)
    extra = {} if weights is None else _weighted(estimator, weights[used], step)
    fit(estimator, step, learner.title, table.port, made[used], wanted[used], **extra)
    return Model(
        learner.title, task, label, classes, features, complete, learner.allow_unknown_levels, estimator
    )


def train_clusters(
    learner: Learner, table: Table, names: list[str], step: Step
) -> tuple[Model, pd.DataFrame]:
    """Train a clustering model with some columns.

    Returns
    -------
    model, scores
        And the clusters of the rows it was trained with.

    Raises
    ------
    InputError
        As `train`.
    """
    table.require_rows()
    everything = np.ones(len(table.frame), dtype=np.bool_)
    features, made, used, complete = _prepared(learner, table, names, everything, step)
    estimator = _estimator(learner, step, None)
    fit(estimator, step, learner.title, table.port, made[used])
    model = Model(
        learner.title, "clustering", None, None, features, complete, learner.allow_unknown_levels, estimator
    )
    clusters = estimator.labels_ if hasattr(estimator, "labels_") else estimator.predict(made[used])
    return model, _clustered(model, np.asarray(clusters), made, used)


def score(model: Model, table: Table, step: Step) -> tuple[pd.DataFrame, dict[str, str]]:
    """Score the rows of a table.

    Returns
    -------
    scores, roles
        The score columns (Studio's names; missing where a row cannot be scored), and what each of them is.

    Raises
    ------
    InputError
        0001, 0016, 0033, 0039 as `matrix`; 0135 where the model cannot assign new rows to clusters.
    """
    made = matrix(model.features, table, allow_unknown_levels=model.allow_unknown_levels)
    used = _complete(made) if model.complete_rows else np.ones(len(made), dtype=np.bool_)
    left_out = int((~used).sum())
    if left_out:
        step.note(
            f"{left_out} rows have a missing feature and get no score: {model.title} needs complete rows."
        )
    with understood(model.title, table.port, "score"):
        if model.task == "clustering":
            scores = _assigned(model, made, used, table.port)
        elif model.task == "regression":
            predicted = np.full(len(made), np.nan)
            if used.any():
                predicted[used] = np.ravel(model.estimator.predict(made[used]))
            scores = pd.DataFrame({"Scored Labels": predicted})
        else:
            scores = _classified(model, made, used)
    return scores, roles.of_scores(model.task, list(scores.columns), model.classes)


def fit(estimator: Any, step: Step, title: str, port: str, *data: Any, **extra: Any) -> None:
    """Fit an estimator with the threads of the step; what it warns of becomes notes.

    Raises
    ------
    InputError
        0083 with the library's own words, where the rows do not suit it.
    """
    import joblib

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with (
            joblib.parallel_config(backend="threading", n_jobs=step.threads),
            understood(title, port, "be trained with"),
        ):
            estimator.fit(*data, **extra)
    for said in dict.fromkeys(" ".join(str(each.message).split()) for each in caught):
        step.note(f"{title} warns: {said}")
    # Many threads add up the votes of trees in any order, and then no two runs agree in the last bit.
    if "n_jobs" in getattr(estimator, "get_params", dict)():
        estimator.set_params(n_jobs=1)


def _prepared(
    learner: Learner, table: Table, names: list[str], used: Mask, step: Step
) -> tuple[tuple[Feature, ...], Floats, Mask, bool]:
    """Give features, matrix, rows to train with, and whether these have to be complete."""
    from sklearn.utils import get_tags

    features = learn_features(table, names)
    made = matrix(features, table)
    complete = not get_tags(learner.estimator(step.threads)).input_tags.allow_nan
    without_label = int((~used).sum())
    if without_label:
        step.note(f"{without_label} rows have no label and are not trained with.")
    if complete:
        _require_values(features, made, used, table.port, learner.title)
        incomplete = int((used & ~_complete(made)).sum())
        used = used & _complete(made)
        if incomplete:
            step.note(
                f"{incomplete} rows have a missing feature and are not trained with: {learner.title} needs "
                "complete rows."
            )
    return features, made, used, complete


def _require_values(features: tuple[Feature, ...], made: Floats, used: Mask, port: str, title: str) -> None:
    remedy = "Fill it with clean-missing-data, or leave it out with select-columns-in-dataset."
    position = 0
    for feature in features:
        width = len(feature.titles)
        if not width or np.isnan(made[used, position]).all():
            raise InputError(
                f"The column {feature.name!r} at port {port!r} has only missing values in the rows to train "
                f"with; {title} needs complete rows.",
                code="0080",
                remedy=remedy,
            )
        position += width
    if not (used & _complete(made)).any():
        raise InputError(
            f"Every row at port {port!r} has a missing value (NaN) in some feature; {title} needs complete "
            "rows.",
            code="0032",
            remedy="Fill them with clean-missing-data.",
        )


def _complete(made: Floats) -> Mask:
    return np.asarray(~np.isnan(made).any(axis=1))


def _estimator(learner: Learner, step: Step, classes: Classes | None) -> Any:
    estimator = learner.estimator(step.threads)
    given = estimator.get_params(deep=False).get("class_weight")
    if classes is not None and isinstance(given, Mapping):
        weights = {str(value): position for position, value in enumerate(classes.values)}
        estimator.set_params(
            class_weight={weights.get(str(value), value): weight for value, weight in given.items()}
        )
    return estimator


def _weights(table: Table) -> Floats | None:
    marked = [name for name in table.names if table.role(name) == "weight"]
    if not marked:
        return None
    feature = learn_features(table, marked[:1])
    weights = matrix(feature, table)[:, 0]
    if np.isnan(weights).any() or (weights < 0).any():
        raise InputError(
            f"The weight column {marked[0]!r} at port {table.port!r} holds a missing or negative value.",
            code="0032",
            remedy="Fill it with clean-missing-data, or clear its role with edit-metadata.",
        )
    return np.asarray(weights)


def _weighted(estimator: Any, weights: Floats, step: Step) -> dict[str, Floats]:
    from sklearn.utils.validation import has_fit_parameter

    if has_fit_parameter(estimator, "sample_weight"):
        return {"sample_weight": weights}
    step.note(f"{type(estimator).__name__} takes no weights: the weight column is not used.")
    return {}


@contextmanager
def understood(title: str, port: str, doing: str) -> Iterator[None]:
    """Turn what a library refuses into an error the user can act on.

    Raises
    ------
    InputError
        0083 with the library's own words.
    """
    try:
        yield
    except (ValueError, TypeError, NotImplementedError, np.linalg.LinAlgError) as error:
        raise InputError(
            f"{title} cannot {doing} the dataset at port {port!r}: {' '.join(str(error).split())}",
            code="0083",
            remedy="Change its parameters, or prepare the columns as it needs them.",
        ) from error


def _classified(model: Model, made: Floats, used: Mask) -> pd.DataFrame:
    if model.classes is None:
        raise TypeError("a classifier without classes")
    count = len(model.classes.values)
    codes = np.full(len(made), -1, dtype=np.intp)
    chances: Floats | None = np.full((len(made), count), np.nan)
    if used.any():
        codes[used] = model.estimator.predict(made[used])
        found = _chances(model.estimator, made[used], count)
        if found is None:
            chances = None
        elif chances is not None:
            chances[used] = found
    labels = {"Scored Labels": model.classes.column(codes)}
    if chances is None:
        return pd.DataFrame(labels)
    if model.task == "two-class":
        return pd.DataFrame(labels | {"Scored Probabilities": pd.Series(chances[:, -1])})
    each = {
        f'Scored Probabilities for Class "{value}"': pd.Series(chances[:, position])
        for position, value in enumerate(model.classes.values)
    }
    return pd.DataFrame(each | labels)


def _chances(estimator: Any, made: Floats, count: int) -> Floats | None:
    """Give the probability of each class, shape (rows, classes); None where the estimator has no idea of it.

    A decision value stands in as its logistic (two classes) or softmax: it orders rows alike, but is not
    calibrated.
    """
    from scipy import special

    classes = np.asarray(estimator.classes_, dtype=np.intp)
    if hasattr(estimator, "predict_proba"):
        known = np.asarray(estimator.predict_proba(made))
    elif hasattr(estimator, "decision_function"):
        values = np.asarray(estimator.decision_function(made))
        if values.ndim == 1:
            known = np.column_stack([special.expit(-values), special.expit(values)])
        elif values.shape[1] == len(classes):
            known = special.softmax(values, axis=1)
        else:
            return None
    else:
        return None
    chances = np.zeros((len(made), count))
    chances[:, classes] = known
    return chances


def _assigned(model: Model, made: Floats, used: Mask, port: str) -> pd.DataFrame:
    if not hasattr(model.estimator, "predict"):
        raise InputError(
            f"The model at port 'model' is {model.title}, which has no centroids to assign the rows at port "
            f"{port!r} to.",
            code="0135",
            remedy="Take the assignments that train-clustering-model gives out, or use k-means-clustering.",
        )
    clusters = model.estimator.predict(made[used]) if used.any() else np.empty(0, dtype=np.intp)
    return _clustered(model, clusters, made, used)


def _clustered(model: Model, clusters: npt.NDArray[Any], made: Floats, used: Mask) -> pd.DataFrame:
    assignments = np.full(len(made), np.nan)
    assignments[used] = clusters
    whole = pd.Series(assignments).astype("Int64")
    columns: dict[str, Any] = {"Assignments": whole.astype("int64") if used.all() else whole}
    centres = getattr(model.estimator, "cluster_centers_", None)
    if centres is not None:
        distances = np.full((len(made), len(centres)), np.nan)
        if used.any():
            distances[used] = _distances(model.estimator, made[used])
        for position in range(len(centres)):
            columns[f"DistancesToClusterCenter no.{position}"] = distances[:, position]
    return pd.DataFrame(columns)


def _distances(estimator: Any, made: Floats) -> Floats:
    """Give the distance of each row to each centre, shape (rows, clusters)."""
    from sklearn.metrics import pairwise_distances

    if hasattr(estimator, "distances"):
        return np.asarray(estimator.distances(made))
    return np.asarray(pairwise_distances(made, estimator.cluster_centers_))


def with_scores(table: Table, scores: pd.DataFrame, kinds: Mapping[str, str]) -> Table:
    """Append score columns to a table; a name that exists gets the suffix `` (2)``."""
    from drawloom.table.names import unique_names

    names = unique_names([*table.names, *scores.columns])[len(table.names) :]
    renamed = dict(zip(scores.columns, names, strict=True))
    whole = table.with_columns({renamed[name]: scores[name] for name in scores.columns})
    return replace(whole, roles=dict(table.roles) | {renamed[name]: kind for name, kind in kinds.items()})
