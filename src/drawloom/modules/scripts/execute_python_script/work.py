"""Execute Python Script: the worker side."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.modules.scripts.execute_python_script.pieces import in_pieces
from drawloom.script import work
from drawloom.script.execute import Plan
from drawloom.script.signature import read
from drawloom.script.source import load
from drawloom.table import bridge

_SETTINGS = ("name", "siblings", "filename", "threads", "workdir", "compat")


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Call a script on its tables.

    Parameters
    ----------
    spec
        ``params``: ``script`` and the values of its parameters. ``apply``: ``whole`` (if missing),
        ``batches``, ``{"batches": rows}`` or ``{"by": column}``. ``objects``: connected object port ->
        versions of the libraries that wrote it. ``name``, ``siblings``, ``filename``, ``threads``,
        ``workdir`` and ``compat`` as in `drawloom.script.work.run`.
    inputs
        By port; ``bundle`` is the zip.
    outputs
        ``report``, ``graphics`` and one for each port. A table port that the script leaves out gets a table
        without columns.

    Notes
    -----
    The report is that of `drawloom.script.work.run`, with ``conversions`` by port.
    """
    params = dict(spec["params"])
    script = params.pop("script")
    job = {name: spec[name] for name in _SETTINGS if name in spec}
    job |= {"text": script, "params": params, **_connected(script, spec, inputs)}
    notes: list[str] = []

    def arrange(plan: Plan) -> Plan:
        return in_pieces(plan, spec.get("apply") or "whole", notes)

    try:
        report, counts = work.perform(job, inputs, outputs, arrange)
    except DrawloomError as error:
        if found := getattr(error, "report", None):
            error.report = _told(found, notes)  # type: ignore[attr-defined]
        raise
    counts |= _fill(script, spec.get("compat"), outputs, counts)
    with os.fdopen(os.dup(outputs["report"]), "w", encoding="utf-8") as file:
        json.dump(_told(report, notes), file)
    return counts


def _connected(script: str, spec: Mapping[str, Any], inputs: Mapping[str, int]) -> dict[str, Any]:
    """Sort what is connected into tables, objects and the bundle."""
    known = spec.get("objects") or {}
    objects = {*known, *_object_ports(script, spec.get("compat"))}
    tables = [port for port in inputs if port not in objects and port != work.BUNDLE_INPUT]
    return {
        "tables": sorted(
            tables, key=lambda port: (len(port), port) if port.startswith("dataset") else (0, "")
        ),
        "objects": {port: known.get(port, {}) for port in inputs if port in objects},
        "bundle": work.BUNDLE_INPUT in inputs,
    }


def _object_ports(script: str, compat: str | None) -> list[str]:
    try:
        return [argument.port for argument in read(load(script, compat=compat)).objects]
    except DrawloomError:
        return []  # the script is read again where its errors are told


def _fill(
    script: str, compat: str | None, outputs: Mapping[str, int], counts: Mapping[str, int | float]
) -> dict[str, int | float]:
    filled: dict[str, int | float] = {}
    for output in read(load(script, compat=compat)).outputs:
        if output.kind == "table" and output.port in outputs and f"{output.port}.rows" not in counts:
            bridge.write_table(pa.table({}), outputs[output.port])
            filled |= {f"{output.port}.rows": 0, f"{output.port}.columns": 0}
    return filled


def _told(report: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    there, back = report["conversions"]["in"], report["conversions"]["out"]
    by_port = {port: [*there.get(port, ()), *back.get(port, ())] for port in {**there, **back}}
    return {**report, "conversions": by_port, "notes": [*report["notes"], *notes]}
