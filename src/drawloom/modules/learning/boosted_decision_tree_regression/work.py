"""Boosted Decision Tree Regression: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.modules.learning.learners import untrained
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Give the untrained model."""
    return untrained("Boosted Decision Tree Regression", "regression", build, step)


def build(params: Mapping[str, Any], seed: int, threads: int) -> Any:
    """Make the estimator. LightGBM is imported here, in the child: its threads do not survive a fork."""
    from lightgbm import LGBMRegressor

    return LGBMRegressor(
        num_leaves=params["leaves"],
        min_child_samples=params["samples_per_leaf"],
        learning_rate=params["learning_rate"],
        n_estimators=params["trees"],
        random_state=seed,
        n_jobs=threads,
        deterministic=True,
        force_col_wise=True,
        verbosity=-1,
    )
