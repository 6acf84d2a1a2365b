"""What the hand-over by mapping promises: no copy, writable, and the file never changes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom.table.bridge import read_frame, read_table, write_frame
from table.strategies import COLUMNS, frames

MAPPED = [
    *(
        "float16",
        "float32",
        "float64",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    ),
    *(
        "bool",
        "Int64",
        "UInt8",
        "Float64",
        "datetime64[ns]",
        "datetime64[s, Europe/Berlin]",
        "timedelta64[us]",
    ),
    "category of text",
]
"""Types whose values are the file's own bytes."""


@pytest.fixture
def fd() -> Iterator[int]:
    descriptor = os.memfd_create("table")
    yield descriptor
    os.close(descriptor)


def contents(fd: int) -> bytes:
    return os.pread(fd, os.fstat(fd).st_size, 0)


def maps_of(name: str) -> list[str]:
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if name in line]


def spread(line: str) -> range:
    """Give the addresses that a line of /proc/self/maps speaks of."""
    first, last = line.split()[0].split("-")
    return range(int(first, 16), int(last, 16))


EDITS: list[Callable[[pd.DataFrame], object]] = [
    lambda frame: frame.__setitem__(frame.columns[0], 1),
    lambda frame: frame.iloc.__setitem__((0, 0), frame.iloc[-1, 0]),
    lambda frame: frame.iloc.__setitem__((slice(None), 0), frame.iloc[::-1, 0].array),
    lambda frame: frame.iloc.__setitem__((slice(None, None, 2), slice(None)), frame.iloc[0].to_list()),
    lambda frame: frame.__setitem__(frame.columns[-1], frame.iloc[:, 0] + frame.iloc[:, 0]),
    lambda frame: frame.at.__setitem__((0, frame.columns[0]), None),
    lambda frame: frame.loc.__setitem__(frame.index > 0, frame.iloc[0].to_list()),
    lambda frame: frame.insert(0, "fresh column", 1),
    lambda frame: frame.pop(frame.columns[0]),
    lambda frame: frame.to_numpy().fill(0) if frame.to_numpy().flags.writeable else None,
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames(max_rows=6).filter(lambda frame: frame.size > 0), st.lists(st.sampled_from(EDITS), max_size=4))
def test_the_file_never_changes_whatever_is_done_to_the_frame(
    frame: pd.DataFrame, edits: list[object]
) -> None:
    with open(os.memfd_create("table"), "r+b") as file:
        write_frame(frame, file.fileno())
        before = contents(file.fileno())
        mine, _ = read_frame(file.fileno())
        for edit in edits:
            try:
                edit(mine)  # type: ignore[operator]
            except (TypeError, ValueError, IndexError, KeyError, NotImplementedError):
                continue  # not every edit suits every type; the file is what counts
        assert contents(file.fileno()) == before


@pytest.mark.parametrize("kind", MAPPED)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_values_lie_in_the_map_and_can_be_written_in_place(kind: str, data: st.DataObject) -> None:
    column = data.draw(COLUMNS[kind](8))
    with open(os.memfd_create("in-place"), "r+b") as file:
        write_frame(pd.DataFrame({"column": column}), file.fileno())
        before = contents(file.fileno())
        frame, _ = read_frame(file.fileno())
        address = values_of(frame).__array_interface__["data"][0]
        assert any(address in spread(line) for line in maps_of("in-place"))
        frame.iloc[0, 0] = frame.iloc[1, 0]
        assert values_of(frame).__array_interface__["data"][0] == address
        assert values_of(frame)[0] == values_of(frame)[1] or frame.isna().iloc[0, 0]
        assert contents(file.fileno()) == before


def values_of(frame: pd.DataFrame) -> np.ndarray:
    """Give the memory behind a frame's one column; pandas shows that of its own arrays to nobody else."""
    array = frame["column"].array
    for name in ("_codes", "_data", "_ndarray"):
        array = getattr(array, name, array)
    return np.asarray(array)


def test_numbers_beside_numbers_of_their_type_are_one_block(fd: int) -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan], "n": [1, 2], "b": [3.0, 4.0], "m": [5, 6], "c": [7.0, np.nan]})
    write_frame(frame, fd)
    after, _ = read_frame(fd)
    assert sorted(block.shape for block in after._mgr.blocks) == [(2, 2), (3, 2)]
    pd.testing.assert_frame_equal(after, frame)
    after.loc[0, "b"] = -1.0
    assert after["a"].tolist()[0] == 1.0
    assert after["c"].tolist()[0] == 7.0


def test_the_descriptor_may_be_closed_at_once() -> None:
    fd = os.memfd_create("closed")
    write_frame(pd.DataFrame({"a": np.arange(1000.0)}), fd)
    frame, _ = read_frame(fd)
    table = read_table(fd)
    os.close(fd)
    assert not [link for link in os.listdir("/proc/self/fd") if "closed" in readlink(link)]
    frame["a"] += 1
    assert frame["a"].sum() == table.column("a").to_numpy().sum() + 1000


def readlink(link: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{link}")
    except FileNotFoundError:
        return ""


def test_the_map_lives_as_long_as_anything_over_it_and_no_longer(fd: int) -> None:
    name = "drawloom-lifetime"
    with open(os.memfd_create(name), "r+b") as file:
        write_frame(pd.DataFrame({"a": np.arange(5000.0), "b": np.arange(5000.0)}), file.fileno())
        frame, _ = read_frame(file.fileno())
    values = frame["b"].to_numpy()[10:]
    del frame
    gc.collect()
    assert maps_of(name)
    assert values[0] == 10.0
    del values
    gc.collect()
    assert not maps_of(name)


def test_a_frame_is_mapped_from_a_descriptor_that_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "table.arrow"
    with path.open("wb") as file:
        write_frame(pd.DataFrame({"a": [1, 2]}), file.fileno())
    with path.open("rb") as file:
        frame, _ = read_frame(file.fileno())
    frame.loc[0, "a"] = 9
    assert frame["a"].tolist() == [9, 2]
    with path.open("rb") as file:
        assert read_frame(file.fileno())[0]["a"].tolist() == [1, 2]


def test_writing_numbers_takes_no_memory_to_speak_of(tmp_path: Path) -> None:
    frame = pd.DataFrame({f"c{number}": np.arange(1e6) for number in range(8)})
    frame.iloc[::7, 3] = np.nan
    with (tmp_path / "table.arrow").open("wb") as file:
        write_frame(frame.head(), file.fileno())
        file.seek(0)
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak
        before = peak_kib()
        write_frame(frame, file.fileno())
        assert peak_kib() - before < 4 * 1024  # for a table of 64 MB


def peak_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
