"""The measures of how well scores fit labels (worker side).

All but Studio's own are scikit-learn's, with its conventions: a precision or recall with nothing below the
line is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from drawloom.modules.learning.features import Floats

Mask = npt.NDArray[np.bool_]

_MOST_POINTS = 512


def two_class(positive: Mask, predicted: Mask, chances: Floats | None) -> dict[str, float]:
    """Measure a two-class classifier.

    Parameters
    ----------
    positive, predicted
        Shape (rows,): whether the row is positive, and whether it was labelled so.
    chances
        Shape (rows,): the probability of being positive; None where the classifier gives none.

    Returns
    -------
    dict
        Studio's names. ``Training Log Loss`` is the share, in percent, of the log loss of always answering
        the class's frequency that the classifier saves. NaN where a measure has no value.
    """
    from sklearn import metrics

    both = 0 < positive.sum() < len(positive)
    auc = loss = saved = float("nan")
    if chances is not None:
        loss = float(metrics.log_loss(positive, chances, labels=[False, True]))
        if both:
            auc = float(metrics.roc_auc_score(positive, chances))
            prior = np.full(len(positive), positive.mean())
            saved = 100 * (1 - loss / float(metrics.log_loss(positive, prior, labels=[False, True])))
    return {
        "Accuracy": float(metrics.accuracy_score(positive, predicted)),
        "Precision": float(metrics.precision_score(positive, predicted, zero_division=0)),
        "Recall": float(metrics.recall_score(positive, predicted, zero_division=0)),
        "F-Score": float(metrics.f1_score(positive, predicted, zero_division=0)),
        "AUC": auc,
        "Average Log Loss": loss,
        "Training Log Loss": saved,
    }


def counts(positive: Mask, predicted: Mask) -> dict[str, int]:
    """Count the rows of each outcome."""
    return {
        "true_positive": int((positive & predicted).sum()),
        "false_negative": int((positive & ~predicted).sum()),
        "false_positive": int((~positive & predicted).sum()),
        "true_negative": int((~positive & ~predicted).sum()),
    }


def curve(positive: Mask, chances: Floats) -> dict[str, list[Any]]:
    """Give the outcomes at every threshold: what ROC, precision/recall and lift curves are drawn from.

    Returns
    -------
    dict
        ``threshold`` (falling), and how many rows at or above it are ``true_positive`` and
        ``false_positive``; thinned to 512 points at most.
    """
    order = np.argsort(-chances, kind="stable")
    sorted_chances, hits = chances[order], positive[order]
    last = (
        np.flatnonzero(np.append(np.diff(sorted_chances) != 0, True)) if len(order) else np.empty(0, np.intp)
    )
    if len(last) > _MOST_POINTS:
        last = last[np.unique(np.linspace(0, len(last) - 1, _MOST_POINTS).astype(np.intp))]
    right, wrong = np.cumsum(hits), np.cumsum(~hits)
    return {
        "threshold": sorted_chances[last].tolist(),
        "true_positive": right[last].tolist(),
        "false_positive": wrong[last].tolist(),
    }


def bins(positive: Mask, chances: Floats) -> list[dict[str, Any]]:
    """Give Studio's score-bin table: ten bins of probability from the top, and the measures down to each."""
    rows = []
    total = max(len(positive), 1)
    for tenth in range(9, -1, -1):
        low, high = tenth / 10, (tenth + 1) / 10
        inside = (chances > low) & (chances <= high) if tenth else chances <= high
        above = chances > low if tenth else np.ones(len(chances), dtype=np.bool_)
        found = counts(positive, above)
        negatives = found["true_negative"] + found["false_negative"]
        rows.append(
            {
                "from": low,
                "to": high,
                "positives": int((positive & inside).sum()),
                "negatives": int((~positive & inside).sum()),
                "fraction_above": float(above.sum() / total),
                **{
                    name.lower().replace("-", "_"): value
                    for name, value in two_class(positive, above, None).items()
                    if name in ("Accuracy", "Precision", "Recall", "F-Score")
                },
                "negative_precision": found["true_negative"] / negatives if negatives else 0.0,
                "negative_recall": found["true_negative"] / max(int((~positive).sum()), 1),
            }
        )
    return rows


def multiclass(wanted: npt.NDArray[np.intp], predicted: npt.NDArray[np.intp]) -> dict[str, float]:
    """Measure a classifier of several classes.

    Parameters
    ----------
    wanted, predicted
        Shape (rows,): positions of classes.
    """
    from sklearn import metrics

    classes = np.union1d(wanted, predicted)
    each = [float(((wanted == one) == (predicted == one)).mean()) for one in classes]
    measured = {
        "Overall accuracy": float(metrics.accuracy_score(wanted, predicted)),
        "Average accuracy": float(np.mean(each)),
    }
    for name, function in (("precision", metrics.precision_score), ("recall", metrics.recall_score)):
        for average in ("micro", "macro"):
            measured[f"{average.capitalize()}-averaged {name}"] = float(
                function(wanted, predicted, average=average, zero_division=0)
            )
    return measured


def regression(wanted: Floats, predicted: Floats) -> dict[str, float]:
    """Measure a regression.

    Parameters
    ----------
    wanted, predicted
        Shape (rows,).

    Returns
    -------
    dict
        Studio's names; relative errors are relative to always answering the mean, NaN where that is right.
    """
    errors = wanted - predicted
    spread = wanted - wanted.mean()
    absolute, squared = float(np.abs(spread).sum()), float((spread**2).sum())
    relative = float((errors**2).sum()) / squared if squared else float("nan")
    return {
        "Mean Absolute Error": float(np.abs(errors).mean()),
        "Root Mean Squared Error": float(np.sqrt((errors**2).mean())),
        "Relative Absolute Error": float(np.abs(errors).sum()) / absolute if absolute else float("nan"),
        "Relative Squared Error": relative,
        "Coefficient of Determination": 1 - relative,
    }


def clusters(assignments: npt.NDArray[np.intp], distances: Floats) -> list[dict[str, Any]]:
    """Measure clusters around centroids: one row for all together, then one for each.

    Parameters
    ----------
    assignments
        Shape (rows,): the cluster of each row.
    distances
        Shape (rows, clusters): the distance to each centroid.
    """
    count = distances.shape[1]
    own = distances[np.arange(len(assignments)), assignments]
    # With one cluster there is no other centroid, and no distance to it.
    others = (distances.sum(axis=1) - own) / (count - 1) if count > 1 else np.full(len(own), np.nan)
    groups = [("Combined Evaluation", np.ones(len(own), dtype=np.bool_))]
    groups += [(f"Evaluation For Cluster No.{one}", assignments == one) for one in range(count)]
    return [
        {
            "Result Description": title,
            "Average Distance to Cluster Center": _mean(own[rows]),
            "Average Distance to Other Center": _mean(others[rows]),
            "Number of Points": int(rows.sum()),
            "Maximal Distance To Cluster Center": float(own[rows].max()) if rows.any() else float("nan"),
        }
        for title, rows in groups
    ]


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
