"""Run scripts in this process, as `--no-sandbox` does."""

from __future__ import annotations

import json
import os
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from drawloom.errors import DrawloomError
from drawloom.script.execute import Job, Outcome, execute, prepare
from drawloom.script.signature import Signature, read
from drawloom.script.source import load
from drawloom.script.work import run as work
from drawloom.table import bridge


def form(text: str) -> Signature:
    """Read the form of a script."""
    return read(load(textwrap.dedent(text)))


def outcome(text: str, workdir: Path, *tables: Any, **fields: Any) -> Outcome:
    """Execute a script on tables, connected as dataset1, dataset2, ..."""
    named = {f"dataset{n}": table for n, table in enumerate(tables, 1)}
    plan = prepare(Job(textwrap.dedent(text), tables=list(named), **fields))
    return execute(plan, named, str(workdir))


def value(text: str, workdir: Path, *tables: Any, port: str = "dataset", **fields: Any) -> Any:
    """Execute a script that is expected to work, and give what leaves through a port."""
    done = outcome(text, workdir, *tables, **fields)
    if done.error is not None:
        raise done.error
    return {delivery.port: delivery.value for delivery in done.deliveries}[port]


@dataclass
class Finished:
    """What the work function of a script step left."""

    counts: dict[str, int | float] | None
    error: DrawloomError | None
    report: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    def frame(self, port: str = "dataset") -> pd.DataFrame:
        """Read the table of a port."""
        with tempfile.TemporaryFile() as file:
            file.write(self.files[port])
            file.flush()
            return bridge.read_frame(file.fileno())[0]


def as_file(content: Any) -> int:
    """Put a table, or bytes, into an unnamed file and give its descriptor."""
    with tempfile.TemporaryFile() as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            bridge.write_frame(content, file.fileno())
        file.flush()
        return os.dup(file.fileno())


def finished(
    text: str,
    workdir: Path,
    tables: Mapping[str, pd.DataFrame] | None = None,
    *,
    objects: Mapping[str, bytes] | None = None,
    bundle: bytes | None = None,
    ports: tuple[str, ...] = ("dataset", "dataset2"),
    versions: Mapping[str, Mapping[str, str]] | None = None,
    **spec: Any,
) -> Finished:
    """Call the work function with real descriptors and read its outputs back."""
    inputs = {name: as_file(table) for name, table in (tables or {}).items()}
    inputs |= {name: as_file(data) for name, data in (objects or {}).items()}
    if bundle is not None:
        inputs["bundle"] = as_file(bundle)
    names = ("report", "graphics", *ports)
    outputs = {name: as_file(b"") for name in names}
    asked = {
        "text": textwrap.dedent(text),
        "name": "script.py",
        "tables": list(tables or {}),
        "objects": {name: dict((versions or {}).get(name, {})) for name in objects or {}},
        "bundle": bundle is not None,
        "workdir": str(workdir),
        **spec,
    }
    counts, error = None, None
    identities = {_identity(fd) for fd in inputs.values()}
    try:
        counts = work(json.loads(json.dumps(asked)), inputs, outputs)
    except DrawloomError as failed:
        error = failed
    files = {name: _whole(fd) for name, fd in outputs.items()}
    assert not identities & {_identity(fd) for fd in inputs.values()}, "an input is still open"
    report = json.loads(files["report"] if error is None else json.dumps(error.report))  # type: ignore[attr-defined]
    return Finished(counts, error, report, files)


def _whole(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        return file.read()


def _identity(fd: int) -> tuple[int, int] | None:
    try:
        state = os.fstat(fd)
    except OSError:
        return None
    return state.st_dev, state.st_ino
