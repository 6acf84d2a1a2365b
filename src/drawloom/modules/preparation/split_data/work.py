"""Split Data: the worker side."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import COMPARABLE, TITLES, kind_of, moments, numbers, plain, require_kind
from drawloom.modules.preparation.split_data.expression import Comparison, parse_condition, parse_pattern
from drawloom.modules.selection import one_column
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.values import parse_value

Mask = npt.NDArray[np.bool_]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


@work
def run(step: Step) -> Outputs:
    """Divide the rows in two."""
    table = step.table("dataset")
    match step.params["mode"]:
        case "regular-expression":
            first = _matching(step.params["expression"], table)
        case "relative-expression":
            first = _holding(step.params["expression"], table)
        case _:
            table.require_rows(2)
            first = _drawn(step.params, table, step.params["seed"] or step.seed)
    return {"dataset1": table.of(table.frame[first]), "dataset2": table.of(table.frame[~first])}


def _drawn(params: Mapping[str, Any], table: Table, seed: int) -> Mask:
    """Choose the rows of the first output: the share of the rows, rounded down."""
    rows = len(table.frame)
    strata = np.zeros(rows, dtype=np.intp)
    if params["stratified"]:
        column = one_column(params["stratification_column"], table)
        require_kind(table.frame[column], COMPARABLE, table.port, "Choose another stratification column.")
        strata, _ = pd.factorize(plain(table.frame[column]), use_na_sentinel=False)
    order = np.random.default_rng(seed).permutation(rows) if params["randomized"] else np.arange(rows)
    sizes = np.bincount(strata, minlength=1)
    shares = _shares(sizes, params["fraction"])
    chosen = np.zeros(rows, dtype=np.bool_)
    by_stratum = order[np.argsort(strata[order], kind="stable")]
    for start, share in zip(np.cumsum(sizes) - sizes, shares, strict=True):
        chosen[by_stratum[start : start + share]] = True
    return chosen


def _shares(sizes: npt.NDArray[np.intp], fraction: float) -> npt.NDArray[np.intp]:
    """Divide a whole-number total over the strata: rounded down, then by the largest remainder."""
    # A share such as 0.7 of 950 rows is 664.9999... in binary; it means 665.
    total = int(np.floor(sizes.sum() * fraction + 1e-9))
    exact = sizes * fraction
    shares: npt.NDArray[np.intp] = np.floor(exact + 1e-9).astype(np.intp)
    order = np.argsort(shares - exact, kind="stable")
    extra = order[: total - int(shares.sum())]
    shares[extra] += 1
    return shares


def _matching(expression: str, table: Table) -> Mask:
    pattern = parse_pattern(expression)
    values = table.frame[_column(pattern.column, table)]
    require_kind(
        values, ("string",), table.port, "Convert it with edit-metadata, or split by a relative expression."
    )
    search = re.compile(pattern.regex).search
    found = [not pd.isna(text) and search(str(text)) is not None for text in plain(values)]
    return np.array(found, dtype=np.bool_)


def _holding(expression: str, table: Table) -> Mask:
    condition = parse_condition(expression)
    values = table.frame[_column(condition.column, table)]
    kind = kind_of(values)
    require_kind(
        values,
        ("integer", "double", "datetime", "timespan"),
        table.port,
        "Convert it with edit-metadata, or split by a regular expression.",
    )
    here: Any
    match kind:
        case "datetime":
            here = moments(values)
        case "timespan":
            here = plain(values)
        case _:
            here = pd.Series(numbers(values))
    groups = [
        [_compared(here, each, kind, values, table.port) for each in group] for group in condition.any_of
    ]
    held: Mask = np.any([np.all(group, axis=0) for group in groups], axis=0)
    return held & values.notna().to_numpy()


def _compared(here: Any, comparison: Comparison, kind: str, values: pd.Series, port: str) -> Mask:
    try:
        literal = parse_value(comparison.literal, "double" if kind == "integer" else kind)
    except ValueError:
        raise InputError(
            f"{comparison.literal!r} cannot be compared with the column {values.name!r} at port {port!r}, "
            f"which has the type {TITLES[kind]}.",
            code="0002",
            remedy="Write a literal of that type in the expression.",
        ) from None
    result: Mask = np.asarray(_OPERATORS[comparison.operator](here, literal), dtype=np.bool_)
    return result


def _column(column: str | int, table: Table) -> str:
    """Give the name of a column; the indices of Split Data's expressions begin at 0."""
    return one_column(column + 1 if isinstance(column, int) else column, table)
