"""The warning that an old name was used: once a line, at the user's own line."""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from types import FrameType

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARIES = tuple(
    {os.path.realpath(path) + os.sep for name, path in sysconfig.get_paths().items() if "lib" in name}
    | {path + os.sep for name, path in sysconfig.get_paths().items() if "lib" in name}
)
_seen: set[tuple[str, str, int]] = set()


class ClassicWarning(UserWarning):
    """A name or form that libraries have dropped, kept alive by ``compat: classic``."""


def forget() -> None:
    """Start a run: every line may warn again."""
    _seen.clear()


def warn(old: str) -> None:
    """Warn of a rule at the nearest line that is the user's; not at all where a library uses the name."""
    frame = _user(sys._getframe(1))
    if frame is not None:
        at_line(old, frame.f_code.co_filename, frame.f_lineno)


def at_line(old: str, filename: str, line: int) -> None:
    """Warn of a rule at a line."""
    from drawloom.script.classic.rules import BY_OLD

    if (old, filename, line) in _seen:
        return
    _seen.add((old, filename, line))
    warnings.warn_explicit(
        explain(old, BY_OLD[old].new, BY_OLD[old].gone), ClassicWarning, filename, line, registry={}
    )


def explain(old: str, new: str, gone: str) -> str:
    """Say that a name is gone, since when, and what to use."""
    return f"{old} is gone since {gone}; use {new}"


def _user(frame: FrameType | None) -> FrameType | None:
    """Find the nearest frame that is the user's, above ours and those of the import system."""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_OURS, "<frozen")):
            if not name.startswith(_LIBRARIES):
                return frame
            if frame.f_code.co_name != "__setattr__":  # through which pandas sets a property
                return None
        frame = frame.f_back
    return None
