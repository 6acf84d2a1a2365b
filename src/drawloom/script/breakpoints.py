"""`breakpoint()` and `pdb.set_trace()` where nobody could answer: an error that says what to do."""

from __future__ import annotations

import bdb
import contextlib
import sys
from collections.abc import Iterator
from typing import Any


class NoDebuggerError(RuntimeError):
    """The script asked for a debugger where there is none."""


@contextlib.contextmanager
def refused(*, really: bool) -> Iterator[None]:
    """Let a script that asks for a debugger fail at that line, unless one is attached.

    Parameters
    ----------
    really
        False leaves everything as it is: in the caller's own process the user sits at the terminal.
    """
    if not really or sys.breakpointhook is not sys.__breakpointhook__:
        yield
        return
    set_trace = bdb.Bdb.set_trace
    sys.breakpointhook = _breakpoint
    bdb.Bdb.set_trace = _set_trace  # type: ignore[method-assign]
    try:
        yield
    finally:
        sys.breakpointhook = sys.__breakpointhook__
        bdb.Bdb.set_trace = set_trace  # type: ignore[method-assign]


def _breakpoint(*_: Any, **__: Any) -> None:
    raise NoDebuggerError("breakpoint() was called, and no debugger is attached")


def _set_trace(*_: Any, **__: Any) -> None:
    raise NoDebuggerError("set_trace() was called, and no debugger is attached")
