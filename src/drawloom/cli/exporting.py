"""A table of the store as a file of the user's: converted by a child, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from drawloom.errors import InputError

FORMS = {".csv": "csv", ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow"}


def form_of(path: Path) -> str:
    """Give the form that the ending of a file names.

    Raises
    ------
    InputError
        0002: it names none that can be written.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"{path} does not say what to write.",
            code="0002",
            remedy="Give it the ending .csv, .parquet or .arrow.",
        )
    return form


def write(fd: int, form: str, path: Path, *, overwrite: bool) -> None:
    """Write a table of the store to a file.

    Parameters
    ----------
    fd
        An Arrow IPC file; it stays the caller's.
    form
        "csv", "parquet" or "arrow".

    Raises
    ------
    InputError
        0057: the file is there already; 0048: it cannot be written.
    """
    if form == "arrow":
        place(fd, path, overwrite=overwrite)
        return
    from drawloom.engine import pools, tables
    from drawloom.engine.work import Walled
    from drawloom.sandbox.worker import WorkLimits

    limits = WorkLimits(memory_bytes=pools.default_memory_bytes())
    with closing(pools.one_shot_pool()) as pool:
        made = tables.validate(Walled(pool), fd, limits=limits, exports=frozenset({form}))
    try:
        place(made.exports[form], path, overwrite=overwrite)
    finally:
        os.close(made.exports[form])


def place(fd: int, path: Path, *, overwrite: bool) -> None:
    """Copy the whole of an open file to `path`, without looking at it; see `write` for the errors."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft, name = tempfile.mkstemp(dir=path.parent, prefix=".drawloom-")
        try:
            with open(draft, "wb") as target:
                offset = 0
                while sent := os.sendfile(target.fileno(), fd, offset, 1 << 30):
                    offset += sent
                mask = os.umask(0)
                os.umask(mask)
                os.fchmod(target.fileno(), 0o666 & ~mask)
            if overwrite:
                os.replace(name, path)
            else:
                os.link(name, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name)
    except FileExistsError:
        raise InputError(
            f"{path} is there already.", code="0057", remedy="Add --overwrite to replace it."
        ) from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}).", code="0048", remedy="Check the folder."
        ) from None
