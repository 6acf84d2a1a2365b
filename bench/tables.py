"""Handing tables in and out: 10 columns of float64."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from bench.measure import Figure
from bench.runs import request
from drawloom.engine import pools
from drawloom.engine.run import run
from drawloom.engine.work import Walled
from drawloom.table import bridge

COLUMNS = 10
TAKE = "def azureml_main(frame):\n    return None\n"


def floats(rows: int) -> pd.DataFrame:
    """Give a table of random numbers, laid out as pandas keeps it."""
    block = np.random.default_rng(0).random((COLUMNS, rows))
    return pd.DataFrame(block.T, columns=[f"c{n}" for n in range(COLUMNS)], copy=False)


def figures() -> Iterator[Figure]:
    yield from _in()
    yield from _out(1_000_000, "80 MB", "<= 2.6")
    yield from _out(10_000_000, "800 MB", "<= 3.7")


def _in() -> Iterator[Figure]:
    executor = Walled(pools.warm_pool())
    first = 0.0
    for rows in (10_000, 1_000_000, 10_000_000):
        asked, times = request(TAKE, floats(rows)), []
        for _ in range(12):
            time.sleep(0.1)
            result = run(asked, executor=executor)
            times.append(result.timings["script_read_seconds"] * 1000)
            result.close()
        os.close(asked.inputs["dataset1"].fd)  # type: ignore[union-attr]
        ours = statistics.median(times)
        first = first or ours
        yield Figure(f"handed in, {rows:.0e} rows x 10", ours, first, "<= 0.5 ms, flat", "1e4 rows")


def _out(rows: int, size: str, goal: str) -> Iterator[Figure]:
    frame, times = floats(rows), 7
    copy = _copy(np.ascontiguousarray(frame.to_numpy().T), times)
    for medium, made in (("memory file", _memory_file), ("huge-page tmpfs", _huge_file)):
        with made() as new:
            if new is None:
                continue
            first = _median(lambda new=new: os.close(_write(frame, new())), times)
            kept = new()
            warm = _median(lambda kept=kept: _write(frame, kept), times)
            os.close(kept)
        yield Figure(f"handed out, {size}, {medium}, first", first, copy, "", "memcpy")
        yield Figure(f"handed out, {size}, {medium}, warm", warm, copy, goal, "memcpy")


def _copy(source: np.ndarray, times: int) -> float:
    target = np.zeros_like(source)
    return _median(lambda: np.copyto(target, source), times)


def _write(frame: pd.DataFrame, fd: int) -> int:
    os.lseek(fd, 0, os.SEEK_SET)
    bridge.write_frame(frame, fd)
    return fd


def _median(call: Callable[[], object], times: int) -> float:
    call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


@contextlib.contextmanager
def _memory_file() -> Iterator[Callable[[], int] | None]:
    yield lambda: os.memfd_create("bench")


@contextlib.contextmanager
def _huge_file() -> Iterator[Callable[[], int] | None]:
    """A tmpfs of huge pages, where this process may mount one."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "huge=always,size=4g", "bench", folder]
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
            yield None
            return
        try:
            yield lambda: os.open(folder, os.O_TMPFILE | os.O_RDWR)
        finally:
            subprocess.run(["umount", folder], check=True)
