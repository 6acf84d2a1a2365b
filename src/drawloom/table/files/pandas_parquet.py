"""A table as a Parquet file that pandas reads back as the frame a script would see (inside the walls)."""

from __future__ import annotations

import json
import os
from typing import Any

import pyarrow as pa

from drawloom.table.bridge import read_frame, read_table
from drawloom.table.files.parquet_writer import write


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Write a table.

    pandas notes in the file which of its types each column has, which Arrow's own types would not tell.
    A frame that pandas cannot write (complex numbers) is written as the Arrow table it came as.

    Parameters
    ----------
    inputs
        ``dataset``: a validated Arrow IPC file.
    outputs
        ``parquet`` gets the file; ``report`` is an empty object.
    """
    frame, _ = read_frame(inputs["dataset"])
    try:
        sink = pa.BufferOutputStream()
        frame.to_parquet(sink, index=False)
        with open(outputs["parquet"], "wb", closefd=False) as file:
            file.write(sink.getvalue())
    except (pa.ArrowException, TypeError, ValueError):
        write(read_table(inputs["dataset"]), outputs["parquet"])
    os.close(inputs["dataset"])
    with open(outputs["report"], "w", encoding="utf-8", closefd=False) as report:
        json.dump({}, report)
    return {"rows": len(frame)}
