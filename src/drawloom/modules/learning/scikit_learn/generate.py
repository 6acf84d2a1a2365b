"""Write down which estimators scikit-learn has, and what their parameters accept.

Run after scikit-learn's version changes: ``python -m drawloom.modules.learning.scikit_learn.generate``.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator
from numbers import Integral, Real
from pathlib import Path
from typing import Any

LEFT_OUT = {
    "ClassifierChain": "needs several labels",
    "MultiOutputClassifier": "needs several labels",
    "MultiOutputRegressor": "needs several labels",
    "MultiTaskElasticNet": "needs several labels",
    "MultiTaskElasticNetCV": "needs several labels",
    "MultiTaskLasso": "needs several labels",
    "MultiTaskLassoCV": "needs several labels",
    "RegressorChain": "needs several labels",
    "ColumnTransformer": "needs transformers and their columns; steps of an experiment do that",
    "DictVectorizer": "takes dictionaries, not a table",
    "FeatureHasher": "takes dictionaries, not a table",
    "FeatureUnion": "needs transformers; steps of an experiment do that",
    "FunctionTransformer": "needs a function; execute-python-script does that",
    "GenericUnivariateSelect": "needs a label; filter-based-feature-selection does that",
    "HashingVectorizer": "takes texts, not a table",
    "KNeighborsTransformer": "gives a matrix of rows by rows",
    "KernelCenterer": "takes a matrix of rows by rows",
    "LabelBinarizer": "takes a label, not a table",
    "LabelEncoder": "takes a label, not a table",
    "MultiLabelBinarizer": "takes a label, not a table",
    "NeighborhoodComponentsAnalysis": "needs a label",
    "PLSSVD": "needs several labels",
    "PassiveAggressiveClassifier": "is deprecated for SGDClassifier",
    "PassiveAggressiveRegressor": "is deprecated for SGDRegressor",
    "PatchExtractor": "takes images, not a table",
    "RFE": "needs a label",
    "RFECV": "needs a label",
    "RadiusNeighborsTransformer": "gives a matrix of rows by rows",
    "SelectFdr": "needs a label; filter-based-feature-selection does that",
    "SelectFpr": "needs a label; filter-based-feature-selection does that",
    "SelectFromModel": "needs a label",
    "SelectFwe": "needs a label; filter-based-feature-selection does that",
    "SelectKBest": "needs a label; filter-based-feature-selection does that",
    "SelectPercentile": "needs a label; filter-based-feature-selection does that",
    "SequentialFeatureSelector": "needs a label",
    "SparseCoder": "needs a dictionary of atoms",
    "TSNE": "cannot transform new rows",
    "TargetEncoder": "needs a label",
    "TfidfTransformer": "takes counts of terms, not a table",
}
"""Estimators of the kinds below that no step can use, and why."""

FILE = Path(__file__).with_name("estimators.json")

_KINDS = {"classifier": "classifier", "regressor": "regressor", "cluster": "clusterer"}
_CLUSTERS_TOO = ("GaussianMixture", "BayesianGaussianMixture")
_COLUMNS_AS_CLUSTERS = ("FeatureAgglomeration",)
_SET_BY_THE_STEP = {
    "n_jobs",
    "verbose",
    "verbose_interval",
    "random_state",
    "warm_start",
    "copy",
    "copy_X",
    "copy_x",
}
_UNSET = {"deprecated", "warn"}


def estimators() -> dict[str, dict[str, Any]]:
    """Give every estimator: name -> ``module``, ``kind``, ``seeded`` and ``params``.

    Each parameter has ``accepts`` (a list of alternatives, see `accepts`) and, unless it is required,
    ``default``. Parameters that only a program can give (functions, kernels) keep scikit-learn's default and
    are not listed; nor are those that mean nothing here or that the step sets: the seed, the number of
    threads, how much is printed.
    """
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - importing it is what enables it
    from sklearn.utils import all_estimators

    kinds: dict[str, str] = {}
    for name, _ in all_estimators(type_filter="transformer"):
        kinds[name] = "transformer"
    for mixin, kind in _KINDS.items():
        for name, _ in all_estimators(type_filter=mixin):
            if name not in _COLUMNS_AS_CLUSTERS:
                kinds[name] = kind
    kinds |= dict.fromkeys(_CLUSTERS_TOO, "clusterer")
    return {
        name: _estimator(estimator, kinds[name])
        for name, estimator in all_estimators()
        if name in kinds and name not in LEFT_OUT
    }


def text() -> str:
    """Give the contents of the file: one line an estimator, so that a new version reads well as a diff."""
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in estimators().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def accepts(constraints: list[Any]) -> list[dict[str, Any]]:
    """Give what a parameter accepts as plain values.

    Returns
    -------
    list of dict
        Alternatives with ``type``: ``null``; ``boolean``; ``integer`` and ``number`` (with ``ge``, ``gt``,
        ``le``, ``lt``; ``fraction`` where a whole number means something else); ``choice`` (``of``);
        ``text``; ``list`` (``tuple`` where scikit-learn takes no list); ``mapping``; ``estimator``;
        ``estimators``.
    """
    found: list[dict[str, Any]] = []
    for constraint in constraints:
        for each in _alternatives(constraint):
            if each not in found:
                found.append(each)
    if {"type": "list"} in found:
        found = [each for each in found if not each.get("tuple")]
    return found


def _estimator(estimator: type, kind: str) -> dict[str, Any]:
    public = estimator.__module__.rpartition("._")[0] or estimator.__module__
    signature = inspect.signature(estimator.__init__).parameters  # type: ignore[misc]
    rules: dict[str, Any] = getattr(estimator, "_parameter_constraints", {})
    params = {}
    for name, parameter in signature.items():
        if name == "self" or name in _SET_BY_THE_STEP:
            continue
        allowed = _of_estimators(name) or accepts(list(rules.get(name, ())))
        if not allowed or (
            parameter.default is not inspect.Parameter.empty and not _plain(parameter.default)
        ):
            continue
        entry: dict[str, Any] = {"accepts": allowed}
        required = parameter.default is None and allowed == [{"type": "estimator"}]
        if not required and parameter.default is not inspect.Parameter.empty:
            entry["default"] = parameter.default
        params[name] = entry
    return {"module": public, "kind": kind, "seeded": "random_state" in signature, "params": params}


def _of_estimators(name: str) -> list[dict[str, Any]]:
    return [{"type": "estimators"}] if name == "estimators" else []


def _plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(_plain(each) for each in value)
    return value is None or (isinstance(value, str | bool | int) and value not in _UNSET)


def _alternatives(constraint: Any) -> Iterator[dict[str, Any]]:
    from sklearn.utils._param_validation import HasMethods, Interval, Options

    if isinstance(constraint, Interval):
        yield _interval(constraint)
    elif isinstance(constraint, Options):
        # The alternatives of a set have no order of their own; without one the file would never be the same.
        plain = [each for each in constraint.options if isinstance(each, str | int | float) and _plain(each)]
        usable = sorted(set(plain) - constraint.deprecated, key=str)
        if usable:
            yield {"type": "choice", "of": usable}
    elif isinstance(constraint, HasMethods):
        yield {"type": "estimator"}
    elif isinstance(constraint, str):
        yield from _NAMED.get(constraint, ())
    elif constraint is None:
        yield {"type": "null"}
    elif isinstance(constraint, type):
        yield from _TYPES.get(constraint, ())


def _interval(interval: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "integer" if interval.type is Integral else "number"}
    if interval.type not in (Integral, Real):
        entry["fraction"] = True
    for bound, side, closed, opened in (
        (interval.left, "left", "ge", "gt"),
        (interval.right, "right", "le", "lt"),
    ):
        if bound is not None and math.isfinite(bound):
            shut = interval.closed in (side, "both")
            entry[closed if shut else opened] = int(bound) if bound == int(bound) else float(bound)
    return entry


_NAMED: dict[str, list[dict[str, Any]]] = {
    "boolean": [{"type": "boolean"}],
    "array-like": [{"type": "list"}],
    "cv_object": [{"type": "integer", "ge": 2}, {"type": "null"}],
}
_TYPES: dict[type, list[dict[str, Any]]] = {
    Integral: [{"type": "integer"}],
    Real: [{"type": "number"}],
    float: [{"type": "number"}],
    bool: [{"type": "boolean"}],
    str: [{"type": "text"}],
    list: [{"type": "list"}],
    tuple: [{"type": "list", "tuple": True}],
    dict: [{"type": "mapping"}],
}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
