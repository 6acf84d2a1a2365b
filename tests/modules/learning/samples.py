"""One valid step of every learning module, for the common suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from drawloom.modules.learning.scikit_learn.form import estimators
from modules.running import run, table
from modules.sample import Sample


def patients() -> pd.DataFrame:
    """Give 40 rows that can be learnt from."""
    random = np.random.default_rng(5)
    age = random.integers(20, 70, 40)
    mass = random.normal(28, 4, 40).round(1)
    return pd.DataFrame(
        {
            "age": age,
            "mass": mass,
            "smoker": pd.Categorical(np.where(random.random(40) < 0.3, "yes", "no")),
            "ill": np.where(age + mass + random.normal(0, 8, 40) > 74, "pos", "neg"),
        }
    )


@cache
def untrained(learner: str, **params: Any) -> bytes:
    return run(learner, params, seed=3).files["model"]


@cache
def trained(learner: str, label: str, **params: Any) -> bytes:
    model = untrained(learner, **params)
    return run("train-model", {"label": label}, model=model, dataset=patients()).files["model"]


@cache
def clustered() -> bytes:
    model = untrained("k-means-clustering")
    params = {"columns": ["age", "mass"]}
    return run("train-clustering-model", params, model=model, dataset=patients()).files["model"]


@cache
def scored(learner: str, label: str) -> bytes:
    model = trained(learner, label)
    return run("score-model", {}, model=model, dataset=patients()).files["dataset"]


_PATIENTS = {"dataset": patients()}
_LOGISTIC = "two-class-logistic-regression"


def _with(model: Callable[..., bytes], *args: str) -> Mapping[str, Callable[[], bytes]]:
    return {"model": partial(model, *args)}


LEARNING: dict[str, Sample] = {
    "two-class-logistic-regression": Sample({"l1_weight": 0.5}),
    "multiclass-logistic-regression": Sample(),
    "two-class-boosted-decision-tree": Sample({"trees": 20}),
    "boosted-decision-tree-regression": Sample({"trees": 20}),
    "two-class-decision-forest": Sample({"resampling": "Replicate"}),
    "multiclass-decision-forest": Sample(),
    "decision-forest-regression": Sample(),
    "linear-regression": Sample({"l2_weight": 0.001, "intercept": False}),
    "k-means-clustering": Sample({"centroids": 3}),
    "train-model": Sample({"label": "ill"}, _PATIENTS, _with(untrained, _LOGISTIC)),
    "score-model": Sample({}, _PATIENTS, _with(trained, _LOGISTIC, "ill")),
    "train-clustering-model": Sample(
        {"columns": ["age", "mass"]}, _PATIENTS, _with(untrained, "k-means-clustering")
    ),
    "assign-data-to-clusters": Sample({}, _PATIENTS, _with(clustered)),
    "evaluate-model": Sample(
        others={
            "dataset": partial(scored, _LOGISTIC, "ill"),
            "compare": partial(scored, "two-class-decision-forest", "ill"),
        }
    ),
    "cross-validate-model": Sample({"label": "ill", "folds": 4}, _PATIENTS, _with(untrained, _LOGISTIC)),
    "filter-based-feature-selection": Sample(
        {"target": "ill", "count": 2, "method": "Mutual information"}, _PATIENTS
    ),
    "permutation-feature-importance": Sample({}, _PATIENTS, _with(trained, _LOGISTIC, "ill")),
}

_OTHERS = [{"LogisticRegression": {"C": 2}}, "GaussianNB"]
_NUMBERS = [{"Ridge": {"alpha": 2}}, "DecisionTreeRegressor"]
_REQUIRED: dict[str, dict[str, Any]] = {
    "GaussianRandomProjection": {"n_components": 2},
    "SparseRandomProjection": {"n_components": 2},
    "FixedThresholdClassifier": {"estimator": "GaussianNB"},
    "OneVsOneClassifier": {"estimator": "GaussianNB"},
    "OneVsRestClassifier": {"estimator": "GaussianNB"},
    "OutputCodeClassifier": {"estimator": "GaussianNB"},
    "SelfTrainingClassifier": {"estimator": "GaussianNB"},
    "StackingClassifier": {"estimators": _OTHERS},
    "StackingRegressor": {"estimators": _NUMBERS},
    "TunedThresholdClassifierCV": {"estimator": "GaussianNB"},
    "VotingClassifier": {"estimators": _OTHERS, "voting": "soft"},
    "VotingRegressor": {"estimators": _NUMBERS},
}


_TRANSFORMERS = ("KBinsDiscretizer", "OneHotEncoder", "PCA", "StandardScaler")
"""Those whose table the common suite spoils in all its ways; all share the code that would mind."""


def of_scikit_learn(name: str) -> Sample:
    """Give a step of one of its estimators: with what it requires, and a table where it transforms."""
    if estimators()[name]["kind"] != "transformer":
        return Sample(_REQUIRED.get(name, {}))
    rows = patients()[["age", "mass", "ill"]]
    params = {"columns": ["age", "mass"]} | _REQUIRED.get(name, {})
    if name in _TRANSFORMERS:
        return Sample(params, {"dataset": rows})
    return Sample(params, others={"dataset": partial(table, rows)})


LEARNING |= {f"sklearn.{name}": of_scikit_learn(name) for name in estimators()}
