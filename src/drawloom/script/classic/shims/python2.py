"""Functions of Python 2."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def cmp(a: Any, b: Any) -> int:
    """Compare as Python 2 did."""
    return int(a > b) - int(a < b)


def execfile(path: str, names: dict[str, Any] | None = None, local: dict[str, Any] | None = None) -> None:
    """Run a file in the caller's names."""
    caller = sys._getframe(1)
    names = caller.f_globals if names is None else names
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), names, names if local is None else local)  # noqa: S102


def string_join(words: Iterable[str], separator: str = " ") -> str:
    """`string.join`."""
    return separator.join(words)


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing, since nothing is left to do."""


def divide(a: Any, b: Any) -> Any:
    """Divide as Python 2 did: whole numbers, and NumPy arrays of them, give whole numbers.

    pandas has always given fractions, so frames, series and indexes do.
    """
    if _whole(a) and _whole(b):
        return a // b
    return a / b


def listed(value: Any) -> Any:
    """Make a list of what Python 2 gave as one."""
    return list(value) if isinstance(value, _LAZY) else value


_LAZY: Any = (map, filter, zip, range, type({}.keys()), type({}.values()), type({}.items()))


def _whole(value: Any) -> bool:
    if isinstance(value, int):
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray | numpy.integer) and value.dtype.kind in "iu"
