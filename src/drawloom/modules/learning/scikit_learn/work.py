"""The work of every module ``sklearn.<Name>`` (worker side): ``work:<Name>`` is made when it is asked for."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from drawloom.modules.learning.learners import Task, untrained
from drawloom.modules.learning.scikit_learn.transformer import fit_transformer
from drawloom.modules.tables import Outputs, Run, Step, work

_FILE = Path(__file__).with_name("estimators.json")
_TASKS: dict[str, Task] = {
    "classifier": "classification",
    "regressor": "regression",
    "clusterer": "clustering",
}


def __getattr__(name: str) -> Run:
    if name not in _estimators():
        raise AttributeError(name)
    return _work_of(name)


@cache
def _work_of(name: str) -> Run:
    kind = _estimators()[name]["kind"]

    @work
    def run(step: Step) -> Outputs:
        if kind == "transformer":
            params = dict(step.params)
            columns, seed = params.pop("columns"), params.pop("seed", 0) or step.seed
            return fit_transformer(name, build({name: params}, seed, step.threads), columns, step)
        return untrained(name, _TASKS[kind], build, step, estimator=name)

    run.__doc__ = f"Do the work of sklearn.{name}."
    return run


def build(params: Mapping[str, Any], seed: int, threads: int) -> Any:
    """Make an estimator.

    Parameters
    ----------
    params
        ``{name: parameters}``, nested where an estimator takes others.
    """
    ((name, given),) = params.items()
    entry = _estimators()[name]
    given = dict(given)
    own_seed = given.pop("seed", 0) or seed
    settings = {key: _setting(value, entry["params"][key]["accepts"], seed) for key, value in given.items()}
    if name == "IterativeImputer":
        from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - importing it is what enables it
    estimator = getattr(importlib.import_module(entry["module"]), name)(**settings)
    known = estimator.get_params(deep=False)
    if "random_state" in known:
        estimator.set_params(random_state=own_seed)
    return estimator


def _setting(value: Any, accepts: list[dict[str, Any]], seed: int) -> Any:
    kinds = {each["type"] for each in accepts}
    if "estimator" in kinds and isinstance(value, dict):
        return build(value, seed, 1)
    if "estimators" in kinds:
        return [(f"{next(iter(each))}-{place}", build(each, seed, 1)) for place, each in enumerate(value, 1)]
    if isinstance(value, list) and {"type": "list", "tuple": True} in accepts:
        return tuple(value)
    return value


@cache
def _estimators() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
