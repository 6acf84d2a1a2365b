"""What a run gave, as one JSON object."""

from __future__ import annotations

from typing import Any

from drawloom.engine.run import RunResult
from drawloom.errors import DrawloomError


def of_run(result: RunResult) -> dict[str, Any]:
    """Give the record of a run: plain JSON values, without the contents of tables, plots and objects."""
    tables: dict[str, Any] = {"dataset": None, "dataset2": None}
    for name, table in result.outputs.items():
        columns = [{"name": column, "type": type_} for column, type_ in table.columns]
        tables[name] = {"rows": table.rows, "columns": columns}
    return {
        "status": result.status,
        **tables,
        "objects": {name: {"versions": made.versions} for name, made in result.objects.items()},
        "graphics": [
            {"name": name, "kind": kind, "bytes": len(data)} for name, kind, data in result.graphics
        ],
        "error": None if result.error is None else result.error.to_dict(),
        "conversions": result.conversions,
        "walls": result.walls,
        "timings": result.timings,
        "notes": result.notes,
    }


def of_refusal(error: DrawloomError) -> dict[str, Any]:
    """Give the record of a run that never started: the same object with nothing but the error."""
    return {
        "status": "failed",
        "dataset": None,
        "dataset2": None,
        "objects": {},
        "graphics": [],
        "error": error.to_dict(),
        "conversions": {},
        "walls": {},
        "timings": {},
        "notes": [],
    }
