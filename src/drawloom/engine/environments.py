"""The packages a script asks for in its own text, made ready before it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawloom.environment.build import Built

_MARK = "# /// script"


def of_script(text: str, script: Path | str, tell: Callable[[str], None]) -> Built | None:
    """Give what the block of a script asks for, locked and built; None where it asks for nothing more.

    Parameters
    ----------
    script
        Its file, if it is one: the lock is kept in the nearest workspace above it.
    tell
        Called with a line of progress before something that takes its time.

    Raises
    ------
    InputError
        The block cannot be read, or its packages cannot be had.
    """
    if _MARK not in text:
        return None
    from drawloom.environment import block, build, settings
    from drawloom.environment.shelf import Shelf
    from drawloom.workspace import packages

    asked = block.read(text)
    if asked is None:
        return None
    now = settings.read()
    start = script.parent if isinstance(script, Path) else Path.cwd()
    lock = Shelf(packages.folder(start, now.cache), now).of_script(asked.requirements, tell)
    return build.ready(lock, now, tell)
