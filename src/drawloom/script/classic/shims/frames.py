"""Methods of DataFrame and Series."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


class _Ix:
    """`.ix`: labels where the axis holds whole numbers; else whole numbers are positions, the rest labels.

    As pandas had it until 1.0: on an axis of whole numbers everything is a label, and slices include their
    end; on any other a whole number that is no label is a position.
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self._data.index, pd.MultiIndex):
            return self._data.loc[key]
        if isinstance(key, tuple) and isinstance(self._data, pd.DataFrame):
            return self._data.loc[tuple(map(_labels, key, self._data.axes))]
        return self._data.loc[_labels(key, self._data.index)]

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, tuple) and isinstance(self._data, pd.DataFrame):
            key = tuple(map(_labels, key, self._data.axes))
        else:
            key = _labels(key, self._data.index)
        self._data.loc[key] = value


def _labels(key: Any, axis: pd.Index) -> Any:
    """Turn the positions in a key into the labels of an axis."""
    if isinstance(axis, pd.MultiIndex) or pd.api.types.is_integer_dtype(axis.dtype):
        return key
    if isinstance(key, slice):
        if all(part is None or _position(part) for part in (key.start, key.stop)) and not (
            pd.api.types.is_float_dtype(axis.dtype)
        ):
            return axis[key]
        return key
    if _position(key):
        return key if key in axis else axis[key]
    if isinstance(key, list | tuple | np.ndarray) and len(key) and all(_position(part) for part in key):
        return key if all(part in axis for part in key) else axis[list(key)]
    return key


def _position(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


@property  # type: ignore[misc]
def ix(self: Any) -> _Ix:
    """Give the indexer."""
    return _Ix(self)


def as_matrix(self: Any, columns: Any = None) -> Any:
    """Give the values."""
    return (self if columns is None else self[columns]).to_numpy()


def get_values(self: Any) -> Any:
    """Give the values."""
    return self.to_numpy()


def sort(self: Any, columns: Any = None, axis: Any = 0, ascending: Any = True, **kwargs: Any) -> Any:
    """Sort by columns, or by the index if none is named."""
    if columns is None:
        return self.sort_index(axis=axis, ascending=ascending, **kwargs)
    columns = list(columns) if isinstance(columns, tuple) else columns
    return self.sort_values(columns, axis=axis, ascending=ascending, **kwargs)


def series_sort(
    self: Any, axis: Any = 0, ascending: bool = True, kind: str = "quicksort", **kwargs: Any
) -> Any:
    """Sort in place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 4 will have no inplace
        return self.sort_values(ascending=ascending, kind=kind, **{"inplace": True, **kwargs})


def order(self: Any, na_last: Any = None, ascending: bool = True, **kwargs: Any) -> Any:
    """Give it sorted."""
    if na_last is not None:
        kwargs["na_position"] = "last" if na_last else "first"
    return self.sort_values(ascending=ascending, **kwargs)


def sortlevel(self: Any, level: Any = 0, axis: Any = 0, ascending: bool = True, **kwargs: Any) -> Any:
    """Sort by a level of the index."""
    return self.sort_index(level=level, axis=axis, ascending=ascending, **kwargs)


def append(
    self: Any, other: Any, ignore_index: bool = False, verify_integrity: bool = False, sort: bool = False
) -> Any:
    """Give it with the rows of another, of several, or with one row from a Series or dict."""
    if isinstance(self, pd.DataFrame):
        if isinstance(other, dict):
            if not ignore_index:
                raise TypeError("Can only append a dict if ignore_index=True")
            other = pd.Series(other)
        if isinstance(other, pd.Series):
            if other.name is None and not ignore_index:
                raise TypeError("Can only append a Series if ignore_index=True or if the Series has a name")
            other = other.to_frame().T.infer_objects()
        elif isinstance(other, list) and other and not isinstance(other[0], pd.DataFrame):
            other = pd.DataFrame(other)
    parts = [self, *other] if isinstance(other, list | tuple) else [self, other]
    return pd.concat(parts, ignore_index=ignore_index, verify_integrity=verify_integrity, sort=sort)


def set_value(self: Any, index: Any, *rest: Any, **kwargs: Any) -> Any:
    """Set one cell and give the table."""
    takeable = kwargs.pop("takeable", False)
    names = ("col", "value") if isinstance(self, pd.DataFrame) else ("value",)
    given = dict(zip((*names, "takeable"), rest, strict=False)) | kwargs
    takeable = given.pop("takeable", takeable)
    key = (index, given["col"]) if isinstance(self, pd.DataFrame) else index
    (self.iat if takeable else self.at)[key] = given["value"]
    return self


def get_value(self: Any, index: Any, col: Any = None, takeable: bool = False) -> Any:
    """Give one cell."""
    key = (index, col) if isinstance(self, pd.DataFrame) else index
    return (self.iat if takeable else self.at)[key]


def irow(self: Any, i: Any) -> Any:
    """Give the row at a position."""
    return self.iloc[i]


def icol(self: Any, i: Any) -> Any:
    """Give the column at a position."""
    return self.iloc[:, i]


iget = irow


def iteritems(self: Any) -> Any:
    """Give pairs of label and column, or label and value."""
    return self.items()


def convert_objects(
    self: Any,
    convert_dates: Any = True,
    convert_numeric: bool = False,
    convert_timedeltas: Any = True,
    copy: bool = True,
) -> Any:
    """Find better types for columns of objects; of text too if numbers are asked for."""
    if isinstance(self, pd.Series):
        return convert_objects(self.to_frame("x"), convert_dates, convert_numeric)["x"].rename(self.name)
    converted = self.infer_objects()
    for name in converted.columns if convert_numeric else ():
        column = converted[name]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            numbers = pd.to_numeric(column, errors="coerce")
            if numbers.notna().any():
                converted[name] = numbers
    return converted


@classmethod  # type: ignore[misc]
def from_csv(
    cls: Any,
    path: Any,
    header: Any = 0,
    sep: str = ",",
    index_col: Any = 0,
    parse_dates: Any = True,
    **kwargs: Any,
) -> Any:
    """Read a file whose first column is the index."""
    frame = pd.read_csv(path, header=header, sep=sep, index_col=index_col, parse_dates=parse_dates, **kwargs)
    return frame.iloc[:, 0] if issubclass(cls, pd.Series) else frame


@classmethod  # type: ignore[misc]
def from_items(cls: Any, items: Any, columns: Any = None, orient: str = "columns") -> Any:
    """Make a table of pairs of name and values."""
    return cls.from_dict(dict(items), orient=orient, columns=columns)


@classmethod  # type: ignore[misc]
def from_array(
    cls: Any, arr: Any, index: Any = None, name: Any = None, dtype: Any = None, copy: bool = False
) -> Any:
    """Make a Series of an array."""
    return cls(arr, index=index, name=name, dtype=dtype, copy=copy)


def mad(self: Any, axis: Any = None, skipna: bool = True) -> Any:
    """Give the mean absolute deviation from the mean."""
    if isinstance(self, pd.DataFrame):
        numbers = self.select_dtypes("number")
        axis = 0 if axis is None else axis
        other: Any = 0 if axis in (1, "columns") else 1
        return numbers.sub(numbers.mean(axis=axis), axis=other).abs().mean(axis=axis)
    return (self - self.mean()).abs().mean()


def applymap(self: Any, func: Any, na_action: Any = None, **kwargs: Any) -> Any:
    """Apply a function to each cell."""
    return self.map(func, na_action, **kwargs)


def lookup(self: Any, row_labels: Any, col_labels: Any) -> Any:
    """Give a cell for each pair of row and column."""
    return self.to_numpy()[self.index.get_indexer(row_labels), self.columns.get_indexer(col_labels)]


def get_dtype_counts(self: Any) -> Any:
    """Count the columns of each type."""
    return self.dtypes.astype(str).value_counts()


def _ignore(self: Any, value: Any) -> None:
    """Take a flag that nothing reads any more."""


is_copy = property(lambda self: None, _ignore)


@property  # type: ignore[misc]
def blocks(self: Any) -> dict[str, Any]:
    """Give the columns of each type."""
    return {str(dtype): self.loc[:, self.dtypes == dtype] for dtype in self.dtypes.unique()}


def tshift(self: Any, periods: int = 1, freq: Any = None, axis: Any = 0) -> Any:
    """Shift the index."""
    return self.shift(periods, freq="infer" if freq is None else freq)


def clip_lower(self: Any, threshold: Any, axis: Any = None) -> Any:
    """Raise what is below."""
    return self.clip(lower=threshold, axis=axis)


def clip_upper(self: Any, threshold: Any, axis: Any = None) -> Any:
    """Lower what is above."""
    return self.clip(upper=threshold, axis=axis)


def reindex_axis(self: Any, labels: Any, axis: Any = 0, **kwargs: Any) -> Any:
    """Bring an axis to labels."""
    return self.reindex(labels, axis=axis, **kwargs)


def pad(self: Any, **kwargs: Any) -> Any:
    """Fill forward."""
    return self.ffill(**kwargs)


def backfill(self: Any, **kwargs: Any) -> Any:
    """Fill backward."""
    return self.bfill(**kwargs)


def swapaxes(self: Any, axis1: Any, axis2: Any) -> Any:
    """Turn rows into columns, unless both axes are the same."""
    names = {"index": 0, "columns": 1}
    return self.copy() if names.get(axis1, axis1) == names.get(axis2, axis2) else self.T


def valid(self: Any, **kwargs: Any) -> Any:
    """Give what is not missing."""
    return self.dropna(**kwargs)


def nonzero(self: Any) -> Any:
    """Give the positions of what is not zero."""
    return self.to_numpy().nonzero()


def ravel(self: Any, order: str = "C") -> Any:
    """Give the values."""
    return self.to_numpy().ravel(order)


def reshape(self: Any, *shape: Any, **kwargs: Any) -> Any:
    """Give the values in another shape."""
    return self.to_numpy().reshape(*shape, **kwargs)


def ptp(self: Any) -> Any:
    """Give the range."""
    return self.max() - self.min()


is_monotonic = property(lambda self: self.is_monotonic_increasing)
weekday_name = property(lambda self: self.day_name())
week = property(lambda self: self.isocalendar().week if hasattr(self, "isocalendar") else None)


def fillna(today: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """`fillna(method="ffill")`."""
    if "method" not in kwargs:
        return NotImplemented
    method = kwargs.pop("method")
    if method is None:
        return today(self, *args, **kwargs)
    if args and args[0] is None:
        args = args[1:]
    kwargs.pop("value", None)
    return getattr(self, {"pad": "ffill", "backfill": "bfill"}.get(method, method))(*args, **kwargs)


def resample(today: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """`resample("M", how="mean")`."""
    how, method = kwargs.pop("how", None), kwargs.pop("fill_method", None)
    if how is None and method is None and len(args) < 2:
        return NotImplemented
    if len(args) > 1 and how is None:
        how, args = args[1], (args[0], *args[2:])
    grouped = today(self, *args, **kwargs)
    if how is None and method is not None:
        return getattr(grouped, {"pad": "ffill", "backfill": "bfill"}.get(method, method))()
    done = grouped.ohlc() if how == "ohlc" else grouped.agg(how)
    return (
        done if method is None else getattr(done, {"pad": "ffill", "backfill": "bfill"}.get(method, method))()
    )


def take_last(today: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """`drop_duplicates(take_last=True)`."""
    if "take_last" not in kwargs:
        return NotImplemented
    kwargs["keep"] = "last" if kwargs.pop("take_last") else "first"
    return today(self, *args, **kwargs)


def sort_index_by(today: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """`sort_index(by="a")`."""
    if kwargs.get("by") is None:
        return NotImplemented
    return self.sort_values(kwargs.pop("by"), *args, **kwargs)


def series_apply(today: Callable[..., Any], self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
    """`Series.apply(np.log, axis=1)`: a Series has one axis, and NumPy's functions were called without it."""
    if "axis" not in kwargs or not isinstance(func, np.ufunc):
        return NotImplemented
    del kwargs["axis"]
    return today(self, func, *args, **kwargs)
