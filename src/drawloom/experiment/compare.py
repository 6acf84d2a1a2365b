"""What differs between two runs: the graph, the parameters, the scripts, how large tables are, small ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from drawloom.engine.work import Executor, Work
from drawloom.errors import DrawloomError
from drawloom.experiment import document, why
from drawloom.sandbox.worker import WorkLimits
from drawloom.workspace.runs import Output, Run, Step
from drawloom.workspace.workspace import Workspace

SMALL_ROWS = 10
SMALL_COLUMNS = 50
_SMALL = "drawloom.table.files.small:run"

Cells = Mapping[str, list[Any]]
ReadCells = Callable[[Output], Cells]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Attributes
    ----------
    kind
        "parameter", "graph", "step", "status", "rows" or "value".
    what
        The parameter, step, port or cell.
    before, after
        What it was in the one run and is in the other; empty where one sentence in `after` says it all.
    """

    kind: str
    what: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return asdict(self)


def compare(
    workspace: Workspace,
    one: Run,
    other: Run,
    steps: Mapping[str, Step],
    steps_now: Mapping[str, Step],
    cells: ReadCells,
) -> list[Difference]:
    """Give all that differs between two runs, in the order of the second one's steps.

    Parameters
    ----------
    steps, steps_now
        The recorded steps of both runs, by name.
    cells
        Reads a small table (`reader`).
    """
    return [
        *_named("parameter", one.parameters, other.parameters),
        *_graph(one, other),
        *_steps(workspace, steps, steps_now, cells),
    ]


def reader(workspace: Workspace, executor: Executor) -> ReadCells:
    """Give a function that has a child read a small table; one that is no longer kept has no cells."""

    def read(output: Output) -> Cells:
        fd = None if output.entry is None else workspace.store.open(output.entry.address)
        if fd is None:
            return {}
        work = Work(_SMALL, {"rows": SMALL_ROWS}, {"dataset": fd}, limits=WorkLimits(), trusted=True)
        try:
            done = executor.execute(work)
        finally:
            os.close(fd)
        done.close()
        if done.error is not None:
            raise done.error
        return {str(name): list(values) for name, values in done.report.get("columns", [])}

    return read


def _named(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield Difference(kind, name, before.get(name), after.get(name))


def _graph(one: Run, other: Run) -> Iterator[Difference]:
    """Compare the files as they were: steps, their modules, and their wires."""
    before = document.parse(str(one.file_text), one.experiment).steps
    after = document.parse(str(other.file_text), other.experiment).steps
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Difference("graph", name, old and old.module, new and new.module)
            continue
        if old.module != new.module:
            yield Difference("graph", name, old.module, new.module)
        for change in _named("graph", _wires(old), _wires(new)):
            yield Difference("graph", f"{name}.{change.what}", change.before, change.after)


def _wires(step: document.Step) -> dict[str, str]:
    return {
        edge.target_port: f"{edge.source}.{edge.source_port}" if edge.source_port else edge.source
        for edge in step.inputs
    }


def _steps(
    workspace: Workspace, steps: Mapping[str, Step], steps_now: Mapping[str, Step], cells: ReadCells
) -> Iterator[Difference]:
    for name, now in steps_now.items():
        was = steps.get(name)
        if was is None:
            continue
        if was.key != now.key and was.key and now.key:
            old, new = (workspace.records.step(step.run, name).key_parts for step in (was, now))
            for said in why.recorded_differences(old, new):
                yield Difference("step", name, "", said)
        if _succeeded(was) != _succeeded(now):
            yield Difference("status", name, was.status, now.status)
        before = {output.port: output for output in was.outputs if output.kind == "table"}
        for output in now.outputs:
            if output.port in before:
                yield from _outputs(name, before[output.port], output, cells)


def _succeeded(step: Step) -> str:
    return "succeeded" if step.status == "reused" else step.status


def _outputs(step: str, was: Output, now: Output, cells: ReadCells) -> Iterator[Difference]:
    what = f"{step}.{now.port}"
    if (was.rows, was.columns) != (now.rows, now.columns):
        yield Difference("rows", what, f"{was.rows} x {was.columns}", f"{now.rows} x {now.columns}")
    same = was.entry is not None and now.entry is not None and was.entry.address == now.entry.address
    if same or not (_small(was) and _small(now)):
        return
    try:
        before, after = cells(was), cells(now)
    except DrawloomError:
        return  # what the store says of it is told by `drawloom workspace check`
    for column in [name for name in after if name in before]:
        many = max(len(before[column]), len(after[column])) > 1
        for row, (old, new) in enumerate(zip(before[column], after[column], strict=False)):
            if old != new:
                yield Difference("value", f"{what} {column}" + (f", row {row + 1}" if many else ""), old, new)


def _small(output: Output) -> bool:
    return 0 < (output.rows or 0) <= SMALL_ROWS and 0 < (output.columns or 0) <= SMALL_COLUMNS
