"""A small table as JSON values, for a host that decodes none (inside the walls)."""

from __future__ import annotations

import json
import math
import os
from typing import Any

from drawloom.table.bridge import read_table


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Read the first rows of a table.

    Parameters
    ----------
    spec
        ``rows``: how many at most.
    inputs
        ``dataset``: a validated Arrow IPC file.
    outputs
        ``report`` gets ``columns``: a list of ``[name, cells]``. Numbers, booleans, text and None are
        themselves, numbers that JSON has not and everything else text.
    """
    table = read_table(inputs["dataset"]).slice(0, spec["rows"])
    os.close(inputs["dataset"])
    columns = [
        [name, [_cell(cell) for cell in column.to_pylist()]]
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    with open(outputs["report"], "w", encoding="utf-8", closefd=False) as report:
        json.dump({"columns": columns}, report)
    return {"rows": table.num_rows}


def _cell(cell: Any) -> Any:
    if isinstance(cell, bool | int | str | None):
        return cell
    return cell if isinstance(cell, float) and math.isfinite(cell) else str(cell)
