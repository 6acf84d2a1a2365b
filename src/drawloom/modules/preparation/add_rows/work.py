"""Add Rows: the worker side."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import union_categoricals

from drawloom.errors import InputError
from drawloom.modules.kinds import TITLES, is_categorical, kind_of, plain, standard, with_missing
from drawloom.modules.tables import Outputs, Step, Table, work


@work
def run(step: Step) -> Outputs:
    """Append the rows of one table to those of another."""
    first, second = step.table("dataset1"), step.table("dataset2")
    _require_same_names(first, second)
    columns = {
        name: _stacked(first.frame[name], second.frame[name], index) for index, name in enumerate(first.names)
    }
    return {"dataset": first.of(pd.DataFrame(columns))}


def _require_same_names(first: Table, second: Table) -> None:
    if len(first.names) != len(second.names):
        raise InputError(
            f"The datasets have {len(first.names)} columns at port 'dataset1' and {len(second.names)} at "
            "port 'dataset2'.",
            code="0010",
            remedy="Give both the same columns with select-columns-in-dataset.",
        )
    for index, (one, other) in enumerate(zip(first.names, second.names, strict=True)):
        if one != other:
            raise InputError(
                f"Column {index + 1} is {one!r} at port 'dataset1' and {other!r} at port 'dataset2'.",
                code="0010",
                remedy="Rename it with edit-metadata, or reorder with select-columns-in-dataset.",
            )


def _stacked(one: pd.Series, other: pd.Series, index: int) -> pd.Series:
    if kind_of(one) != kind_of(other) and not (one.isna().all() or other.isna().all()):
        raise InputError(
            f"Column {index + 1}, {one.name!r}, has the type {TITLES[kind_of(one)]} at port 'dataset1' "
            f"and {TITLES[kind_of(other)]} at port 'dataset2'.",
            code="0016",
            remedy="Give both one type with edit-metadata.",
        )
    if is_categorical(one) and is_categorical(other) and kind_of(one) == kind_of(other):
        return pd.Series(union_categoricals([one, other]), name=one.name)
    parts = [plain(part) for part in (one, other)]
    if parts[0].dtype != parts[1].dtype:
        parts = [standard(part) for part in parts]
    filled = [part for part in parts if len(part) and not part.isna().all()] or parts
    dtype = filled[0].dtype
    if any(part.isna().any() for part in parts) or any(part.dtype != dtype for part in filled):
        dtype = with_missing(filled[0]).dtype
    return pd.concat([part.astype(dtype) for part in parts], ignore_index=True)
