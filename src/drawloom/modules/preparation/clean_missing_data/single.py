"""One value for a column: how it is learnt, and how it is put in (worker side)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import TITLES, as_kind, is_categorical, kind_of, moments, numbers, plain
from drawloom.modules.values import parse_value


def _mean(values: pd.Series) -> Any:
    return _rounded(float(np.nanmean(numbers(values))), values)


def _median(values: pd.Series) -> Any:
    return _rounded(float(np.nanmedian(numbers(values))), values)


def _mode(values: pd.Series) -> Any:
    """Give the most frequent value; of several, the smallest."""
    found = plain(values).dropna().mode().iloc[0]
    return found.item() if isinstance(found, np.generic) else found


STATISTICS: dict[str, Callable[[pd.Series], Any]] = {"mean": _mean, "median": _median, "mode": _mode}


def fill(values: pd.Series, value: Any, port: str) -> pd.Series:
    """Put a value where a column has none.

    Parameters
    ----------
    values
        The column.
    value
        Of the column's type, or text to be read as that type.
    port
        For errors.

    Raises
    ------
    InputError
        0002 where the text is no value of the column's type.
    """
    if not values.isna().any():
        return values
    ready = _ready(values, value, port)
    if is_categorical(values):
        if ready not in values.cat.categories:
            values = values.cat.add_categories([ready])
        return values.fillna(ready)
    if kind_of(values) == "integer" and isinstance(ready, float):
        return pd.Series(
            np.where(values.isna(), ready, numbers(values)), index=values.index, name=values.name
        )
    if kind_of(values) == "datetime":
        return moments(values).fillna(pd.Timestamp(ready))
    filled = values.fillna(ready)
    if kind_of(values) in ("integer", "boolean"):
        return filled.astype("int64" if kind_of(values) == "integer" else "bool")
    return filled


def _ready(values: pd.Series, value: Any, port: str) -> Any:
    if not isinstance(value, str) or kind_of(values) == "string":
        return value
    try:
        return parse_value(value, kind_of(values))
    except ValueError:
        raise InputError(
            f"The replacement value {value!r} cannot be read as {TITLES[kind_of(values)]}, the type of "
            "the column "
            f"{values.name!r} at port {port!r}.",
            code="0002",
            remedy=(
                "Give another 'replacement_value', or clean the columns of each type in a step of its own."
            ),
        ) from None


def _rounded(value: float, like: pd.Series) -> Any:
    return as_kind(np.array([value]), plain(like.dropna()).iloc[:1]).iloc[0].item()
