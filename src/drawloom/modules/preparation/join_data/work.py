"""Join Data: the worker side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import (
    COMPARABLE,
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
    left_rows, right_rows = _matches(*_codes(pairs), step.params["join_type"])
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
        require_kind(table.frame[name], COMPARABLE, table.port, "Choose another key column.")
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


def _codes(pairs: Sequence[tuple[pd.Series, pd.Series]]) -> tuple[Rows, Rows]:
    """Number the keys: equal keys of either side get equal numbers, a key with a missing part gets -1."""
    codes = np.zeros(sum(map(len, pairs[0])), dtype=np.int64)
    missing = np.zeros(len(codes), dtype=np.bool_)
    for pair in pairs:
        found, distinct = pd.factorize(pd.concat(pair, ignore_index=True))
        missing |= found < 0
        codes, _ = pd.factorize(codes * (len(distinct) + 1) + found)
    codes[missing] = -1
    ours = len(pairs[0][0])
    return codes[:ours], codes[ours:]


def _matches(left: Rows, right: Rows, join_type: str) -> tuple[Rows, Rows]:
    """Give the row numbers of the pairs, in the order of the left rows, then of the right ones.

    Parameters
    ----------
    left, right
        The numbers of the keys, shape (rows,); -1 matches nothing.
    """
    partners = np.bincount(right[right >= 0], minlength=max(left.max(initial=-1), right.max(initial=-1)) + 1)
    counts = np.where(left >= 0, partners[left], 0) if len(partners) else np.zeros(len(left), dtype=np.intp)
    if join_type == "left-semi":
        return np.flatnonzero(counts), np.empty(0, dtype=np.intp)
    by_key = np.argsort(right, kind="stable")[np.count_nonzero(right < 0) :]
    first = np.cumsum(partners) - partners
    copies = counts if join_type == "inner" else np.maximum(counts, 1)
    left_rows = np.repeat(np.arange(len(left)), copies)
    nth = np.arange(len(left_rows)) - np.repeat(np.cumsum(copies) - copies, copies)
    right_rows = np.full(len(left_rows), -1)
    paired = counts[left_rows] > 0
    right_rows[paired] = by_key[first[left[left_rows[paired]]] + nth[paired]]
    if join_type == "full-outer":
        alone = np.ones(len(right), dtype=np.bool_)
        alone[right_rows[paired]] = False
        left_rows = np.concatenate([left_rows, np.full(alone.sum(), -1)])
        right_rows = np.concatenate([right_rows, np.flatnonzero(alone)])
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
