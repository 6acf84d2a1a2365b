"""What a run does while it does it: a table redrawn in place on a terminal, plain lines anywhere else."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

from drawloom.cli import columns
from drawloom.cli.console import harmless
from drawloom.experiment import events

REDRAWN_SECONDS = 0.1
REUSED_LISTED = 40
BAR = 20


class Watcher(Protocol):
    """Takes the events of a run."""

    def take(self, event: events.Event) -> None:
        """Take one event."""
        ...


class Silent:
    """Passes on what steps print, and nothing else: for `--json`."""

    def take(self, event: events.Event) -> None:
        """Print lines of the log on stderr."""
        if isinstance(event, events.LogLine):
            print(_log_line(event), file=sys.stderr, flush=True)


@dataclass
class Line:
    """One step of the table.

    Attributes
    ----------
    began
        When it started, by the monotonic clock.
    note
        Its progress while it runs, its reason before and afterwards.
    """

    status: str = ""
    began: float | None = None
    took: str = ""
    shape: str = ""
    reason: str = ""
    note: str = ""


class Table:
    """The state of every step, as events tell it."""

    def __init__(self) -> None:
        self.run: int | None = None
        self.lines: dict[str, Line] = {}

    def take(self, event: events.Event) -> str | None:
        """Take an event, and give the step that ended with it."""
        match event:
            case events.Planned(run, steps):
                self.run = run
                self.lines = {str(step["name"]): Line(reason=str(step["reason"])) for step in steps}
            case events.Reused(step, reason):
                self.lines[step] = Line("reused", reason=reason)
                return step
            case events.Queued(step):
                self.lines[step].status = "queued"
            case events.Started(step, reason):
                self.lines[step] = Line("running", time.monotonic(), reason=reason)
            case events.Progress(step, fraction, text):
                self.lines[step].note = text if fraction is None else _bar(fraction)
            case events.OutputReady(step, _, rows, width):
                self.lines[step].shape = self.lines[step].shape or columns.shape(rows, width)
            case events.Finished(step, status, seconds):
                line = self.lines[step]
                line.status, line.took, line.note = status, columns.seconds(seconds), ""
                return step
            case events.Skipped(step, because):
                self.lines[step] = Line("skipped", reason=because)
                return step
        return None

    def row(self, name: str) -> str:
        """Give the line of a step."""
        line = self.lines[name]
        took = line.took
        if line.status == "running" and line.began is not None:
            took = columns.seconds(time.monotonic() - line.began)
        wide = max(map(len, self.lines))
        said = f"{name:{wide}}  {line.status:9}  {took:>12}  {line.shape:>14}  {line.note or line.reason}"
        return harmless(said).rstrip()


class Plain:
    """Writes a line for each step that ends; many reused ones in a row are told as a number."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._table = Table()
        self._reused = 0

    def take(self, event: events.Event) -> None:
        """Take one event."""
        if isinstance(event, events.LogLine):
            print(_log_line(event), file=sys.stderr, flush=True)
            return
        ended = self._table.take(event)
        if isinstance(event, events.Reused):
            self._reused += 1
            if self._reused > REUSED_LISTED:
                return
        elif self._reused > REUSED_LISTED:
            self._stream.write(f"... {self._reused - REUSED_LISTED} more steps reused\n")
            self._reused = 0
        if ended is not None:
            self._stream.write(self._table.row(ended) + "\n")
            self._stream.flush()


class Drawn:
    """Redraws the table on a terminal, at most ten times a second; what steps print goes above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._table = Table()
        self._drawn = 0
        self._lock = threading.Lock()
        self._printed: list[str] = []

    def take(self, event: events.Event) -> None:
        """Take one event; the clock draws."""
        with self._lock:
            if isinstance(event, events.LogLine):
                self._printed.append(_log_line(event))
            else:
                self._table.take(event)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw until the end, then leave nothing but what steps printed."""
        done = threading.Event()
        clock = threading.Thread(target=self._draw_often, args=(done,), daemon=True)
        clock.start()
        try:
            yield
        finally:
            done.set()
            clock.join()
            with self._lock:
                self._draw([])

    def _draw_often(self, done: threading.Event) -> None:
        while not done.wait(REDRAWN_SECONDS):
            with self._lock:
                self._draw(self._shown())

    def _shown(self) -> list[str]:
        """Choose the lines that fit: all steps, or else those that run and those that failed."""
        size = shutil.get_terminal_size()
        lines = self._table.lines
        names = list(lines)
        room = max(size.lines - 3, 1)
        if len(names) > room:
            names = [name for name in names if lines[name].status in ("running", "failed")][:room]
        ended = sum(line.status not in ("", "queued", "running") for line in lines.values())
        shown = [
            *(self._table.row(name) for name in names),
            f"{ended} of {columns.count(len(lines), 'step')}",
        ]
        return [row[: size.columns - 1] for row in shown] if lines else []

    def _draw(self, rows: list[str]) -> None:
        """Replace what was drawn; cursor up, erase to the end of the screen, in one write."""
        back = f"\x1b[{self._drawn}A\r\x1b[J" if self._drawn else ""
        text = "".join(f"{row}\n" for row in [*self._printed, *rows])
        self._printed.clear()
        self._drawn = len(rows)
        if back or text:
            self._stream.write(back + text)
            self._stream.flush()


def _bar(fraction: float) -> str:
    full = round(fraction * BAR)
    return f"{'#' * full}{'.' * (BAR - full)} {fraction:4.0%}"


def _log_line(event: events.LogLine) -> str:
    return harmless(f"{event.step} | {event.text}")
