"""Two-Class Decision Forest: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.modules.learning.learners import untrained
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Give the untrained model."""
    return untrained("Two-Class Decision Forest", "two-class", build, step)


def build(params: Mapping[str, Any], seed: int, threads: int) -> Any:
    """Make the estimator."""
    from sklearn.ensemble import ExtraTreesClassifier

    from drawloom.modules.learning.forest import settings

    return ExtraTreesClassifier(**settings(params, seed, threads))
