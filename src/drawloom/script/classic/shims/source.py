"""What the translated tree of an old script calls."""

from __future__ import annotations

import sys
from typing import Any

from drawloom.script.classic.shims.python2 import divide, listed
from drawloom.script.classic.tree import METHODS
from drawloom.script.classic.warn import warn

__all__ = ["advance", "assign", "divide", "inplace", "iterate", "listed"]


def iterate(value: Any, name: str) -> Any:
    """Call `iteritems` and its kin on what has it, else what took its place."""
    return getattr(value, name if hasattr(value, name) else METHODS[name])()


def advance(iterator: Any) -> Any:
    """Give the next of an iterator, or call the `next` that a class of the script's own has."""
    return iterator.next() if hasattr(iterator, "next") else next(iterator)


def assign(table: Any, name: Any, key: Any, value: Any, attribute: bool) -> None:
    """Do ``table[name][key] = value``, which wrote into the table before pandas 3."""
    if _is_column(table, name) and not isinstance(name, list | tuple):
        warn("x['a'][i] = v")
        column = table[name].copy()
        column[key] = value
        table[name] = column
        return
    inner = getattr(table, name) if attribute else table[name]
    inner[key] = value


def inplace(table: Any, name: Any, column: Any, method: str, /, *args: Any, **kwargs: Any) -> None:
    """Do ``table[name].method(..., inplace=True)``, which changed the table before pandas 3."""
    if not _is_column(table, name):
        getattr(column, method)(*args, **kwargs)
        return
    warn("x['a'].fillna(v, inplace=True)")
    kwargs["inplace"] = False
    done = getattr(column, method)(*args, **kwargs)
    if len(done) == len(column) and done.index.equals(column.index):
        table[name] = done


def _is_column(table: Any, name: Any) -> bool:
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(table, pandas.DataFrame):
        return False
    try:
        return name in table.columns
    except TypeError:
        return False
