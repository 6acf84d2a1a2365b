"""Recorded runs and steps, as JSON values and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns, report
from drawloom.cli.console import harmless

if TYPE_CHECKING:
    from drawloom.workspace.runs import Output, Run, Step
    from drawloom.workspace.workspace import Workspace

LOG_LINES = 20
PAGE = 1000
STATUS = {"succeeded": "ok"}
"""Words of the records that a command says in another way."""


def run_record(run: Run) -> dict[str, Any]:
    """Give a run as plain JSON values."""
    names = ("experiment", "target", "message", "started_at", "finished_at", "parameters")
    said = {name: getattr(run, name) for name in names}
    return {"run": run.id, "status": STATUS.get(run.status, run.status)} | said


def of_run(workspace: Workspace, run: int) -> list[Step]:
    """Give every recorded step of a run, without logs."""
    found: list[Step] = []
    while page := workspace.records.steps(run, PAGE, after=found[-1].id if found else 0):
        found += page
    return found


def record(step: Step) -> dict[str, Any]:
    """Give what is listed of a step as plain JSON values."""
    return {
        "name": step.name,
        "module": step.module,
        "status": STATUS.get(step.status, step.status),
        "reason": step.reason or "",
        "reused_from": step.reused_from,
        "seconds": _took(step),
        "outputs": {output.port: output_record(output) for output in step.outputs},
    }


def details(step: Step) -> dict[str, Any]:
    """Give what else was recorded of a step."""
    names = ("error", "log", "conversions", "walls", "timings", "peak_memory_bytes")
    return {name: getattr(step, name) for name in names}


def output_record(output: Output) -> dict[str, Any]:
    """Give what left a step at a port, without its content."""
    return {
        "kind": output.kind,
        "rows": output.rows,
        "columns": output.columns,
        "schema": output.schema,
        "kept": output.entry is not None,
    }


def table(steps: Sequence[Step], *, room: int) -> Iterator[str]:
    """Give a line a step: how it went, how large its first table is, and why it ran or not."""
    rows = [
        (
            step.name,
            STATUS.get(step.status, step.status),
            "" if step.status in ("reused", "skipped") else columns.seconds(_took(step)),
            next((columns.shape(out.rows, out.columns) for out in step.outputs if out.kind == "table"), ""),
            step.reason or "",
        )
        for step in steps
    ]
    header = ("step", "status", "took", "rows x columns", "why")
    yield from columns.table(header, rows, right=(2, 3), room=room)


def lines(step: Step, *, walls: bool, room: int) -> Iterator[str]:
    """Give all that a reader wants of one step: why, how long, what came out, what it printed, its error."""
    yield from columns.pairs(
        [
            ("step", f"{step.name} of run {step.run}"),
            ("module", step.module),
            ("status", STATUS.get(step.status, step.status)),
            ("why", step.reason or ""),
            (
                "from",
                f"run {step.reused_from}; its log and walls: drawloom show {step.reused_from}.{step.name}"
                if step.reused_from
                else "",
            ),
            ("took", "" if step.status == "reused" else columns.seconds(_took(step))),
            ("memory", columns.size(step.peak_memory_bytes) if step.peak_memory_bytes else ""),
        ],
        room=room,
    )
    if step.outputs:
        yield ""
        rows = [
            (out.port, out.kind, columns.shape(out.rows, out.columns), _held(out)) for out in step.outputs
        ]
        yield from columns.table(("port", "kind", "rows x columns", "size"), rows, right=(2,), room=room)
    kept = step.conversions or {}
    changes = report.changes(kept if kept.keys() <= {"in", "out"} else {"": kept})
    if changes:
        yield "\ncolumns that changed"
        yield from (f"  {harmless(change)}" for change in changes[: report.CHANGES])
        if len(changes) > report.CHANGES:
            yield f"  ... {len(changes) - report.CHANGES} more (--json lists them)"
    yield from _tail(step)
    if walls and step.walls:
        yield "\nwalls"
        yield from columns.pairs([(str(name), str(said)) for name, said in step.walls.items()], room=room)
    if step.error:
        from drawloom.engine.failures import from_report

        yield "\n" + report.failure(from_report(step.error), script="its script")


def log(step: Step) -> str:
    """Give what a step printed, in the order in which it did where that is known."""
    kept = step.log or {}
    both = [str(text) for entry in kept.get("lines") or [] for text in entry[1:2]]
    parts = ["".join(both)] if both else [kept.get("stdout") or "", kept.get("stderr") or ""]
    text = "".join(part if part.endswith("\n") or not part else part + "\n" for part in parts)
    return text + "".join(f"drawloom: {note}\n" for note in kept.get("notes") or [])


def _tail(step: Step) -> Iterator[str]:
    said = log(step).splitlines()
    if not said:
        return
    cut = len(said) - LOG_LINES
    yield "\nlog" + (f" (the last {LOG_LINES} of {len(said)} lines; --log gives all)" if cut > 0 else "")
    yield textwrap.indent(harmless("\n".join(said[-LOG_LINES:])), "  ")


def _held(output: Output) -> str:
    return "no longer kept" if output.entry is None else columns.size(output.entry.size)


def _took(step: Step) -> float | None:
    if step.started_at is None or step.finished_at is None:
        return None
    return step.finished_at - step.started_at
