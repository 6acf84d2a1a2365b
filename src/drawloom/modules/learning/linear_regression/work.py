"""Linear Regression: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.modules.learning.learners import untrained
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Give the untrained model."""
    return untrained("Linear Regression", "regression", build, step)


def build(params: Mapping[str, Any], seed: int, threads: int) -> Any:
    """Make the estimator."""
    from sklearn.linear_model import LinearRegression, Ridge

    if params["l2_weight"] == 0:
        return LinearRegression(fit_intercept=params["intercept"])
    return Ridge(params["l2_weight"], fit_intercept=params["intercept"])
