"""Enter Data Manually: the worker side."""

from __future__ import annotations

import csv
import tempfile

from drawloom.modules.tables import Outputs, Step, work
from drawloom.table.files import read_file

_DELIMITERS = {"csv": ",", "tsv": "\t"}


@work
def run(step: Step) -> Outputs:
    """Parse the text as a file of its format would be."""
    kind, text = step.params["data_format"], step.params["data"]
    options: dict[str, object] = {"format": kind}
    if kind in _DELIMITERS:
        options |= {"delimiter": _DELIMITERS[kind], "header": step.params["has_header"], "encoding": "utf-8"}
        text = _with_missing_rows(text, _DELIMITERS[kind])
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        table, conversions = read_file(file.fileno(), "the data entered", options)
    step.converted("dataset", conversions)
    return {"dataset": table}


def _with_missing_rows(text: str, delimiter: str) -> str:
    """Make empty lines rows of missing values; the last one is dropped (Studio classic)."""
    lines = text.splitlines()
    if lines and not lines[-1].strip():
        del lines[-1]
    width = next((len(row) for row in csv.reader(lines, delimiter=delimiter) if row), 1)
    quoted, rows = False, []
    for line in lines:
        rows.append(line if line.strip() or quoted or width == 1 else delimiter * (width - 1))
        quoted ^= line.count('"') % 2 == 1
    return "\n".join(rows) + "\n"
