"""What a table holds, column by column: the numbers and histograms of Studio's Visualize pane."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drawloom.table.columns import type_name
from drawloom.table.pieces import standard

BINS = 20
TOP_VALUES = 10
SHOWN_CHARACTERS = 200
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

COUNTED_ROWS = 1_000_000
"""Distinct values are counted in all rows up to so many; in longer columns only where they are few."""

FEW_VALUES = 1_000
"""What a look at `LOOK_ROWS` rows must stay under for all rows of a long column to be counted."""

LOOK_ROWS = 50_000

FEATURE_TYPES = {
    "number": "Numeric Feature",
    "boolean": "Boolean Feature",
    "category": "Categorical Feature",
    "text": "String Feature",
    "datetime": "DateTime Feature",
    "duration": "TimeSpan Feature",
}
"""Studio classic: the names in its Statistics pane."""

Profile = dict[str, Any]
Numbers = npt.NDArray[Any]


def profile(table: pa.Table, sample_rows: int | None = None) -> Profile:
    """Describe every column of a table, in plain JSON values.

    Parameters
    ----------
    table
        Of any Arrow types.
    sample_rows
        Look at no more than so many rows, evenly spaced; None looks at all.

    Returns
    -------
    dict
        ``rows`` (of the whole table), ``sampled_rows`` (None where all were looked at) and ``columns``, a
        list with, for each, ``name``, ``type``, ``kind``, ``feature_type``, ``missing``, ``distinct`` and
        ``distinct_exact`` (False: at least so many, see `COUNTED_ROWS`), and by its kind:

        - number: ``min``, ``max``, ``mean``, ``median``, ``std`` (n - 1), ``quantiles`` and ``histogram``
          (``edges``, one more than ``counts``) of the finite values; ``nan``, ``positive_infinity`` and
          ``negative_infinity`` apart
        - boolean: ``true``, ``false``
        - text and category: ``top`` (value and count, most frequent first), ``lengths`` in characters
        - datetime: ``min``, ``max`` and ``histogram`` as ISO 8601 text
        - duration: as number, in seconds
        - other: ``lengths`` of bytes and lists

        What cannot be computed, such as the mean of nothing, is None.
    """
    sampled = sample_rows is not None and sample_rows < table.num_rows
    table = standard(table)
    looked_at = _evenly(table, sample_rows) if sampled and sample_rows is not None else table
    columns = zip(table.column_names, looked_at.columns, strict=True)
    return {
        "rows": table.num_rows,
        "sampled_rows": looked_at.num_rows if sampled else None,
        "columns": [_profile_column(name, column) for name, column in columns],
    }


def _profile_column(name: str, column: pa.ChunkedArray) -> Profile:
    kind, describe = _kind(column.type)
    return {
        "name": name,
        "type": type_name(column.type),
        "kind": kind,
        "feature_type": FEATURE_TYPES.get(kind, "Other Feature"),
        "missing": column.null_count,
        **describe(_plain(column)),
    }


def _kind(kind: pa.DataType) -> tuple[str, Callable[[pa.ChunkedArray], Profile]]:
    types = pa.types
    if types.is_boolean(kind) or isinstance(kind, pa.Bool8Type):
        return "boolean", _boolean
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number", _number
    if types.is_timestamp(kind) or types.is_date(kind):
        return "datetime", _datetime
    if types.is_duration(kind):
        return "duration", _duration
    if types.is_large_string(kind):
        return "text", _text
    if types.is_dictionary(kind):
        return "category", _category
    return "other", _other


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give the column in the type its kind is computed in."""
    kind = column.type
    if isinstance(kind, pa.Bool8Type):
        return column.cast(pa.bool_())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("s" if pa.types.is_date32(kind) else "ms"))
    return column


def _number(column: pa.ChunkedArray) -> Profile:
    values = _numpy(column)
    apart = {"nan": 0, "positive_infinity": 0, "negative_infinity": 0}
    distinct = _distinct(column)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        apart["nan"] = int(np.isnan(values).sum())
        apart["positive_infinity"] = int((values == np.inf).sum())
        apart["negative_infinity"] = int((values == -np.inf).sum())
        distinct["distinct"] -= apart["nan"] > 0
        values = values[np.isfinite(values)]
    return distinct | _statistics(values) | apart


def _duration(column: pa.ChunkedArray) -> Profile:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
    return _distinct(column) | _statistics(_numpy(column.cast(pa.int64())) / per_second)


def _boolean(column: pa.ChunkedArray) -> Profile:
    true = pc.sum(column).as_py() or 0
    false = len(column) - column.null_count - true
    return {"distinct": (true > 0) + (false > 0), "distinct_exact": True, "true": true, "false": false}


def _text(column: pa.ChunkedArray) -> Profile:
    return _top(column) | {"lengths": _lengths(pc.utf8_length(column))}


def _category(column: pa.ChunkedArray) -> Profile:
    return _top(column) | {"lengths": None}


def _datetime(column: pa.ChunkedArray) -> Profile:
    counts = _numpy(column.cast(pa.int64()))
    described: Profile = {**_distinct(column), "min": None, "max": None, "histogram": None}
    if not counts.size:
        return described
    first, last = int(counts.min()), int(counts.max())
    _, bins = _histogram(counts, first, last)
    steps = [first + (last - first) * i // len(bins) for i in range(len(bins) + 1)]
    edges = _iso(pa.array(steps, pa.int64()).cast(column.type))
    return described | {
        "min": edges[0],
        "max": edges[-1],
        "histogram": {"edges": edges, "counts": bins},
    }


def _other(column: pa.ChunkedArray) -> Profile:
    described: Profile = {"distinct": None, "distinct_exact": False, "lengths": None}
    types, kind = pa.types, column.type
    if types.is_null(kind):
        return described | {"distinct": 0, "distinct_exact": True}
    if types.is_time(kind):
        return _distinct(column) | {"lengths": None}
    if types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _distinct(column) | {"lengths": _lengths(pc.binary_length(column))}
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return described | {"lengths": _lengths(pc.list_value_length(column))}
    return described


def _statistics(values: Numbers) -> Profile:
    """Describe numbers that are all finite."""
    names = ("min", "max", "mean", "median", "std", "quantiles", "histogram")
    if not values.size:
        return dict.fromkeys(names)
    first, last = values.min().item(), values.max().item()
    # Numbers near the end of the double's range overflow; what does is None.
    with np.errstate(all="ignore"):
        quantiles = [_finite(q) for q in np.quantile(values, QUANTILES)]
        mean = _finite(values.mean(dtype=np.float64))
        deviation = _finite(values.std(ddof=1, dtype=np.float64)) if values.size > 1 else None
    edges, counts = _histogram(values, first, last)
    return {
        "min": first,
        "max": last,
        "mean": mean,
        "median": quantiles[QUANTILES.index(0.5)],
        "std": deviation,
        "quantiles": dict(zip(map(str, QUANTILES), quantiles, strict=True)),
        "histogram": {"edges": edges, "counts": counts},
    }


def _histogram(values: Numbers, first: float, last: float) -> tuple[list[float], list[int]]:
    """Count in bins of equal width; few whole numbers get a bin each, a single value one bin."""
    if first == last:
        return [first, last], [int(values.size)]
    bins, low, high = BINS, float(first), float(last)
    if values.dtype.kind in "iu" and last - first < BINS:
        bins, low, high = int(last - first) + 1, first - 0.5, last + 0.5
    # Halved, the widest range of doubles is a double.
    scale = 1.0 if math.isfinite(high - low) else 0.5
    try:
        counts, edges = np.histogram(
            values * scale if scale < 1 else values, bins, (low * scale, high * scale)
        )
    except ValueError:
        # So narrow that no twenty doubles lie between.
        return [first, last], [int(values.size)]
    return [float(edge) / scale for edge in edges], counts.tolist()


def _distinct(column: pa.ChunkedArray) -> Profile:
    counted = _counted(column)
    return {"distinct": pc.count_distinct(counted).as_py(), "distinct_exact": counted is column}


def _top(column: pa.ChunkedArray) -> Profile:
    counted = _counted(column)
    present = pc.drop_null(counted)
    found = pc.value_counts(present)
    order = pc.select_k_unstable(found.field("counts"), TOP_VALUES, sort_keys=[("counts", "descending")])
    top = found.take(order).to_pylist()
    return {
        "distinct": len(found),
        "distinct_exact": counted is column,
        "top": [{"value": _shown(entry["values"]), "count": entry["counts"]} for entry in top],
    }


def _counted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give what is counted of a column: all of it, unless it is long and has many values."""
    if len(column) <= COUNTED_ROWS or len(pc.unique(_evenly(column, LOOK_ROWS))) <= FEW_VALUES:
        return column
    return _evenly(column, COUNTED_ROWS)


def _evenly(rows: Any, wanted: int) -> Any:
    """Take so many rows of a table or column, evenly spaced."""
    return rows.take(pa.array(np.arange(wanted, dtype=np.int64) * len(rows) // max(wanted, 1)))


def _lengths(lengths: pa.ChunkedArray) -> Profile:
    ends = pc.min_max(lengths).as_py()
    return {"min": ends["min"], "max": ends["max"], "mean": pc.mean(lengths).as_py()}


def _numpy(column: pa.ChunkedArray) -> Numbers:
    values: Numbers = (pc.drop_null(column) if column.null_count else column).to_numpy()
    return values


def _iso(moments: pa.Array) -> list[str]:
    if moments.type.tz:
        moments = moments.cast(pa.timestamp(moments.type.unit, "UTC"))
    return [text.replace(" ", "T") for text in moments.cast(pa.string()).to_pylist()]


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _shown(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
