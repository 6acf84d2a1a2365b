"""Functions that scripts of Studio rely on and SQLite may lack (worker side)."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from typing import Any


def _number(value: Any) -> float | None:
    """Read an argument as SQLite does: numbers, and text that is one; anything else is NULL."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _null_outside(function: Callable[..., float]) -> Callable[..., float | None]:
    """Give NULL where an argument is no number or the function has no value, as SQLite's own do."""

    def call(*values: Any) -> float | None:
        arguments = [_number(value) for value in values]
        try:
            return None if None in arguments else function(*arguments)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return call


_LOG = _null_outside(math.log)


@_null_outside
def _log_of_base(base: float, value: float) -> float:
    if base <= 1:
        raise ValueError(base)
    return math.log(value) / math.log(base)


_MATHS: dict[tuple[str, int], Callable[..., Any]] = {
    ("ln", 1): _LOG,
    ("log", 2): _log_of_base,
    ("log10", 1): _null_outside(math.log10),
    ("log2", 1): _null_outside(math.log2),
    ("exp", 1): _null_outside(math.exp),
    ("sqrt", 1): _null_outside(math.sqrt),
    ("power", 2): _null_outside(math.pow),
    ("pow", 2): _null_outside(math.pow),
    ("ceil", 1): _null_outside(math.ceil),
    ("ceiling", 1): _null_outside(math.ceil),
    ("floor", 1): _null_outside(math.floor),
    ("trunc", 1): _null_outside(math.trunc),
    ("mod", 2): _null_outside(math.fmod),
    ("sign", 1): _null_outside(lambda value: (value > 0) - (value < 0)),
    ("sin", 1): _null_outside(math.sin),
    ("cos", 1): _null_outside(math.cos),
    ("tan", 1): _null_outside(math.tan),
    ("asin", 1): _null_outside(math.asin),
    ("acos", 1): _null_outside(math.acos),
    ("atan", 1): _null_outside(math.atan),
    ("atan2", 2): _null_outside(math.atan2),
    ("degrees", 1): _null_outside(math.degrees),
    ("radians", 1): _null_outside(math.radians),
    ("pi", 0): lambda: math.pi,
}


def register(connection: sqlite3.Connection, *, all_of_them: bool = False) -> None:
    """Make ``log`` the natural logarithm, as in Studio (SQLite's is to base 10), and add what is missing.

    Parameters
    ----------
    all_of_them
        Whether functions that SQLite has are replaced too.
    """
    connection.create_function("log", 1, _LOG, deterministic=True)
    for (name, count), function in _MATHS.items():
        if all_of_them or not _has(connection, name, count):
            connection.create_function(name, count, function, deterministic=True)


def _has(connection: sqlite3.Connection, name: str, count: int) -> bool:
    try:
        connection.execute(f"SELECT {name}({', '.join('1' * count)})")
    except sqlite3.OperationalError:
        return False
    return True
