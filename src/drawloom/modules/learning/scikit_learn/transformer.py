"""Fitting a scikit-learn transformer to columns, and doing it to others (worker side)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import get_tags

from drawloom.errors import InputError
from drawloom.modules.kinds import NUMERIC, kind_of, plain, require_kind
from drawloom.modules.learning.features import finite
from drawloom.modules.learning.models import fit, understood
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table
from drawloom.modules.transformations import kinds_of, require_columns, transformation
from drawloom.table.names import unique_names

_LIBRARIES = ("numpy", "scipy", "scikit-learn")


def fit_transformer(title: str, transformer: Any, columns: Mapping[str, Any], step: Step) -> Outputs:
    """Fit a transformer to the selected columns, and transform them.

    Raises
    ------
    InputError
        0021 where there are no rows; 0083 with scikit-learn's words where the columns do not suit it.
    """
    table = step.table("dataset")
    names = select(columns, table)
    table.require_rows()
    if "sparse_output" in transformer.get_params(deep=False):
        transformer.set_params(sparse_output=False)
    fit(transformer, step, title, table.port, _matrix(transformer, table, names))
    state = {"title": title, "kinds": kinds_of(table, names), "transformer": transformer}
    return {
        "dataset": transform(state, table),
        "transformation": transformation(transform, state, _LIBRARIES),
    }


def transform(state: Mapping[str, Any], table: Table) -> Table:
    """Put what a fitted transformer makes of its columns in their place.

    Columns that keep their names stay where they are; all others are appended, and those they come from go.
    """
    require_columns(state["kinds"], table)
    names, transformer = list(state["kinds"]), state["transformer"]
    with understood(state["title"], table.port, "transform"):
        made = transformer.transform(_matrix(transformer, table, names)) if len(table.frame) else None
    titles = _titles(transformer, names, 0 if made is None else made.shape[1])
    if made is None:
        made = np.empty((0, len(titles)))
    elif not isinstance(made, np.ndarray):
        made = made.toarray()
    columns = {title: pd.Series(made[:, place]).infer_objects() for place, title in enumerate(titles)}
    kept = table.of(table.frame.drop(columns=[name for name in names if name not in columns]))
    new = [title for title in titles if title not in names]
    renamed = dict(zip(new, unique_names([*kept.names, *new])[len(kept.names) :], strict=True))
    return kept.with_columns({renamed.get(title, title): values for title, values in columns.items()})


def _matrix(transformer: Any, table: Table, names: list[str]) -> Any:
    """Give the columns as a matrix: of numbers, or of plain values for what takes levels.

    Raises
    ------
    InputError
        0017 where a column is of another type; 0032 and 0033 where it is missing or infinite and may not be.
    """
    tags = get_tags(transformer).input_tags
    takes_levels = tags.categorical or tags.string
    for name in names:
        require_kind(
            table.frame[name],
            (*NUMERIC, "boolean", "string") if takes_levels else (*NUMERIC, "boolean"),
            table.port,
            "Leave it out of the column selection, or convert it with edit-metadata.",
        )
    columns = [table.frame[name] for name in names]
    if not tags.allow_nan:
        _require_present(columns, table.port)
    if any(kind_of(values) == "string" for values in columns):
        return np.column_stack(
            [plain(values).astype(object).where(values.notna(), None) for values in columns]
        )
    return np.column_stack([finite(values, table.port) for values in columns])


def _require_present(columns: list[pd.Series], port: str) -> None:
    for values in columns:
        if values.isna().any():
            raise InputError(
                f"The column {values.name!r} at port {port!r} has missing values (NaN).",
                code="0032",
                remedy="Fill them with clean-missing-data first.",
            )


def _titles(transformer: Any, names: list[str], width: int) -> list[str]:
    try:
        found = [str(title) for title in transformer.get_feature_names_out(names)]
    except (AttributeError, ValueError, TypeError):
        name = type(transformer).__name__.lower()
        found = [f"{name}{place}" for place in range(width)]
    return unique_names(found)
