"""Export Data: the worker side."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from drawloom.modules.tables import Outputs, Step, work
from drawloom.table import bridge
from drawloom.table.files import write_csv, write_parquet
from drawloom.table.report import Conversion


def _write_arrow(table: pa.Table, fd: int) -> list[Conversion]:
    bridge.write_table(table, fd)
    return []


_WRITERS: dict[str, Callable[[pa.Table, int], list[Conversion]]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "arrow": _write_arrow,
}


@work
def run(step: Step) -> Outputs:
    """Write the dataset into the file that the host made."""
    table = step.arrow("dataset")
    step.converted("file", _WRITERS[step.params["format"]](table, step.outputs["file"]))
    return {}
