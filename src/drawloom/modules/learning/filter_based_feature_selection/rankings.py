"""How much one column tells about another, by seven methods (worker side)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from drawloom.modules.kinds import NUMERIC, is_categorical, kind_of, moments, numbers, plain
from drawloom.modules.learning.features import Floats

Codes: TypeAlias = npt.NDArray[np.intp]

BINS = 10
"""Numbers with more different values than this are put in bins of equal width to be counted."""


def score(method: str, feature: pd.Series, target: pd.Series) -> float:
    """Score a feature against the target, by the rows that have both; 0 where it tells nothing.

    Parameters
    ----------
    method
        One of `METHODS`.

    Notes
    -----
    Studio classic: text scores 0 by the methods for numbers. So do values of mixed types by all.
    """
    return 0.0 if kind_of(feature) == "object" else METHODS[method](feature, target)


def non_zero(values: pd.Series) -> int:
    """Count the values that are neither missing nor zero."""
    present = int(values.notna().sum())
    return present - int((numbers(values) == 0).sum()) if _is_number(values) else present


def _correlation(coefficient: Callable[[Floats, Floats], Any]) -> Callable[[pd.Series, pd.Series], float]:
    def scored(feature: pd.Series, target: pd.Series) -> float:
        if not _is_number(feature):
            return 0.0
        one = numbers(feature)
        other = numbers(target) if _is_number(target) else _codes(target).astype(np.float64)
        other = np.where(target.isna(), np.nan, other)
        both = np.isfinite(one) & np.isfinite(other)
        one, other = one[both], other[both]
        if len(one) < 2 or one.min() == one.max() or other.min() == other.max():
            return 0.0
        return abs(float(coefficient(one, other).statistic))

    return scored


def _mutual_information(feature: pd.Series, target: pd.Series) -> float:
    from sklearn.metrics import mutual_info_score

    one, other = _paired(feature, target)
    return float(mutual_info_score(one, other)) if len(one) else 0.0


def _chi_squared(feature: pd.Series, target: pd.Series) -> float:
    one, other = _paired(feature, target)
    table = pd.crosstab(one, other).to_numpy()
    return float(stats.chi2_contingency(table, correction=False).statistic) if min(table.shape) > 1 else 0.0


def _fisher(feature: pd.Series, target: pd.Series) -> float:
    """Give the spread of the classes' means over the spread within classes."""
    if not _is_number(feature):
        return 0.0
    values, classes = numbers(feature), _codes(target)
    both = np.isfinite(values) & (classes >= 0)
    values, classes = values[both], classes[both]
    groups = [values[classes == one] for one in np.unique(classes)]
    within = sum(len(group) * float(group.var()) for group in groups)
    between = sum(len(group) * (float(group.mean()) - float(values.mean())) ** 2 for group in groups)
    return float(between / within) if within > 0 else 0.0


METHODS: dict[str, Callable[[pd.Series, pd.Series], float]] = {
    "pearson-correlation": _correlation(stats.pearsonr),
    "mutual-information": _mutual_information,
    "kendall-correlation": _correlation(stats.kendalltau),
    "spearman-correlation": _correlation(stats.spearmanr),
    "chi-squared": _chi_squared,
    "fisher-score": _fisher,
}


def _is_number(values: pd.Series) -> bool:
    return kind_of(values) in (*NUMERIC, "boolean")


def _paired(feature: pd.Series, target: pd.Series) -> tuple[Codes, Codes]:
    one, other = _codes(feature), _codes(target)
    both = (one >= 0) & (other >= 0)
    return one[both], other[both]


def _codes(values: pd.Series) -> Codes:
    """Give values as levels or bins, shape (rows,); -1 where missing or infinite."""
    kind = kind_of(values)
    numeric = kind in NUMERIC and not is_categorical(values)
    if kind == "datetime":
        values, numeric = moments(values).astype("int64").where(values.notna()), True
    if not numeric:
        codes, _ = pd.factorize(plain(values))
        return np.asarray(codes, dtype=np.intp)
    found = numbers(values)
    found[~np.isfinite(found)] = np.nan
    codes, levels = pd.factorize(found, sort=True)
    if len(levels) <= BINS:
        return np.asarray(codes, dtype=np.intp)
    edges = np.linspace(levels[0], levels[-1], BINS + 1)[1:-1]
    return np.where(np.isnan(found), -1, np.searchsorted(edges, found, side="right")).astype(np.intp)
