"""Hypothesis strategies: a column of every type that crosses the bridge and comes back as it was.

`COLUMNS` maps the name of a type, as `docs/bridge.md` lists it, to a function that takes a number of rows and
gives a strategy of series. `frames()` gives whole frames. `assert_same` compares to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

Column = Callable[[int], st.SearchStrategy[pd.Series]]

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
FIXED_ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "+05:30")
UNITS = ("s", "ms", "us", "ns")
# Some 580 years around 1970 can be told in nanoseconds, less a day for time zones.
TICKS = st.integers(-(2**63) + 10**14, 2**63 - 10**14)
SECONDS = st.integers(-(2**33), 2**33)


def _cells(rows: int, cell: st.SearchStrategy[Any], missing: object = ...) -> st.SearchStrategy[list[Any]]:
    if missing is not ...:
        cell = st.one_of(cell, st.just(missing))
    return st.lists(cell, min_size=rows, max_size=rows)


def _numpy(dtype: str, cell: st.SearchStrategy[Any]) -> Column:
    return lambda rows: _cells(rows, cell).map(lambda cells: pd.Series(np.array(cells, dtype)))


def _pandas(dtype: Any, cell: st.SearchStrategy[Any], missing: object = None) -> Column:
    return lambda rows: _cells(rows, cell, missing).map(lambda cells: pd.Series(pd.array(cells, dtype=dtype)))


def _objects(cell: st.SearchStrategy[Any]) -> Column:
    return lambda rows: _cells(rows, cell, None).map(lambda cells: pd.Series(cells, dtype=object))


def _category(categories: st.SearchStrategy[Any]) -> Column:
    def column(rows: int) -> st.SearchStrategy[pd.Series]:
        @st.composite
        def build(draw: st.DrawFn) -> pd.Series:
            words = draw(categories)
            codes = draw(_cells(rows, st.integers(-1, len(words) - 1)))
            ordered = draw(st.booleans())
            dtype = pd.CategoricalDtype(words, ordered=ordered)
            return pd.Series(pd.Categorical.from_codes(np.array(codes, "i8"), dtype=dtype))

        return build()

    return column


def _times(dtype: str) -> Column:
    nat = np.iinfo("i8").min
    ticks = TICKS if "ns" in dtype else SECONDS
    return lambda rows: _cells(rows, ticks, nat).map(
        lambda cells: pd.Series(np.array(cells, "i8").view(dtype))
    )


def _zoned(unit: str, zone: str) -> Column:
    def zoned(naive: pd.Series) -> pd.Series:
        return naive.dt.tz_localize("UTC").dt.tz_convert(zone)

    return lambda rows: _times(f"M8[{unit}]")(rows).map(zoned)


def _integers(name: str) -> st.SearchStrategy[int]:
    info = np.iinfo(name.lower())
    return st.integers(int(info.min), int(info.max))


def _words(cell: st.SearchStrategy[Any], dtype: str) -> st.SearchStrategy[pd.Index]:
    return st.lists(cell, max_size=5, unique=True).map(lambda words: pd.Index(words, dtype=dtype))


def _breaks(cell: st.SearchStrategy[Any], dtype: str) -> st.SearchStrategy[pd.IntervalIndex]:
    closed = st.sampled_from(["left", "right", "both", "neither"])
    edges = st.lists(cell, min_size=2, max_size=5, unique=True).map(sorted)
    return st.builds(
        lambda some, sides: pd.IntervalIndex.from_breaks(pd.Index(some).astype(dtype), closed=sides),
        edges,
        closed,
    )


def _intervals(rows: int) -> st.SearchStrategy[pd.Series]:
    edge = st.floats(-1e6, 1e6)
    pair = st.tuples(edge, edge).map(sorted).map(tuple)
    return _cells(rows, pair, np.nan).map(
        lambda pairs: pd.Series(
            pd.arrays.IntervalArray.from_tuples(pairs, closed="left", dtype="interval[float64, left]")
        )
    )


_signed = ["int8", "int16", "int32", "int64"]
_unsigned = ["uint8", "uint16", "uint32", "uint64"]

COLUMNS: dict[str, Column] = {
    **{f"float{bits}": _numpy(f"f{bits // 8}", st.floats(width=bits)) for bits in (16, 32, 64)},
    **{name: _numpy(name, _integers(name)) for name in _signed + _unsigned},
    **{name: _pandas(name, _integers(name)) for name in ("Int8", "Int16", "Int32", "Int64")},
    **{name: _pandas(name, _integers(name)) for name in ("UInt8", "UInt16", "UInt32", "UInt64")},
    "Float32": _pandas("Float32", st.floats(width=32, allow_nan=False)),
    "Float64": _pandas("Float64", st.floats(allow_nan=False)),
    "bool": _numpy("bool", st.booleans()),
    "boolean": _pandas("boolean", st.booleans()),
    "complex64": _numpy("complex64", st.complex_numbers(width=64)),
    "complex128": _numpy("complex128", st.complex_numbers()),
    "str": _pandas("str", TEXT),
    "string": _pandas(pd.StringDtype("pyarrow"), TEXT),
    "string[python]": _pandas(pd.StringDtype("python"), TEXT),
    **{f"datetime64[{unit}]": _times(f"M8[{unit}]") for unit in UNITS},
    **{f"timedelta64[{unit}]": _times(f"m8[{unit}]") for unit in UNITS},
    **{f"datetime64[{unit}, {zone}]": _zoned(unit, zone) for unit in UNITS for zone in FIXED_ZONES},
    "category of text": _category(_words(TEXT, "str")),
    "category of int64": _category(_words(_integers("int64"), "int64")),
    "category of float64": _category(_words(st.floats(allow_nan=False), "float64")),
    "category of bool": _category(_words(st.booleans(), "bool")),
    "category of Int16": _category(_words(_integers("int16"), "Int16")),
    "category of dates with times": _category(_words(SECONDS, "datetime64[us]")),
    "category of dates": _category(_words(st.dates(), "object").filter(len)),
    "category of float intervals": _category(_breaks(st.floats(-1e9, 1e9), "float64")),
    "category of int intervals": _category(_breaks(st.integers(-1000, 1000), "int64")),
    "category of time intervals": _category(_breaks(SECONDS, "datetime64[us]")),
    "period[M]": _pandas("period[M]", st.integers(-2000, 2000).map(lambda n: pd.Period(ordinal=n, freq="M"))),
    "period[D]": _pandas(
        "period[D]", st.integers(-90000, 90000).map(lambda n: pd.Period(ordinal=n, freq="D"))
    ),
    "interval[float64, left]": _intervals,
    "objects: date": _objects(st.dates()),
    "objects: time": _objects(st.times()),
    "objects: Decimal": _objects(st.decimals(-(10**15), 10**15, places=3)),
    "objects: bytes": _objects(st.binary(max_size=6)),
    "objects: whole numbers beyond 64 bits": _objects(st.integers(2**64, 10**76 - 1)),
    "objects: list": _objects(st.lists(_integers("int64"), max_size=3)),
    "objects: list of list": _objects(st.lists(st.lists(TEXT, max_size=2), min_size=1, max_size=2)),
    "objects: dict": _objects(st.fixed_dictionaries({"a": st.integers(0, 9), "b": TEXT})),
    "objects: nothing but missing": _objects(st.none()),
    "Arrow int64": _pandas(pd.ArrowDtype(pa.int64()), _integers("int64")),
    "Arrow decimal": _pandas(pd.ArrowDtype(pa.decimal128(9, 2)), st.decimals(-9999, 9999, places=2)),
    "Arrow string": _pandas(pd.ArrowDtype(pa.string()), TEXT),
}


@st.composite
def frames(draw: st.DrawFn, names: Sequence[str] = tuple(COLUMNS), max_rows: int = 12) -> pd.DataFrame:
    """Frames of up to eight columns of any of the types named, all of one length, under unique names."""
    rows = draw(st.integers(0, max_rows))
    kinds = draw(st.lists(st.sampled_from(list(names)), max_size=8))
    labels = draw(st.lists(TEXT, min_size=len(kinds), max_size=len(kinds), unique=True))
    columns = {label: draw(COLUMNS[kind](rows)) for label, kind in zip(labels, kinds, strict=True)}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    frame.columns = pd.Index(labels, dtype="str")
    return frame


def assert_same(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Compare names, types, cells and missing values, floating-point numbers by their bits."""
    assert list(before.columns) == list(after.columns)
    assert len(before) == len(after)
    for place in range(before.shape[1]):
        _assert_same_column(before.iloc[:, place], after.iloc[:, place])


def _assert_same_column(before: pd.Series, after: pd.Series) -> None:
    assert before.dtype == after.dtype
    pd.testing.assert_series_equal(before.isna(), after.isna())
    here = ~before.isna()
    one, other = before[here], after[here]
    if before.dtype == object:
        assert [(type(cell), cell) for cell in one] == [(type(cell), cell) for cell in other]
    elif isinstance(before.dtype, np.dtype) and before.dtype.kind in "fc":
        assert one.to_numpy().tobytes() == other.to_numpy().tobytes()
    else:
        pd.testing.assert_series_equal(one, other, check_exact=True)
