"""What the sandboxed child does with files: parse what comes in, convert what goes out.

Importing this module, and parsing, loads no pandas: a child that only parses starts sooner.
"""

from __future__ import annotations

import json
import os
from typing import Any

from drawloom.errors import DrawloomError
from drawloom.table.columns import type_name
from drawloom.table.files import read_file, write_csv, write_parquet
from drawloom.table.ipc import write_batch
from drawloom.table.pieces import one_batch

PROFILED_ROWS = 1_000_000
"""Statistics of a larger table are those of so many rows, evenly spaced."""


def parse(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Parse a user's file into an Arrow IPC file.

    Parameters
    ----------
    spec
        ``name`` of the file, and ``options`` as `read_file` takes them.
    inputs
        ``file``: the raw file.
    outputs
        ``dataset`` gets the table; ``report`` gets ``conversions`` and ``schema``.

    Returns
    -------
    dict
        ``rows`` and ``columns``.
    """
    table, conversions = read_file(inputs["file"], spec["name"], spec.get("options"))
    os.close(inputs["file"])
    write_batch(one_batch(table), outputs["dataset"])
    schema = _schema(table.num_rows, [(field.name, type_name(field.type)) for field in table.schema])
    _report(outputs, {"conversions": [entry.to_dict() for entry in conversions], "schema": schema})
    return {"rows": table.num_rows, "columns": table.num_columns}


def export(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Validate a table that an untrusted worker wrote, and convert it for people and other programs.

    Parameters
    ----------
    spec
        ``preview`` (optional): ``width`` and ``rows`` of a text rendering; ``profile`` (optional): whether to
        describe the columns.
    inputs
        ``dataset``: an Arrow IPC file.
    outputs
        ``csv`` and ``parquet``, each optional, get the table; ``report`` gets ``schema``, ``conversions``
        (of what a format does not hold) and, where asked for, ``preview`` and ``profile``.

    Returns
    -------
    dict
        ``rows`` and ``columns``.
    """
    from drawloom.table.bridge import read_table
    from drawloom.table.validate import validate

    schema = validate(inputs["dataset"])
    table = read_table(inputs["dataset"])
    os.close(inputs["dataset"])
    report: dict[str, Any] = {"schema": _schema(schema.rows, schema.columns), "conversions": {}}
    for name, write in {"csv": write_csv, "parquet": write_parquet}.items():
        if name in outputs:
            report["conversions"][name] = [entry.to_dict() for entry in write(table, outputs[name])]
    if spec.get("preview"):
        from drawloom.table.preview import preview

        report["preview"] = preview(table, rows=spec["preview"]["rows"], width=spec["preview"]["width"])
    if spec.get("profile"):
        from drawloom.table.profile import profile

        report["profile"] = profile(table, PROFILED_ROWS)
    _report(outputs, report)
    return {"rows": schema.rows, "columns": len(schema.columns)}


def check(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Validate the tables that an untrusted worker wrote.

    Parameters
    ----------
    inputs
        Arrow IPC files by port.
    outputs
        ``report`` gets ``schemas`` by port; where one is not valid, its ``port``.
    """
    from drawloom.table.validate import validate

    schemas = {}
    try:
        for port, fd in inputs.items():
            try:
                schema = validate(fd)
            except DrawloomError as error:
                error.report = {"port": port}  # type: ignore[attr-defined]
                raise
            schemas[port] = _schema(schema.rows, schema.columns)
    finally:
        for fd in inputs.values():
            os.close(fd)
    _report(outputs, {"schemas": schemas})
    return {}


def _schema(rows: int, columns: list[tuple[str, str]]) -> dict[str, Any]:
    return {"rows": rows, "columns": [{"name": name, "type": kind} for name, kind in columns]}


def _report(outputs: dict[str, int], report: dict[str, Any]) -> None:
    with open(outputs["report"], "w", encoding="utf-8", closefd=False) as stream:
        json.dump(report, stream)
