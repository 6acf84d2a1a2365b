"""Edit Metadata: the worker side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import is_categorical, plain, require_numeric
from drawloom.modules.preparation.edit_metadata.convert import convert
from drawloom.modules.selection import select
from drawloom.modules.tables import FEATURE, Outputs, Step, Table, work


@work
def run(step: Step) -> Outputs:
    """Convert, mark, give roles, rename: in this order."""
    table = step.table("dataset")
    params = step.params
    names = select(params["columns"], table)
    edited = table.with_columns({name: _edited(table.frame[name], params, table.port) for name in names})
    edited = edited.with_roles(_roles(params["fields"], names, edited))
    if params["new_column_names"]:
        edited = _renamed(edited, names, params["new_column_names"])
    return {"dataset": edited}


def _edited(values: pd.Series, params: Mapping[str, str], port: str) -> pd.Series:
    levels = is_categorical(values)
    if params["data_type"] != "unchanged":
        values = convert(plain(values), params["data_type"], port)
    if params["categorical"] != "unchanged":
        levels = params["categorical"] == "make-categorical"
    if levels:
        return values if is_categorical(values) else values.astype("category")
    return plain(values)


def _roles(fields: str, names: Sequence[str], table: Table) -> dict[str, str]:
    roles = dict(table.roles)
    if fields == "weight":
        _require_one_number(names, table)
        roles = {name: role for name, role in roles.items() if role != "weight"}
    for name in names:
        if fields in ("feature", "label", "weight"):
            roles[name] = fields
        elif fields == "clear-feature" and table.role(name) == FEATURE:
            roles[name] = "ignored"
        elif fields.startswith("clear-") and table.role(name).startswith(fields.removeprefix("clear-")):
            roles[name] = FEATURE
    return roles


def _require_one_number(names: Sequence[str], table: Table) -> None:
    if len(names) != 1:
        raise InputError(
            f"A dataset has one weight column; {len(names)} are selected at port {table.port!r}: "
            f"{', '.join(names)}.",
            code="0022",
            remedy="Select the one column that holds the weights.",
        )
    require_numeric(table.frame[names[0]], table.port)


def _renamed(table: Table, old: Sequence[str], new: Sequence[str]) -> Table:
    if len(old) != len(new):
        raise InputError(
            f"There are {len(new)} new column names for {len(old)} selected columns of the dataset at port "
            f"{table.port!r}: {', '.join(old)}.",
            code="0022",
            remedy="Give one name for every selected column, in the order of the dataset.",
        )
    renamed = dict(zip(old, new, strict=True))
    names = [renamed.get(name, name) for name in table.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"After renaming, the dataset at port {table.port!r} would have two columns called {twice[0]!r}.",
            code="0026",
            remedy="Choose names that no other column has.",
        )
    return table.of(table.frame.set_axis(names, axis=1), renamed)
