"""Where the locks of environments are kept."""

from __future__ import annotations

from pathlib import Path

from drawloom.environment.shelf import FOLDER as LOCKS
from drawloom.workspace.workspace import FOLDER, Workspace


def folder(start: Path, cache: Path) -> Path:
    """Give the folder of locks: in the nearest workspace from `start` upwards, else in the cache."""
    root = Workspace.find(start)
    return cache / "locks" if root is None else of(root)


def of(root: Path) -> Path:
    """Give the folder of locks of the workspace at `root`."""
    return root / FOLDER / LOCKS
