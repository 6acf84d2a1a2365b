"""Clip Values: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import as_kind, numbers, require_numeric
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.transformations import kinds_of, require_columns, transformation
from drawloom.table.names import unique_names

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@work
def run(step: Step) -> Outputs:
    """Learn the thresholds of the selected columns, and clip the values beyond them."""
    table = step.table("dataset")
    names = select(step.params["columns"], table)
    for name in names:
        require_numeric(table.frame[name], table.port)
    table.require_rows()
    state = {
        "kinds": kinds_of(table, names),
        "limits": {name: _limits(table.frame[name], step.params, table.port) for name in names},
        "overwrite": step.params["overwrite"],
        "indicator": step.params["indicator"],
    }
    return {"dataset": clip(state, table), "transformation": transformation(clip, state)}


def clip(state: Mapping[str, Any], table: Table) -> Table:
    """Clip the columns by the limits that were learnt."""
    require_columns(state["kinds"], table)
    clipped, beyond = {}, {}
    for name, limits in state["limits"].items():
        clipped[name], beyond[name] = _clipped(table.frame[name], limits)
    appended: dict[str, Any] = {}
    if not state["overwrite"]:
        appended |= {f"{name}_clipped": values for name, values in clipped.items()}
        clipped = {}
    if state["indicator"]:
        appended |= {f"{name}_IsClipped": flags for name, flags in beyond.items()}
    new = unique_names([*table.names, *appended])[len(table.names) :]
    return table.with_columns(clipped | dict(zip(new, appended.values(), strict=True)))


def _limits(values: pd.Series, params: Mapping[str, Any], port: str) -> dict[str, tuple[float, float]]:
    """Give ``upper`` and ``lower``, where wanted, as (threshold, substitute)."""
    found = numbers(values)
    present = found[~np.isnan(found)]
    if not present.size:
        raise InputError(
            f"The column {values.name!r} at port {port!r} has only missing values.",
            code="0080",
            remedy="Leave it out of the column selection.",
        )
    wanted = params["clip"].split("-and-")
    limits = {}
    for side in [side for side, what in (("upper", "peaks"), ("lower", "subpeaks")) if what in wanted]:
        threshold = params[side]
        if params["threshold"] == "percentile":
            threshold = float(np.percentile(present, threshold))
        limits[side] = (threshold, _substitute(params[f"{side}_substitute"], threshold, present))
    return limits


def _substitute(choice: str, threshold: float, present: Floats) -> float:
    match choice:
        case "mean":
            return float(present.mean())
        case "median":
            return float(np.median(present))
        case "missing":
            return float("nan")
    return threshold


def _clipped(values: pd.Series, limits: Mapping[str, tuple[float, float]]) -> tuple[pd.Series, Mask]:
    before = numbers(values)
    after, beyond = before.copy(), np.zeros(len(before), dtype=np.bool_)
    for side, (threshold, substitute) in limits.items():
        outside = before > threshold if side == "upper" else before < threshold
        after[outside] = substitute
        beyond |= outside
    if not beyond.any():
        return values, beyond
    put = after[beyond & ~np.isnan(after)]
    # An integer column stays one unless a threshold such as 3.5 is put into it.
    return as_kind(after, values) if (put == np.floor(put)).all() else pd.Series(after), beyond
