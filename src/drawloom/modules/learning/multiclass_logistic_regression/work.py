"""Multiclass Logistic Regression: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.modules.learning.learners import untrained
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Give the untrained model."""
    return untrained("Multiclass Logistic Regression", "multiclass", build, step)


def build(params: Mapping[str, Any], seed: int, threads: int) -> Any:
    """Make the estimator; features are scaled to 0..1 within it."""
    from drawloom.modules.learning.logistic import LogisticRegression

    return LogisticRegression(**params)
