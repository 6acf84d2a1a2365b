"""One value for a column: how it is learnt, and how it is put in (worker side)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import (
    COMPARABLE,
    TITLES,
    as_kind,
    is_categorical,
    kind_of,
    moments,
    numbers,
    plain,
    require_kind,
    standard,
)
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
    require_kind(values, COMPARABLE, port, "Leave it out of the columns to be cleaned.")
    ready = _ready(values, value, port)
    if is_categorical(values):
        if ready not in values.cat.categories:
            values = values.cat.add_categories([ready])
        return values.fillna(ready)
    match kind_of(values):
        case "integer":
            return _filled_integers(values, ready)
        case "boolean":
            return values.fillna(ready).astype("bool")
        case "datetime":
            return moments(values).fillna(pd.Timestamp(ready))
    return standard(values).fillna(ready)


def _filled_integers(values: pd.Series, ready: int | float) -> pd.Series:
    """Fill integers in their own width where the value fits, else as int64; a fraction makes them double."""
    # Only pandas' own types hold missing integers: UInt8 over uint8.
    dtype = np.dtype(str(values.dtype).lower())
    if isinstance(ready, float):
        return pd.Series(numbers(values), index=values.index, name=values.name).fillna(ready)
    limits = np.iinfo(dtype)
    if not limits.min <= ready <= limits.max:
        return values.astype("Int64").fillna(ready).astype("int64")
    return values.fillna(ready).astype(dtype)


def _ready(values: pd.Series, value: Any, port: str) -> Any:
    kind = kind_of(values)
    if not isinstance(value, str) or kind == "string":
        return value
    try:
        ready = parse_value(value, kind)
        if isinstance(ready, int) and not -(2**63) <= ready < 2**63:
            raise ValueError("beyond 64 bits")
    except ValueError:
        raise InputError(
            f"The replacement value {value!r} cannot be read as {TITLES[kind]}, "
            f"the type of the column {values.name!r} at port {port!r}.",
            code="0002",
            remedy=(
                "Give another 'replacement_value', or clean the columns of each type in a step of its own."
            ),
        ) from None
    return ready


def _rounded(value: float, like: pd.Series) -> Any:
    return as_kind(np.array([value]), plain(like.dropna()).iloc[:1]).iloc[0].item()
