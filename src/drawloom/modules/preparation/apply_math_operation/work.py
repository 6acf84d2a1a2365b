"""Apply Math Operation: the worker side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import as_kind, numbers, require_numeric
from drawloom.modules.preparation.apply_math_operation.operations import TRUTHS, compute
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.table.names import unique_names


@work
def run(step: Step) -> Outputs:
    """Compute the operation for every selected column."""
    table = step.table("dataset")
    params = step.params
    names = select(params["columns"], table)
    seconds: Sequence[str | float | None] = [params["argument"]] * len(names)
    if params["argument_columns"] is not None:
        seconds = _paired(names, select(params["argument_columns"], table), table.port)
    results = {
        name: _result(params["operation"], table, name, second, step)
        for name, second in zip(names, seconds, strict=True)
    }
    if params["output"] == "inplace":
        return {"dataset": table.with_columns(results)}
    titles = [_title(params["operation"], name, second) for name, second in zip(names, seconds, strict=True)]
    if params["output"] == "resultonly":
        return {
            "dataset": Table(pd.DataFrame(dict(zip(unique_names(titles), results.values(), strict=True))))
        }
    titles = unique_names([*table.names, *titles])[len(table.names) :]
    return {"dataset": table.with_columns(dict(zip(titles, results.values(), strict=True)))}


def _paired(firsts: Sequence[str], seconds: list[str], port: str) -> list[str]:
    if len(seconds) == 1:
        return seconds * len(firsts)
    if len(seconds) != len(firsts):
        raise InputError(
            f"{len(firsts)} columns and {len(seconds)} second arguments are selected at port {port!r}.",
            code="0022",
            remedy="Select one second argument for all, or as many as there are columns.",
        )
    return seconds


def _result(operation: str, table: Table, name: str, second: str | float | None, step: Step) -> Any:
    values = table.frame[name]
    require_numeric(values, table.port)
    x = numbers(values)
    y: npt.NDArray[np.float64] | None = None
    if isinstance(second, str):
        require_numeric(table.frame[second], table.port)
        y = numbers(table.frame[second])
    elif second is not None:
        y = np.full(len(x), second)
    result = compute(operation, x, y)
    lost = int(np.isnan(result).sum() - (np.isnan(x) if y is None else np.isnan(x) | np.isnan(y)).sum())
    if lost:
        step.note(f"{_title(operation, name, second)} is not defined for {lost} rows; they are missing.")
    return as_kind(result, pd.Series(np.zeros(len(x), dtype=np.bool_))) if operation in TRUTHS else result


def _title(operation: str, name: str, second: str | float | None) -> str:
    if second is None:
        return f"{operation}({name})"
    return f"{operation}({name}_{second})" if isinstance(second, str) else f"{operation}({name}_${second:g})"
