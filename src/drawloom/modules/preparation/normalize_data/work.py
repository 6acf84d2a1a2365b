"""Normalize Data: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from drawloom.errors import InputError
from drawloom.modules.kinds import numbers, require_numeric
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.transformations import kinds_of, require_columns, transformation

Floats = npt.NDArray[np.float64]


@work
def run(step: Step) -> Outputs:
    """Learn the scale of the selected columns and bring them to it."""
    table = step.table("dataset")
    names = select(step.params["columns"], table)
    for name in names:
        require_numeric(table.frame[name], table.port)
    table.require_rows()
    method = step.params["method"]
    state = {
        "method": method,
        "constant": 0.0 if step.params["constant_as_zero"] else float("nan"),
        "kinds": kinds_of(table, names),
        "scales": {name: _learn(method, table.frame[name], table.port) for name in names},
    }
    return {"dataset": rescale(state, table), "transformation": transformation(rescale, state)}


def rescale(state: Mapping[str, Any], table: Table) -> Table:
    """Bring the columns to the scale that was learnt; missing stays missing."""
    require_columns(state["kinds"], table)
    columns = {
        name: _rescaled(state["method"], numbers(table.frame[name]), scale, state["constant"])
        for name, scale in state["scales"].items()
    }
    return table.with_columns(columns)


def _learn(method: str, values: pd.Series, port: str) -> tuple[float, float]:
    """Give (offset, spread) of a column; (0, 1) for the methods that learn nothing."""
    present = numbers(values.dropna())
    if not present.size:
        raise InputError(
            f"The column {values.name!r} at port {port!r} has only missing values.",
            code="0080",
            remedy="Leave it out of the column selection, or fill it with clean-missing-data.",
        )
    if not np.isfinite(present).all():
        raise InputError(
            f"The column {values.name!r} at port {port!r} holds an infinite value.",
            code="0033",
            remedy="Cut it off with clip-values first.",
        )
    match method:
        case "zscore":
            spread = float(present.std()) if present.min() < present.max() else 0.0
            return float(present.mean()), spread
        case "minmax":
            return float(present.min()), float(present.max() - present.min())
        case "lognormal":
            return _learn_lognormal(present, str(values.name), port)
    return 0.0, 1.0


def _learn_lognormal(present: Floats, name: str, port: str) -> tuple[float, float]:
    if (present <= 0).any():
        raise InputError(
            f"The column {name!r} at port {port!r} holds {present.min():g}; a lognormal column is above 0.",
            code="0004",
            remedy="Leave it out of the column selection, or choose another method.",
        )
    logs = np.log(present)
    return float(logs.mean()), float(logs.std()) if logs.min() < logs.max() else 0.0


def _rescaled(method: str, values: Floats, scale: tuple[float, float], constant: float) -> Floats:
    if method == "tanh":
        return np.tanh(values)
    if method == "logistic":
        return np.asarray(special.expit(values))
    offset, spread = scale
    if spread == 0:
        return np.where(np.isnan(values), np.nan, constant)
    if method == "lognormal":
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.maximum(values, 0.0))
        return np.asarray(special.ndtr((logs - offset) / spread))
    return (values - offset) / spread
