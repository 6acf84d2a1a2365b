"""Tables through the real child: every column type comes back to the bit, and the input never changes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom import run_script
from drawloom.engine.pools import warm_pool
from drawloom.engine.run import Ready, RunRequest, RunResult, run
from drawloom.engine.work import Walled
from drawloom.sandbox.outputs import new_memory_file, seal
from drawloom.table import bridge
from table.strategies import COLUMNS, assert_same, frames

IDENTITY = "def azureml_main(frame):\n    return frame,\n"
EDITING = """
import ctypes
import numpy as np


def azureml_main(frame):
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        frame.isetitem(place, column.iloc[::-1].reset_index(drop=True))
        array = column.array
        for values in (array, getattr(array, "_data", None), getattr(array, "_codes", None)):
            values = getattr(values, "_ndarray", values)
            if isinstance(values, np.ndarray) and values.dtype != object:
                # Straight through the memory: what pandas holds is where the file is mapped.
                ctypes.memset(values.ctypes.data, 0x5A, values.size and values.nbytes)
    return frame[[]]
"""
GROUPS = [list(COLUMNS)[start::6] for start in range(6)]
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@contextlib.contextmanager
def _handed_in(frame: pd.DataFrame, script: str) -> Iterator[tuple[int, RunResult]]:
    """Run a script on a frame; gives the sealed file that was handed in, and what came of it."""
    fd = new_memory_file("table")
    bridge.write_frame(frame, fd)
    seal(fd)
    request = RunRequest(script, {"dataset1": Ready(fd, "table")})
    result = run(request, executor=Walled(warm_pool()))
    try:
        yield fd, result
    finally:
        result.close()
        os.close(fd)


def _content(fd: int) -> bytes:
    return os.pread(fd, os.fstat(fd).st_size, 0)


@pytest.mark.parametrize("kinds", GROUPS, ids=lambda kinds: kinds[0])
@FEW
@given(data=st.data())
def test_a_column_of_every_type_comes_back_as_it_was(kinds: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 6))
    frame = pd.DataFrame({kind: data.draw(COLUMNS[kind](rows)) for kind in kinds})
    result = run_script(IDENTITY, frame)
    assert_same(frame, result.dataset)
    assert result.conversions["out"] == {"dataset": []}


@FEW
@given(frames())
def test_any_frame_comes_back_as_it_was(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    assert_same(before, run_script(IDENTITY, frame).dataset)
    assert_same(before, frame)


@pytest.mark.parametrize("kinds", GROUPS, ids=lambda kinds: kinds[0])
@settings(FEW, max_examples=3)
@given(data=st.data())
def test_the_input_is_the_same_after_edits_in_place(kinds: list[str], data: st.DataObject) -> None:
    frame = pd.DataFrame({kind: data.draw(COLUMNS[kind](5)) for kind in kinds})
    before = new_memory_file("table")
    bridge.write_frame(frame, before)
    with _handed_in(frame, EDITING) as (fd, result):
        assert result.error is None
        assert _content(fd) == _content(before)
    os.close(before)


def test_edits_in_place_do_reach_the_mapped_pages() -> None:
    """The edits above would change the file if it were not mapped privately."""
    script = EDITING.replace("frame[[]]", "whole").replace(
        "    for place", "    whole = frame[:]\n    for place", 1
    )
    frame = pd.DataFrame({"a": np.arange(3), "b": np.arange(3) * 2})
    given_back = run_script(script, frame).dataset
    assert given_back["a"].tolist() == [0x5A5A5A5A5A5A5A5A] * 3


def test_a_second_run_on_the_same_table_finds_it_unchanged() -> None:
    frame = pd.DataFrame({"a": np.arange(1000.0), "c": pd.Categorical(["x", "y"] * 500)})
    script = "def azureml_main(frame):\n    frame['a'] *= 0\n    frame['c'] = 'x'\n    return frame,\n"
    with _handed_in(frame, script) as (fd, first):
        request = RunRequest(IDENTITY, {"dataset1": Ready(fd, "table")})
        second = run(request, executor=Walled(warm_pool()))
        assert bridge.read_frame(first.outputs["dataset"].fd)[0]["a"].sum() == 0
        assert_same(frame, bridge.read_frame(second.outputs["dataset"].fd)[0])
        second.close()
