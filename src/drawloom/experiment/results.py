"""What became of a run, for Python programs: its steps, and their outputs as data frames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from drawloom.errors import DrawloomError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from drawloom.workspace.runs import Output, Step
    from drawloom.workspace.workspace import Workspace

GRAPHICS = "graphics"


@dataclass(frozen=True)
class StepResult:
    """What became of one step.

    Attributes
    ----------
    status
        "ok", "failed", "reused", "skipped" or "cancelled".
    reason
        Why it ran, was reused or was left out.
    error
        What it failed with, or None.
    """

    name: str
    module: str
    status: str
    reason: str
    error: DrawloomError | None = None
    seconds: float = 0.0
    _kept: tuple[Output, ...] = field(default=(), repr=False)
    _at: tuple[int, str] = field(default=(0, ""), repr=False)
    _workspace: Workspace | None = field(default=None, repr=False)

    @cached_property
    def recorded(self) -> Step | None:
        """The record of the step that did the work: of a reused one, the earlier run's."""
        if self._workspace is None or not self._at[0]:
            return None
        return self._workspace.records.step(*self._at)

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """What is kept of it, by port: rows, columns, schema, kind."""
        kept = self._kept
        if any(output.kind == "table" and output.schema is None for output in kept) and self.recorded:
            kept = self.recorded.outputs
        return {output.port: output for output in kept if output.kind != GRAPHICS}

    @property
    def dataset(self) -> pd.DataFrame:
        """The table at its first port that carries one, decoded from validated bytes."""
        port = next((name for name, output in self.outputs.items() if output.kind == "table"), None)
        if port is None:
            raise self._nothing("a table")
        return self.table(port)

    def table(self, port: str) -> pd.DataFrame:
        """Give the table at a port.

        Raises
        ------
        InputError
            0039: nothing is kept there; 0048: the file in the store was changed.
        """
        from drawloom.table.bridge import read_frame

        fd = self.open(port)
        try:
            return read_frame(fd)[0]
        finally:
            os.close(fd)

    def open(self, port: str) -> int:
        """Open what is kept at a port, for reading; the caller closes it. Errors as for `table`."""
        output = self.outputs.get(port)
        if output is None or output.entry is None or self._workspace is None:
            raise self._nothing(f'"{port}"')
        fd = self._workspace.store.open(output.entry.address)
        if fd is None:
            raise self._nothing(f'"{port}"')
        return fd

    @property
    def graphics(self) -> list[tuple[str, str, bytes]]:
        """(name, kind, bytes) of each picture; kind is "png", "jpeg" or "svg"."""
        from drawloom.engine.graphics import cut

        found = self.recorded
        for output in found.outputs if found else ():
            if output.kind == GRAPHICS and output.entry is not None and self._workspace is not None:
                fd = self._workspace.store.open(output.entry.address)
                if fd is not None:
                    try:
                        return cut(fd, output.schema)
                    finally:
                        os.close(fd)
        return []

    @property
    def log(self) -> dict[str, Any]:
        """What it printed: ``stdout``, ``stderr``, ``lines`` in their true order, ``notes``."""
        return (self.recorded.log if self.recorded else None) or {}

    @property
    def conversions(self) -> dict[str, Any]:
        """What the bridge changed, by port."""
        return (self.recorded.conversions if self.recorded else None) or {}

    @property
    def walls(self) -> dict[str, Any]:
        """What was enforced around it."""
        return (self.recorded.walls if self.recorded else None) or {}

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by phase."""
        return (self.recorded.timings if self.recorded else None) or {}

    @property
    def peak_memory_bytes(self) -> int | None:
        """The most memory it held."""
        return self.recorded.peak_memory_bytes if self.recorded else None

    def _nothing(self, what: str) -> InputError:
        return InputError(
            f'Step "{self.name}" has no {what} (it is "{self.status}").',
            code="0039",
            remedy=f"Its outputs: {', '.join(self.outputs)}." if self.outputs else "Run it again.",
        )


@dataclass(frozen=True)
class Run(Mapping[str, StepResult]):
    """What became of a run; `run["step"]` is a step of it.

    Attributes
    ----------
    number
        Of its record in the workspace.
    status
        "ok", "failed", "cancelled" or "interrupted".
    steps
        By name, each after its sources.
    """

    number: int
    status: str
    steps: dict[str, StepResult]

    def __getitem__(self, name: str) -> StepResult:
        """Give one step."""
        if name not in self.steps:
            from drawloom.experiment.problem import did_you_mean

            raise InputError(
                f'Run {self.number} has no step "{name}".', code="0039", remedy=did_you_mean(name, self.steps)
            )
        return self.steps[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names of its steps."""
        return iter(self.steps)

    def __len__(self) -> int:
        """Count its steps."""
        return len(self.steps)

    @property
    def error(self) -> DrawloomError | None:
        """What the first failed step failed with, or None."""
        return next((step.error for step in self.steps.values() if step.error is not None), None)
