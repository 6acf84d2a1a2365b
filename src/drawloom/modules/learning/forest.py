"""What the decision forests share (worker side)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def settings(params: Mapping[str, Any], seed: int, threads: int) -> dict[str, Any]:
    """Give the settings of a forest whose splits are the best of some drawn at random.

    That is scikit-learn's "extra trees": of each feature it looks at, one threshold is drawn. A plain random
    forest would search all thresholds, and with "replicate" (Studio classic: every tree learns from the same
    rows) its trees would all be one.
    """
    return {
        "n_estimators": params["trees"],
        "max_depth": params["depth"],
        "min_samples_leaf": params["samples_per_leaf"],
        "max_features": params["random_splits"],
        "bootstrap": params["resampling"] == "bagging",
        "random_state": seed,
        "n_jobs": threads,
    }
