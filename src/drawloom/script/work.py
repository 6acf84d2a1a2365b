"""The work function of a script step: from mapped inputs to host-made outputs."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from drawloom.errors import LimitError
from drawloom.script import objects, threads
from drawloom.script.execute import Job, Outcome, Plan, execute, prepare
from drawloom.script.graphics import Picture
from drawloom.script.result import Delivery
from drawloom.table import bridge

BUNDLE_INPUT = "bundle"
_JOB = ("text", "name", "tables", "objects", "params", "siblings", "filename", "compat")


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Run a script.

    Parameters
    ----------
    spec
        ``text``, ``name``, ``tables``, ``objects``, ``params``, ``siblings``, ``filename`` and ``compat`` as
        in `Job`; ``bundle`` (bool), ``threads`` (of BLAS and OpenMP; left alone if missing) and ``workdir``
        (the current directory if missing; naming it says that this is the caller's own process).
    inputs
        Arrow IPC files and pickled objects by port, the zip as ``bundle``; closed before the script runs.
    outputs
        ``report``, ``graphics`` (the picture files one after the other), and one for each port.

    Returns
    -------
    dict
        Rows and columns by port, and seconds by stage.

    Raises
    ------
    DrawloomError
        What the user should see; its ``report`` holds what there is to tell in spite of it.

    Notes
    -----
    The report is ``{"conversions": {"in": {port: [...]}, "out": {port: [...]}}, "graphics": [{"name", "kind",
    "size"}], "log": [[stream, text]], "notes": [text], "objects": {port: {library: version}}}``, and after a
    failure ``"traceback"`` where the error itself has none, such as that of memory that ran out.
    """
    report, counts = perform(spec, inputs, outputs)
    _write_all(outputs["report"], json.dumps(report).encode())
    return counts


def perform(
    spec: dict[str, Any],
    inputs: dict[str, int],
    outputs: dict[str, int],
    arrange: Callable[[Plan], Plan] = lambda plan: plan,
) -> tuple[dict[str, Any], dict[str, int | float]]:
    """Do what `run` does, and give the report instead of writing it.

    Parameters
    ----------
    arrange
        May change how the entry point is called, before anything of the script runs.
    """
    report: dict[str, Any] = {
        "conversions": {"in": {}, "out": {}},
        "graphics": [],
        "log": [],
        "notes": [],
        "objects": {},
    }
    counts: dict[str, int | float] = {}
    try:
        _run(spec, inputs, outputs, arrange, report, counts)
    except Exception as error:
        error.report = report  # type: ignore[attr-defined]
        raise
    return report, counts


def _run(
    spec: dict[str, Any],
    inputs: dict[str, int],
    outputs: dict[str, int],
    arrange: Callable[[Plan], Plan],
    report: dict[str, Any],
    counts: dict[str, int | float],
) -> None:
    started = time.perf_counter()
    workdir = spec.get("workdir") or os.getcwd()
    paths: list[str] = []
    try:
        plan = arrange(prepare(Job(**{name: spec[name] for name in _JOB if name in spec})))
        tables, pickles = _read(plan, inputs, report["conversions"]["in"])
        if spec.get("bundle"):
            from drawloom.script import bundle

            paths = bundle.unpack(inputs[BUNDLE_INPUT], workdir, plan.job.siblings)
    finally:
        for fd in inputs.values():
            os.close(fd)
    counts["read_seconds"] = time.perf_counter() - started

    def deliver(outcome: Outcome) -> None:
        for delivery in outcome.deliveries:
            _deliver(delivery, outputs, report, counts)

    before = threads.limit(spec["threads"]) if "threads" in spec else None
    try:
        outcome = execute(
            plan, tables, workdir, pickles=pickles, paths=paths, deliver=deliver, borrowed="workdir" in spec
        )
    finally:
        if before is not None and "workdir" in spec:
            threads.restore(before)
    counts |= outcome.seconds
    report["log"], report["notes"] = outcome.log, [*report["notes"], *outcome.notes]
    report["graphics"] = _write_pictures(outcome.pictures, outputs)
    if outcome.error is not None:
        report["traceback"] = "".join(getattr(outcome.error, "__notes__", ()))
        raise outcome.error


def _read(
    plan: Plan, inputs: Mapping[str, int], conversions: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    tables: dict[str, Any] = {}
    pickles: dict[str, bytes] = {}
    for slot in plan.binding.slots():
        if slot.kind == "object":
            with open(inputs[slot.port], "rb", closefd=False) as file:
                file.seek(0)
                pickles[slot.port] = file.read()
        elif slot.kind == "table" and slot.form == "pandas":
            tables[slot.port], changed = bridge.read_frame(inputs[slot.port])
            conversions[slot.port] = [conversion.to_dict() for conversion in changed]
        elif slot.kind == "table":
            tables[slot.port] = _in_form(bridge.read_table(inputs[slot.port]), slot.form)
    return tables, pickles


def _in_form(table: Any, form: str) -> Any:
    if form == "pyarrow":
        return table
    import polars

    frame = polars.from_arrow(table)
    return frame.lazy() if form == "polars.LazyFrame" and isinstance(frame, polars.DataFrame) else frame


def _deliver(
    delivery: Delivery, outputs: Mapping[str, int], report: dict[str, Any], counts: dict[str, int | float]
) -> None:
    fd = outputs.get(delivery.port)
    if fd is None:
        report["notes"].append(f"{delivery.port} was returned, but nothing takes it here.")
    elif delivery.kind == "object":
        counts[f"{delivery.port}.bytes"] = _deliver_object(delivery, fd, report)
    elif hasattr(delivery.value, "iloc"):
        written, changed = bridge.write_frame(delivery.value, fd)
        report["conversions"]["out"][delivery.port] = [conversion.to_dict() for conversion in changed]
        counts |= {f"{delivery.port}.rows": written.rows, f"{delivery.port}.columns": written.columns}
    else:
        written = bridge.write_table(delivery.value, fd)
        counts |= {f"{delivery.port}.rows": written.rows, f"{delivery.port}.columns": written.columns}


def _deliver_object(delivery: Delivery, fd: int, report: dict[str, Any]) -> int:
    try:
        with open(fd, "wb", closefd=False) as file:
            report["objects"][delivery.port], notes = objects.dump(delivery.value, file, delivery.port)
            report["notes"] += notes
            return file.tell()
    except OSError as error:
        if error.errno not in (errno.EFBIG, errno.ENOSPC):
            raise
        raise LimitError(
            f"The object {delivery.port!r} does not fit: {error.strerror}.",
            code="0039",
            remedy="Return a smaller object, or raise the limit.",
        ) from error


def _write_pictures(pictures: list[Picture], outputs: Mapping[str, int]) -> list[dict[str, Any]]:
    if not pictures or "graphics" not in outputs:
        return []
    for picture in pictures:
        _write_all(outputs["graphics"], picture.data)
    return [{"name": picture.name, "kind": picture.kind, "size": len(picture.data)} for picture in pictures]


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
