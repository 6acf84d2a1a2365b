"""Datasets of the workspace: a file is parsed, checked, described and shown by children, then kept."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drawloom.engine import tables
from drawloom.engine.work import Executor
from drawloom.sandbox.worker import WorkLimits
from drawloom.workspace.datasets import Dataset
from drawloom.workspace.workspace import Workspace

PREVIEW_ROWS = 20
PREVIEW_WIDTH = 80


def add(
    workspace: Workspace,
    executor: Executor,
    path: Path,
    *,
    name: str,
    options: Mapping[str, Any],
    limits: WorkLimits,
) -> Dataset:
    """Import a file as a dataset, or as the next version of one.

    Parameters
    ----------
    path
        CSV, TSV, Parquet, Arrow, ARFF, Excel, JSON lines or SVMLight; its ending tells which.
    name
        What it is called in the workspace.
    options
        As `drawloom.table.files.read_file` takes them.

    Raises
    ------
    InputError
        The file cannot be opened or parsed, or the name cannot be used.
    LimitError, SandboxError
        As `Executor.execute`.
    """
    with contextlib.ExitStack() as stack:
        fd, _ = tables.parse(executor, path, f"Dataset {name}", limits=limits, options=dict(options))
        stack.callback(os.close, fd)
        table = tables.validate(
            executor, fd, limits=limits, preview=(PREVIEW_ROWS, PREVIEW_WIDTH), profile=True
        )
        entry = workspace.store.commit_content(fd, kind="table")
        return workspace.datasets.register(
            name,
            entry,
            source=path.name,
            rows=table.rows,
            columns=len(table.columns),
            schema=[{"name": column, "type": type_} for column, type_ in table.columns],
            profile=table.profile,
            preview=table.preview,
        )
