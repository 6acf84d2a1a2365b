"""The versions of the languages that are no Python package, found without starting them."""

from __future__ import annotations

import functools
import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_USED_BY = {"execute-r-script": ("R",), "apply-sql-transformation": ("SQLite", "DuckDB")}


def versions_for(module: str) -> dict[str, str]:
    """Give the versions of the interpreters and engines that a module's work depends on, by name."""
    return {name: _FOUND[name]() for name in _USED_BY.get(module, ())}


@functools.cache
def _r() -> str:
    """Read R's version where its base package states it; else name the program by its size and time."""
    program = shutil.which("Rscript")
    if program is None:
        return "none"
    home = Path(os.environ.get("R_HOME", "/usr/lib/R"))
    for folder in (
        home,
        Path(program).resolve().parent.parent,
        Path(program).resolve().parent.parent / "lib/R",
    ):
        description = folder / "library/base/DESCRIPTION"
        if description.is_file():
            for line in description.read_text(errors="replace").splitlines():
                if line.startswith("Version:"):
                    return line.removeprefix("Version:").strip()
    state = Path(program).stat()
    return f"{program}, {state.st_size} bytes, {state.st_mtime_ns}"


@functools.cache
def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version


@functools.cache
def _duckdb() -> str:
    try:
        return version("duckdb")
    except PackageNotFoundError:
        return "none"


_FOUND = {"R": _r, "SQLite": _sqlite, "DuckDB": _duckdb}
