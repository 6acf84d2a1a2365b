"""The folder in which a build takes place: uv's cache, and a draft that is thrown away or moved out.

Both lie in one file system, below one mount, so that uv can link files instead of copying them. Where a
build may run code of packages it gets a room of its own, whose cache nobody else will ever read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drawloom.environment import walls
from drawloom.environment.settings import Settings
from drawloom.errors import InputError

_SHARED = "build"


@contextmanager
def of(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Give the room and a new folder in it, which is gone afterwards, as a room of its own is.

    Raises
    ------
    InputError
        The cache cannot be written.
    """
    try:
        settings.cache.mkdir(parents=True, exist_ok=True)
        if settings.source_builds:
            folder = Path(tempfile.mkdtemp(prefix="build-", dir=settings.cache))
        else:
            folder = settings.cache / _SHARED
            folder.mkdir(exist_ok=True)
        walls.give(folder)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
        walls.give(draft)
    except OSError as error:
        raise InputError(
            f"The cache of packages {settings.cache} cannot be written: {error.strerror}.",
            code="0048",
            remedy="Name a folder you may write to: DRAWLOOM_CACHE.",
        ) from None
    try:
        yield folder, draft
    finally:
        walls.clear(folder if settings.source_builds else draft)
