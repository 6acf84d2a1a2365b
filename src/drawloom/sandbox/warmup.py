"""The warm-up: small jobs of many kinds, so that the first pages a script writes are already its own.

Copy-on-write faults are most of what a forked child pays for its first pandas call. Each step is a
few milliseconds at most; the child looks for work between them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any


def steps() -> Iterator[Callable[[], object]]:
    """Give the steps that suit what the zygote has imported."""
    pandas: Any = sys.modules.get("pandas")
    numpy: Any = sys.modules.get("numpy")
    if pandas is None or numpy is None:
        return
    frame = pandas.DataFrame(
        {
            "k": ["a", "b", "c", "d"] * 25,
            "i": numpy.arange(100),
            "x": numpy.linspace(0.0, 1.0, 100),
            "y": numpy.linspace(1.0, 0.0, 100),
            "b": numpy.arange(100) % 2 == 0,
        }
    )
    frame["t"] = pandas.to_datetime("2026-01-01") + pandas.to_timedelta(frame["i"], unit="D")
    other = frame[["k", "x"]].head(4).rename(columns={"x": "z"})
    yield lambda: frame.assign(s=frame["x"] + frame["y"] * 2)["s"].mean()
    yield lambda: frame.groupby("k")[["x", "y"]].agg(["mean", "sum"])
    yield lambda: frame[frame["x"] > 0.5].sort_values("y").reset_index(drop=True)
    yield lambda: frame.merge(other, on="k", how="left")
    yield lambda: frame.pivot_table(index="k", columns="b", values="x")
    yield lambda: frame.describe()
    yield lambda: frame["k"].str.upper().str.cat(frame["k"]).value_counts()
    yield lambda: frame["t"].dt.month.value_counts()
    yield lambda: (frame.isna().sum(), frame.fillna(0), frame.drop_duplicates("k"))
    yield lambda: pandas.concat([frame, frame]).rolling(3, on="i")["x"].mean()
    yield lambda: frame["x"].apply(lambda value: value + 1.0).astype("category").cat.codes
    yield lambda: (frame.to_string(max_rows=4), frame.to_csv(io.StringIO()))
    yield lambda: (frame.iloc[::2].T, frame.set_index("k").loc["a"], numpy.corrcoef(frame["x"], frame["y"]))
