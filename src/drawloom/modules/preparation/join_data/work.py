"""Join Data: the worker side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import (
    NUMERIC,
    TITLES,
    is_categorical,
    kind_of,
    moments,
    numbers,
    plain,
    require_kind,
    with_missing,
)
from drawloom.modules.selection import one_column
from drawloom.modules.tables import Outputs, Step, Table, work

Rows = npt.NDArray[np.intp]
"""Row numbers; -1 stands for a row that is not there."""


@work
def run(step: Step) -> Outputs:
    """Join two tables by their keys."""
    left, right = step.table("dataset1"), step.table("dataset2")
    left_keys = [one_column(key, left) for key in step.params["left_keys"]]
    right_keys = [one_column(key, right) for key in step.params["right_keys"]]
    pairs = [
        _comparable(left, one, right, other, step.params["match_case"])
        for one, other in zip(left_keys, right_keys, strict=True)
    ]
    ours, theirs = (pd.DataFrame(dict(enumerate(side))) for side in zip(*pairs, strict=True))
    left_rows, right_rows = _matches(ours, theirs, step.params["join_type"])
    if step.params["join_type"] == "left-semi":
        return {"dataset": left.of(left.frame.iloc[left_rows])}
    columns = {name: _taken(left.frame[name], left_rows) for name in left.names}
    kept = right.names
    if not step.params["keep_right_key_columns"]:
        kept = [name for name in right.names if name not in right_keys]
        for one, other in zip(left_keys, right_keys, strict=True):
            columns[one] = _filled_from(columns[one], _taken(right.frame[other], right_rows), left_rows)
    renamed = _right_names(left.names, kept)
    columns |= {renamed[name]: _taken(right.frame[name], right_rows) for name in kept}
    roles = {**left.roles, **{renamed[name]: role for name, role in right.roles.items() if name in renamed}}
    return {"dataset": Table(pd.DataFrame(columns), roles)}


def _comparable(
    left: Table, one: str, right: Table, other: str, match_case: bool
) -> tuple[pd.Series, pd.Series]:
    """Give two key columns in one type, or refuse them."""
    sides = ((left, one), (right, other))
    for table, name in sides:
        require_kind(
            table.frame[name],
            (*NUMERIC, "boolean", "string", "datetime", "timespan"),
            table.port,
            "Choose another key column.",
        )
    here, there = (kind_of(table.frame[name]) for table, name in sides)
    kind = here if here == there else "double"
    if here != there and not {here, there} <= set(NUMERIC):
        raise InputError(
            f"The key column {one!r} at port {left.port!r} has the type {TITLES[here]}, "
            f"{other!r} at port {right.port!r} has {TITLES[there]}.",
            code="0016",
            remedy="Give both one type with edit-metadata.",
        )
    return _key(left.frame[one], kind, match_case), _key(right.frame[other], kind, match_case)


def _key(values: pd.Series, kind: str, match_case: bool) -> pd.Series:
    match kind:
        case "string":
            texts = plain(values).astype("str")
            return texts if match_case else texts.str.casefold()
        case "datetime":
            return moments(values)
        case "double":
            return pd.Series(numbers(values))
    return plain(values)


def _matches(left: pd.DataFrame, right: pd.DataFrame, join_type: str) -> tuple[Rows, Rows]:
    """Give the row numbers of the pairs, in the order of the left rows, then of the right."""
    present = [keys.notna().all(axis=1) for keys in (left, right)]
    on = list(left.columns)
    ones = left[present[0]].assign(left=np.flatnonzero(present[0]))
    others = right[present[1]].assign(right=np.flatnonzero(present[1]))
    if join_type == "left-semi":
        rows = ones.merge(others[on].drop_duplicates(), on=on)["left"]
        return np.sort(rows.to_numpy(dtype=np.intp)), np.empty(0, np.intp)
    pairs = ones.merge(others, on=on).sort_values(["left", "right"])
    left_rows, right_rows = (pairs[side].to_numpy(dtype=np.intp) for side in ("left", "right"))
    if join_type == "inner":
        return left_rows, right_rows
    alone = np.setdiff1d(np.arange(len(left)), left_rows)
    order = np.argsort(np.concatenate([left_rows, alone]), kind="stable")
    right_rows = np.concatenate([right_rows, np.full(len(alone), -1)])[order]
    left_rows = np.concatenate([left_rows, alone])[order]
    if join_type == "full-outer":
        alone = np.setdiff1d(np.arange(len(right)), right_rows)
        left_rows = np.concatenate([left_rows, np.full(len(alone), -1)])
        right_rows = np.concatenate([right_rows, alone])
    return left_rows, right_rows


def _taken(values: pd.Series, rows: Rows) -> pd.Series:
    """Take rows; -1 gives missing, in a type that can hold it."""
    absent = rows < 0
    if not absent.any():
        return values.take(rows).reset_index(drop=True)
    taken = with_missing(values).array.take(rows, allow_fill=True)
    return pd.Series(taken, name=values.name)


def _filled_from(values: pd.Series, other: pd.Series, rows: Rows) -> pd.Series:
    absent = rows < 0
    if not absent.any():
        return values
    filled = plain(values).astype("object").where(~absent, plain(other).astype("object"))
    dtype: Any = "category" if is_categorical(values) else values.dtype
    return filled.infer_objects().astype(dtype)


def _right_names(left: Sequence[str], right: Sequence[str]) -> dict[str, str]:
    """Name the right columns: one that the left has gets `` (1)`` (Studio classic) or the next number."""
    taken = {*left, *right}
    renamed = {}
    for name in right:
        chosen, number = name, 0
        while chosen in (taken if number else left):
            number += 1
            chosen = f"{name} ({number})"
        taken.add(chosen)
        renamed[name] = chosen
    return renamed
