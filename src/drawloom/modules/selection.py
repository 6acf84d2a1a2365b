"""Which columns of a table a selection chooses (worker side).

The input is the plain form of `drawloom.modules.columns.ColumnSelection`: ``begin`` and ``rules`` with
``include`` or ``exclude``, each with ``names``, ``indices``, ``types`` and ``roles``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drawloom.errors import InputError
from drawloom.modules.kinds import NUMERIC, is_categorical, kind_of
from drawloom.modules.spelling import did_you_mean
from drawloom.modules.tables import Table


def select(selection: Mapping[str, Any], table: Table) -> list[str]:
    """Give the chosen columns in the order of the table, each once.

    Raises
    ------
    InputError
        0001 where a name or an index does not exist (with the nearest right name), 0011 where nothing is
        chosen.
    """
    chosen = set(select_in_order(selection, table))
    return [name for name in table.names if name in chosen]


def select_in_order(selection: Mapping[str, Any], table: Table) -> list[str]:
    """Give the chosen columns in the order of the rules, with duplicates (Studio's "preserve column order").

    Raises
    ------
    InputError
        As `select`.
    """
    chosen = list(table.names) if selection["begin"] == "all" else []
    for rule in selection["rules"]:
        if rule.get("include") is not None:
            chosen += _matching(rule["include"], table)
        else:
            away = set(_matching(rule["exclude"], table))
            chosen = [name for name in chosen if name not in away]
    if not chosen:
        raise InputError(
            f"The column selection chooses no column of the dataset at port {table.port!r}.",
            code="0011",
            remedy="Widen the selection, or check the types and roles of the columns.",
        )
    return chosen


def one_column(column: str | int, table: Table) -> str:
    """Give the name of one column, from its name or its 1-based index.

    Raises
    ------
    InputError
        0001 where it does not exist.
    """
    if isinstance(column, int):
        return _by_index(column, table)
    if column not in table.names:
        raise InputError(
            f"There is no column {column!r} in the dataset at port {table.port!r}.",
            code="0001",
            remedy=did_you_mean(column, table.names),
        )
    return column


def _matching(match: Mapping[str, Any], table: Table) -> list[str]:
    names = [one_column(name, table) for name in match["names"]]
    names += [_by_index(index, table) for index in _indices(match["indices"])]
    names += [name for name in table.names if any(_is_of(table, name, kind) for kind in match["types"])]
    names += [name for name in table.names if any(_plays(table, name, role) for role in match["roles"])]
    return names


def _indices(ranges: str) -> Iterator[int]:
    for part in ranges.split(",") if ranges else []:
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _by_index(index: int, table: Table) -> str:
    if index > len(table.names):
        raise InputError(
            f"There is no column {index} in the dataset at port {table.port!r}: it has {len(table.names)} "
            "columns.",
            code="0001",
            remedy="Indices begin at 1.",
        )
    return table.names[index - 1]


def _is_of(table: Table, name: str, kind: str) -> bool:
    values = table.frame[name]
    match kind:
        case "categorical":
            return is_categorical(values)
        case "non-categorical":
            return not is_categorical(values)
        case "numeric":
            return kind_of(values) in NUMERIC and not is_categorical(values)
    return kind_of(values) == kind


def _plays(table: Table, name: str, role: str) -> bool:
    own = table.role(name)
    return own.startswith("score") if role == "scores" else own == role.removesuffix("s")
