"""The warm-up: small jobs of many kinds, so that the first pages a script writes are already its own.

Copy-on-write faults are most of what a forked child pays for its first pandas call. Each step is a
few milliseconds at most; the child looks for work between them. The zygote goes through the same
steps once before its first fork: that resolves what libraries import late.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

_SCRIPT = """
def azureml_main(dataframe1):
    dataframe1["z"] = dataframe1["x"] * 2
    print("warm")
    return dataframe1
"""


def steps(*, in_child: bool) -> Iterator[Callable[[], object]]:
    """Give the steps that suit what the zygote has imported; the zygote takes some more, once."""
    if "pandas" not in sys.modules:
        return
    made: list[Any] = []
    yield lambda: made.append(_frame())
    frame = made[0]
    if "drawloom.script.work" in sys.modules and "drawloom.table.files.work" in sys.modules:
        yield from _walks_of_a_table(frame)
    yield lambda: frame.assign(s=frame["x"] + frame["y"] * 2)["s"].mean()
    yield lambda: frame[frame["x"] > 0.5].sort_values("y").reset_index(drop=True)
    yield lambda: frame.groupby("k", as_index=False)[["x", "y"]].mean()
    yield lambda: frame.merge(frame[["k", "x"]].head(4), on="k", how="left")
    yield lambda: (frame["k"].str.upper(), frame.isna().sum(), frame["x"].apply(lambda value: value + 1.0))
    if not in_child:
        yield from _late_imports(frame)


def _frame() -> Any:
    import numpy
    import pandas

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
    return frame


def _late_imports(frame: Any) -> Iterator[Callable[[], object]]:
    """Give steps that make pandas import what it imports late; too costly to repeat in every child."""
    import pandas

    yield lambda: (frame.describe(), frame.pivot_table(index="k", columns="b", values="x"))
    yield lambda: (frame["t"].dt.month.value_counts(), frame["x"].astype("category").cat.codes)
    yield lambda: pandas.concat([frame, frame]).rolling(3, on="i")["x"].mean()
    yield lambda: (frame.to_string(max_rows=4), frame.to_csv(io.StringIO()), frame.iloc[::2].T)


def _walks_of_a_table(frame: Any) -> Iterator[Callable[[], object]]:
    """Give steps that take a table the way a step's tables go: in, through a script, out, validated."""
    from drawloom.script import work as script
    from drawloom.table import bridge
    from drawloom.table.files import work as files

    def write() -> None:
        bridge.write_frame(frame, table)

    def call() -> None:
        made = {"report": _file(), "dataset": _file(), "dataset2": _file(), "graphics": _file()}
        spec = {"text": _SCRIPT, "name": "warm.py", "tables": ["dataset1"], "objects": {}, "params": {}}
        with tempfile.TemporaryDirectory() as folder, _silence():
            script.run(spec | {"workdir": folder}, {"dataset1": os.dup(table)}, made)
        _close(made.values())

    def check() -> None:
        made = {"report": _file()}
        files.export({}, {"dataset": os.dup(table)}, made)
        _close(made.values())

    table = _file()
    yield from (write, call, check)
    os.close(table)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Lead what is printed nowhere, as the host takes all a child prints for the script's."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        _close([kept, nowhere])


def _file() -> int:
    """Make a nameless file to write to: in memory in the zygote, on its own disk in a child."""
    try:
        return os.memfd_create("warm-up")
    except PermissionError:
        return os.open(os.environ["TMPDIR"], os.O_TMPFILE | os.O_RDWR)


def _close(fds: Any) -> None:
    for fd in fds:
        os.close(fd)
