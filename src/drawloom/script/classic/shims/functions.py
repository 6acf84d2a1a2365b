"""Functions of pandas and SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


def time_grouper(freq: str = "Min", **kwargs: Any) -> Any:
    """`pandas.TimeGrouper`."""
    return pd.Grouper(freq=freq, **kwargs)


def match(to_match: Any, values: Any, na_sentinel: int = -1) -> Any:
    """`pandas.match`: the position of each in values."""
    found = pd.Index(values).get_indexer(to_match)
    return np.where(found < 0, na_sentinel, found)


def itemfreq(values: Any) -> Any:
    """`scipy.stats.itemfreq`: pairs of value and count."""
    items, counts = np.unique(values, return_counts=True)
    return np.array([items, counts]).T


def binom_test(x: Any, n: Any = None, p: float = 0.5, alternative: str = "two-sided") -> Any:
    """`scipy.stats.binom_test`."""
    from scipy.stats import binomtest

    successes, total = (x, n) if n is not None else (x[0], sum(x))
    return binomtest(successes, total, p, alternative).pvalue


def error_bad_lines(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`read_csv(error_bad_lines=False)` leaves bad lines out."""
    if not {"error_bad_lines", "warn_bad_lines"} & set(kwargs):
        return NotImplemented
    warns = kwargs.pop("warn_bad_lines", True)
    if not kwargs.pop("error_bad_lines", True):
        kwargs["on_bad_lines"] = "warn" if warns else "skip"
    return today(*args, **kwargs)


def squeeze(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`read_csv(squeeze=True)` gives a Series where there is one column."""
    if "squeeze" not in kwargs:
        return NotImplemented
    wanted = kwargs.pop("squeeze")
    frame = today(*args, **kwargs)
    return frame.squeeze("columns") if wanted else frame


def delim_whitespace(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`read_csv(delim_whitespace=True)`."""
    if "delim_whitespace" not in kwargs:
        return NotImplemented
    if kwargs.pop("delim_whitespace"):
        kwargs["sep"] = r"\s+"
    return today(*args, **kwargs)


def coerce(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`to_datetime(coerce=True)` makes missing what is no date."""
    if "coerce" not in kwargs:
        return NotImplemented
    if kwargs.pop("coerce"):
        kwargs["errors"] = "coerce"
    return today(*args, **kwargs)


def join_axes(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`concat(join_axes=[index])`: keep the labels of the other axis."""
    if "join_axes" not in kwargs:
        return NotImplemented
    axes = kwargs.pop("join_axes")
    joined = today(*args, **kwargs)
    if axes is None:
        return joined
    sideways = kwargs.get("axis", 0) in (1, "columns")
    return joined.reindex(index=axes[0]) if sideways else joined.reindex(columns=axes[0])


def set_option(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Options that show nothing any more."""
    if args and args[0] in ("display.height", "display.mpl_style", "mpl_style"):
        return None
    return NotImplemented
