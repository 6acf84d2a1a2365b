"""The work function of a script step: from mapped inputs to host-made outputs."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from drawloom.script.execute import Job, Outcome, Plan, execute, prepare
from drawloom.table import bridge


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Run a script.

    Parameters
    ----------
    spec
        ``text``, ``name``, ``tables`` (names of the connected tables in order), ``objects``, ``params``,
        ``siblings``, ``filename``: as `Job`.
    inputs
        Arrow IPC files and object blobs by port.
    outputs
        ``report``, and one for each port.

    Returns
    -------
    dict
        Rows and columns by port, and seconds by stage.

    Raises
    ------
    DrawloomError
        What the user should see; its ``report`` holds what there is to tell in spite of it.
    """
    started = time.perf_counter()
    report: dict[str, Any] = {"conversions": {"in": {}, "out": {}}, "graphics": [], "log": [], "notes": []}
    counts: dict[str, int | float] = {}
    try:
        try:
            plan = prepare(Job(**{name: spec[name] for name in Job.__slots__ if name in spec}))
            values = _read(plan, inputs, report)
        finally:
            for fd in inputs.values():
                os.close(fd)
        counts["read_seconds"] = time.perf_counter() - started
        outcome = execute(plan, values, os.getcwd())
        counts |= outcome.seconds
        report["log"], report["notes"] = outcome.log, outcome.notes
        if outcome.error is not None:
            raise outcome.error
        started = time.perf_counter()
        counts |= _write(outcome, outputs, report)
        counts["write_seconds"] = time.perf_counter() - started
    except Exception as error:
        error.report = report  # type: ignore[attr-defined]
        raise
    with open(outputs["report"], "w", encoding="ascii", closefd=False) as file:
        json.dump(report, file)
    return counts


def _read(plan: Plan, inputs: dict[str, int], report: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for slot in plan.binding.slots():
        if slot.kind != "table":
            continue
        if slot.form == "pandas":
            values[slot.port], conversions = bridge.read_frame(inputs[slot.port])
            report["conversions"]["in"][slot.port] = [conversion.to_dict() for conversion in conversions]
        else:
            values[slot.port] = _in_form(bridge.read_table(inputs[slot.port]), slot.form)
    return values


def _in_form(table: Any, form: str) -> Any:
    if form == "pyarrow":
        return table
    import polars

    frame = polars.from_arrow(table)
    return frame.lazy() if form == "polars.LazyFrame" and isinstance(frame, polars.DataFrame) else frame


def _write(outcome: Outcome, outputs: dict[str, int], report: dict[str, Any]) -> dict[str, int | float]:
    counts: dict[str, int | float] = {}
    for delivery in outcome.deliveries:
        fd = outputs.get(delivery.port)
        if fd is None:
            report["notes"].append(f"{delivery.port} was returned, but nothing takes it here.")
        elif hasattr(delivery.value, "iloc"):
            written, conversions = bridge.write_frame(delivery.value, fd)
            report["conversions"]["out"][delivery.port] = [conversion.to_dict() for conversion in conversions]
            counts |= {f"{delivery.port}.rows": written.rows, f"{delivery.port}.columns": written.columns}
        else:
            written = bridge.write_table(delivery.value, fd)
            counts |= {f"{delivery.port}.rows": written.rows, f"{delivery.port}.columns": written.columns}
    return counts
