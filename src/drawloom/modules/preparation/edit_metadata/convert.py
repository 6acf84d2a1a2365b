"""From one column type to another (worker side)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import TITLES, as_kind, kind_of, moments, numbers
from drawloom.modules.values import parse_value

_KINDS = {"floating-point": "double"}
_NEVER = {
    ("boolean", "datetime"),
    ("timespan", "datetime"),
    ("datetime", "timespan"),
    ("boolean", "timespan"),
}
_LARGEST = 2.0**63


def convert(values: pd.Series, data_type: str, port: str) -> pd.Series:
    """Convert a column; missing stays missing.

    Numbers become whole by rounding half to even, as .NET's conversion did. Dates and time spans are seconds
    as numbers (dates since 1970), and the other way round. Text is read as
    `drawloom.modules.values.parse_value` says.

    Parameters
    ----------
    values
        Not categorical.
    data_type
        ``string``, ``integer``, ``floating-point``, ``boolean``, ``datetime`` or ``timespan``.
    port
        For errors.

    Raises
    ------
    InputError
        0042 where the two types have nothing in common, 0139 naming the first row that cannot be converted.
    """
    here, wanted = kind_of(values), _KINDS.get(data_type, data_type)
    if here == wanted:
        return moments(values) if wanted == "datetime" else values
    if (here, wanted) in _NEVER or here == "object":
        raise InputError(
            f"The column {values.name!r} at port {port!r} has the type {TITLES[here]}, "
            f"which cannot become {TITLES[wanted]}.",
            code="0042",
            remedy="Choose another data type, or convert it in a script.",
        )
    if wanted == "string":
        return _texts(values, here)
    if here == "string":
        values = _read(values, wanted, port)
        here = kind_of(values)
        if here == wanted:
            return values
    return _from_numbers(_as_numbers(values, here), values, wanted, port)


def _texts(values: pd.Series, here: str) -> pd.Series:
    if here == "datetime":
        values = moments(values)
    return values.astype("str")


def _read(values: pd.Series, wanted: str, port: str) -> pd.Series:
    """Read text: to booleans, dates and spans directly, to numbers as float64 or as exact whole numbers."""
    read: list[Any] = []
    for row, text in enumerate(values):
        if pd.isna(text):
            read.append(None)
            continue
        try:
            read.append(parse_value(str(text), wanted) if str(text).strip() or wanted != "boolean" else False)
        except (ValueError, OverflowError):
            raise _at_row(values, row, wanted, port) from None
    if wanted == "integer" and all(isinstance(each, int) for each in read if each is not None):
        whole = pd.Series(_exact(values, read, port), index=values.index, name=values.name)
        return whole if whole.isna().any() else whole.astype("int64")
    if wanted in ("integer", "double"):
        return pd.Series(np.array(read, dtype=np.float64), index=values.index, name=values.name)
    if wanted == "datetime":
        stamps = pd.to_datetime(
            pd.Series(read, index=values.index, name=values.name, dtype="object"), utc=True
        )
        return moments(stamps)
    if wanted == "timespan":
        return pd.Series(read, index=values.index, name=values.name, dtype="timedelta64[us]")
    flags = pd.Series(read, index=values.index, name=values.name, dtype="boolean")
    return flags if flags.isna().any() else flags.astype("bool")


def _exact(values: pd.Series, read: list[int | None], port: str) -> pd.api.extensions.ExtensionArray:
    for row, number in enumerate(read):
        if number is not None and not -_LARGEST <= number < _LARGEST:
            raise _at_row(values, row, "integer", port)
    return pd.array(read, dtype="Int64")


def _as_numbers(values: pd.Series, here: str) -> pd.Series:
    """Give numbers and booleans as float64, dates and spans as seconds."""
    if here in ("datetime", "timespan"):
        spans: Any = moments(values) - pd.Timestamp(0) if here == "datetime" else values
        seconds: pd.Series = spans.dt.total_seconds()
        return seconds
    return pd.Series(numbers(values), index=values.index, name=values.name)


def _from_numbers(floats: pd.Series, values: pd.Series, wanted: str, port: str) -> pd.Series:
    if wanted == "double":
        return floats
    if wanted == "boolean":
        truth = pd.Series(np.where(floats.isna(), np.nan, floats != 0), index=floats.index, name=floats.name)
        return as_kind(numbers(truth), _empty_of("bool", floats))
    largest = _LARGEST / 1e6 if wanted in ("datetime", "timespan") else _LARGEST
    outside = (floats.abs() >= largest).to_numpy()
    if outside.any():
        raise _at_row(values, int(outside.argmax()), wanted, port)
    if wanted == "integer":
        return as_kind(numbers(floats), _empty_of("int64", floats))
    spans = pd.Series(pd.to_timedelta(floats, unit="s").dt.as_unit("us"), name=floats.name)
    return spans if wanted == "timespan" else pd.Timestamp(0) + spans


def _empty_of(dtype: str, like: pd.Series) -> pd.Series:
    return pd.Series(np.zeros(len(like), dtype=dtype), index=like.index, name=like.name)


def _at_row(values: pd.Series, row: int, wanted: str, port: str) -> InputError:
    return InputError(
        f"The value {values.iloc[row]!r} in row {row + 1} of the column {values.name!r} at port {port!r} "
        "cannot become "
        f"{TITLES[wanted]}.",
        code="0139",
        remedy="Mend the value, or make it missing first.",
    )
