"""Time two things in turn and give their medians and the ratio."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table: what, its median, the floor's, the ratio and the goal."""

    what: str
    ours: float
    floor: float
    goal: str
    floor_is: str
    unit: str = "ms"
    higher_is_better: bool = False

    @property
    def ratio(self) -> float:
        return self.ours / self.floor

    def row(self) -> str:
        cells = [
            self.what,
            f"{self.ours:.3g} {self.unit}",
            self.floor_is,
            f"{self.floor:.3g} {self.unit}",
            f"{self.ratio:.2f}",
            self.goal,
        ]
        return "| " + " | ".join(cells) + " |"


HEADER = "| what | ours | floor | floor's | ratio | goal |\n| --- | --- | --- | --- | --- | --- |"


def in_turn(
    ours: Callable[[], object], floor: Callable[[], object], *, runs: int, gap_seconds: float = 0.03
) -> tuple[float, float]:
    """Call both in turn, A B A B ..., after two calls each that are not counted; gives medians in ms.

    The gap before each call lets a pool prepare its next child and an ordinary process fall idle, as
    between two runs of a person.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 2):
        for kept, call in zip(times, (ours, floor), strict=True):
            time.sleep(gap_seconds)
            started = time.perf_counter()
            call()
            if number >= 2:
                kept.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def median(call: Callable[[], object], *, runs: int, gap_seconds: float = 0.0) -> float:
    """Give the median of a call in ms, after one that is not counted."""
    call()
    times = []
    for _ in range(runs):
        time.sleep(gap_seconds)
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def say(text: str) -> None:
    """Write a line at once."""
    print(text, flush=True, file=sys.stdout)
