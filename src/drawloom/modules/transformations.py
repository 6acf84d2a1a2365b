"""What a module learnt from one table, to be done to another (worker side).

A module that learns gives out, beside its table, a transformation: the name of a function of its own ``work``
and the plain values that function needs. The learning step applies that same function to its own table, so
what a service does to a row is what the experiment did.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from drawloom.errors import InputError
from drawloom.modules.blobs import Blob
from drawloom.modules.kinds import NUMERIC, TITLES, kind_of
from drawloom.modules.selection import one_column
from drawloom.modules.tables import Table

Transform: TypeAlias = Callable[[Mapping[str, Any], Table], Table]


def transformation(function: Transform, state: Mapping[str, Any], libraries: tuple[str, ...] = ()) -> Blob:
    """Give what was learnt as an object for a ``transformation`` port.

    Parameters
    ----------
    function
        A public top-level function of a ``work`` module: ``function(state, table) -> table``.
    state
        What it learnt, plain values wherever possible.
    libraries
        As `Blob`.
    """
    name = f"{function.__module__}:{function.__qualname__}"
    return Blob("transformation", dict(state), libraries, {"function": name})


def apply(learnt: Blob, table: Table) -> Table:
    """Do what was learnt to a table.

    Raises
    ------
    InputError
        0001 or 0016 where the table lacks a column or has another type there; 0082 where the function is
        gone.
    """
    module, _, name = str((learnt.facts or {}).get("function", "")).partition(":")
    try:
        function: Transform = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"The transformation needs {module}:{name}, which is not here.",
            code="0082",
            remedy="Run the step that made it again.",
        ) from error
    return function(learnt.content, table)


def require_columns(kinds: Mapping[str, str], table: Table) -> None:
    """Refuse a table that lacks a column, or has it in another type than the one learnt from.

    Integer and double stand for each other, and a column with no value at all stands for any type.

    Parameters
    ----------
    kinds
        Column -> type at the time of learning.

    Raises
    ------
    InputError
        0001, 0016.
    """
    for name, kind in kinds.items():
        values = table.frame[one_column(name, table)]
        here = kind_of(values)
        if here != kind and not {here, kind} <= set(NUMERIC) and not values.isna().all():
            raise InputError(
                f"The column {name!r} at port {table.port!r} has the type {TITLES[here]}; "
                f"the transformation learnt it as {TITLES[kind]}.",
                code="0016",
                remedy="Convert it with edit-metadata first.",
            )


def kinds_of(table: Table, names: Iterable[str]) -> dict[str, str]:
    """Give the types of some columns, to be kept for `require_columns`."""
    return {name: kind_of(table.frame[name]) for name in names}
