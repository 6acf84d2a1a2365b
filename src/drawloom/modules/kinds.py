"""The types of columns in Studio's words (worker side)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from drawloom.errors import InputError

Kind = Literal["integer", "double", "boolean", "string", "datetime", "timespan", "object"]

TITLES: dict[str, str] = {
    "integer": "Integer",
    "double": "Double",
    "boolean": "Boolean",
    "string": "String",
    "datetime": "DateTime",
    "timespan": "TimeSpan",
    "object": "Object",
}
NUMERIC = ("integer", "double")
COMPARABLE = ("integer", "double", "boolean", "string", "datetime", "timespan")
"""Every type but cells that are lists, bytes or mixtures."""

_INFERRED: dict[str, Kind] = {
    "string": "string",
    "empty": "string",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "double",
    "mixed-integer-float": "double",
    "decimal": "double",
    "date": "datetime",
    "datetime": "datetime",
    "datetime64": "datetime",
    "timedelta": "timespan",
    "timedelta64": "timespan",
}


def is_categorical(values: pd.Series) -> bool:
    """Tell whether the column is marked categorical."""
    return isinstance(values.dtype, pd.CategoricalDtype)


def plain(values: pd.Series) -> pd.Series:
    """Give a categorical column as its underlying values, any other as it is."""
    if not is_categorical(values):
        return values
    categories = values.cat.categories
    dtype = categories.dtype
    if values.isna().any():
        dtype = _with_missing(dtype)
    return values.astype(dtype)


def kind_of(values: pd.Series) -> Kind:
    """Give the type of a column; of a categorical one, the type of its categories."""
    dtype = values.cat.categories.dtype if is_categorical(values) else values.dtype
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_integer_dtype(dtype):
        return "integer"
    if types.is_float_dtype(dtype):
        return "double"
    if isinstance(dtype, pd.StringDtype):
        return "string"
    if types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if types.is_timedelta64_dtype(dtype):
        return "timespan"
    content = values.cat.categories if is_categorical(values) else values
    return _INFERRED.get(types.infer_dtype(content, skipna=True), "object")


def numbers(values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give a numeric or boolean column as float64, missing as NaN: shape (rows,), never a view."""
    return plain(values).to_numpy(dtype=np.float64, na_value=np.nan, copy=True)


def moments(values: pd.Series) -> pd.Series:
    """Give a date-time column as datetime64 without a zone: an aware one in UTC, plain dates at midnight."""
    found = pd.to_datetime(plain(values))
    return found.dt.tz_convert("UTC").dt.tz_localize(None) if found.dt.tz is not None else found


def standard(values: pd.Series) -> pd.Series:
    """Give a column in the one dtype of its type: decimals as float64, dates as datetime64 without a zone."""
    kind = kind_of(values)
    if kind == "datetime":
        return moments(values)
    if kind in NUMERIC and plain(values).dtype == object:
        return pd.Series(numbers(values), index=values.index, name=values.name)
    return plain(values)


def with_missing(values: pd.Series) -> pd.Series:
    """Give the column in a type that can hold missing values without changing the others (Int64, boolean)."""
    if is_categorical(values):
        return values
    return values.astype(_with_missing(values.dtype))


def as_kind(values: np.ndarray[Any, np.dtype[np.float64]], like: pd.Series) -> pd.Series:
    """Give float64 results back in the type of the column they came from.

    Parameters
    ----------
    values
        Shape (rows,), missing as NaN. For an integer or boolean column they are rounded half to even (Studio
        classic: a mean is "rounded back to the original type").
    like
        The column whose name, index and type the result takes.
    """
    kind = kind_of(like)
    result = pd.Series(values, index=like.index, name=like.name)
    if kind == "integer":
        whole = result.round().astype("Int64")
        return whole if whole.isna().any() else whole.astype("int64")
    if kind == "boolean":
        flags = result.round().clip(0, 1).astype("boolean")
        return flags if flags.isna().any() else flags.astype("bool")
    return result


def require_kind(values: pd.Series, wanted: tuple[str, ...], port: str, remedy: str) -> None:
    """Refuse a column of another type.

    Raises
    ------
    InputError
        0017, naming the column, its type, the port and the remedy.
    """
    kind = kind_of(values)
    if kind not in wanted:
        raise InputError(
            f"The column {values.name!r} at port {port!r} has the type {TITLES[kind]}; "
            f"this needs {' or '.join(TITLES[each] for each in wanted)}.",
            code="0017",
            remedy=remedy,
        )


def require_numeric(values: pd.Series, port: str) -> None:
    """Refuse a column that is not a number, as `require_kind` does."""
    require_kind(
        values, NUMERIC, port, "Leave it out of the column selection, or convert it with edit-metadata."
    )


def _with_missing(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype):
        if dtype.kind == "b":
            return pd.BooleanDtype()
        if dtype.kind in "iu":
            return pd.api.types.pandas_dtype(dtype.name.replace("int", "Int").replace("u", "U"))
    return dtype
