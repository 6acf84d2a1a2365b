"""What a trained model thinks of its features, for the panes (worker side)."""

from __future__ import annotations

from typing import Any

import numpy as np

from drawloom.modules.learning.models import Model


def feature_weights(model: Model) -> list[dict[str, Any]]:
    """Give the weights of a linear model or the importances of trees, the largest first.

    Returns
    -------
    list of dict
        ``feature`` (an indicator is ``column_value``; ``Bias`` for the intercept) and ``weight``: one number,
        or one for each class. Empty where the model has none.
    """
    estimator = model.estimator
    titles = [title for feature in model.features for title in feature.titles]
    if hasattr(estimator, "coef_"):
        weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
        bias = np.ravel(np.asarray(getattr(estimator, "intercept_", 0.0), dtype=np.float64))
    elif hasattr(estimator, "feature_importances_"):
        weights, bias = np.atleast_2d(np.asarray(estimator.feature_importances_, dtype=np.float64)), None
    else:
        return []
    if weights.shape[1] != len(titles):
        return []
    rows = [] if bias is None else [{"feature": "Bias", "weight": _plain(bias)}]
    order = np.argsort(-np.abs(weights).max(axis=0), kind="stable")
    return rows + [{"feature": titles[place], "weight": _plain(weights[:, place])} for place in order]


def _plain(values: Any) -> float | list[float]:
    found: list[float] = values.tolist()
    return found[0] if len(found) == 1 else found
