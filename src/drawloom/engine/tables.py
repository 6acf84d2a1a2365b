"""Tables on their way in and out: parsed, validated and converted by children, never by the host."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drawloom.engine import claims
from drawloom.engine.pools import PARSE
from drawloom.engine.work import Executor, Work
from drawloom.errors import DrawloomError, InputError, SandboxError
from drawloom.sandbox.worker import WorkLimits

_FILES = "drawloom.table.files.work"


@dataclass
class Table:
    """A validated table.

    Attributes
    ----------
    fd
        An Arrow IPC file nobody can change any more; -1 for a table without rows and columns.
    rows
        Number of rows.
    columns
        (name, type) of each column.
    preview
        The first rows as text, where asked for.
    exports
        Descriptors of other forms of it: "csv", "parquet".
    profile
        What `drawloom.table.profile` says of it, where asked for.
    """

    fd: int
    rows: int
    columns: list[tuple[str, str]]
    preview: str = ""
    exports: dict[str, int] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)


def open_input(path: Path, what: str) -> int:
    """Open a file of the user's for reading.

    Raises
    ------
    InputError
        It is missing, unreadable or no regular file; named with `what` it was meant for.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(
            f"{what}: the file {path} cannot be opened ({error.strerror}).",
            code="0048",
            remedy="Check the path and its permissions.",
        ) from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise InputError(f"{what}: {path} is not a regular file.", code="0048", remedy="Name a file.")
    return fd


def parse(
    executor: Executor, path: Path, what: str, *, limits: WorkLimits, options: dict[str, Any] | None = None
) -> tuple[int, claims.Changes]:
    """Turn a file into an Arrow IPC file, in a child; gives its descriptor, and what changed on the way.

    Raises
    ------
    InputError
        The file cannot be opened or is not what its ending says.
    LimitError, SandboxError
        As `Executor.execute`.
    """
    fd = open_input(path, what)
    spec = {"name": path.name, "options": options or {}}
    try:
        done = executor.execute(Work(f"{_FILES}:parse", spec, {"file": fd}, ("dataset",), PARSE, limits))
    finally:
        os.close(fd)
    try:
        if done.error is not None:
            raise done.error
        changes = claims.changes(done.report.get("conversions"))
    except DrawloomError:
        done.close()
        raise
    return done.files["dataset"], changes


def validate(
    executor: Executor,
    fd: int,
    *,
    limits: WorkLimits,
    exports: frozenset[str] = frozenset(),
    preview: tuple[int, int] | None = None,
    profile: bool = False,
) -> Table:
    """Check, in a child, that a file holds the table it says; convert, render and describe it there too.

    Parameters
    ----------
    fd
        A sealed Arrow IPC file of an unknown writer.
    exports
        Other forms wanted: "csv", "parquet".
    preview
        (rows, width in characters) of a text rendering.
    profile
        Whether the statistics of its columns are wanted.

    Raises
    ------
    DrawloomError
        The file is not a valid table.
    """
    spec: dict[str, Any] = {"profile": profile}
    if preview is not None:
        spec["preview"] = {"rows": preview[0], "width": preview[1]}
    work = Work(
        f"{_FILES}:export", spec, {"dataset": fd}, tuple(sorted(exports)), PARSE, limits, trusted=True
    )
    done = executor.execute(work)
    if done.error is not None:
        done.close()
        raise done.error
    rows, columns = _schema(done.report.get("schema"))
    text = done.report.get("preview", "")
    described = done.report.get("profile")
    return Table(
        fd,
        rows,
        columns,
        text if isinstance(text, str) else "",
        done.files,
        described if isinstance(described, dict) else {},
    )


def check_all(executor: Executor, fds: Mapping[str, int], *, limits: WorkLimits) -> dict[str, Table]:
    """Check several tables at once, by port, as `validate` does one.

    Raises
    ------
    InvalidTableError
        One of the files is not a valid table.
    """
    done = executor.execute(Work(f"{_FILES}:check", {}, fds, (), PARSE, limits, trusted=True))
    with contextlib.closing(done):
        if done.error is not None:
            raise InvalidTableError(done.report.get("port"), done.error)
        schemas = done.report.get("schemas")
        return {
            port: Table(fd, *_schema(schemas.get(port) if isinstance(schemas, dict) else None))
            for port, fd in fds.items()
        }


class InvalidTableError(Exception):
    """A table that is none: at which port, and why."""

    def __init__(self, port: object, error: DrawloomError) -> None:
        super().__init__(str(error))
        self.port, self.error = port if isinstance(port, str) else "", error


def _schema(schema: object) -> tuple[int, list[tuple[str, str]]]:
    try:
        rows, columns = schema["rows"], schema["columns"]  # type: ignore[index]
        known = [(str(column["name"]), str(column["type"])) for column in columns]
        if not isinstance(rows, int) or rows < 0:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise SandboxError("The validating worker gave no schema.") from None
    return rows, known
