"""What decides a step's output besides the experiment: the packages, the time zone, the workspace's data."""

from __future__ import annotations

import functools
import json
import os
import platform
import site
import sysconfig
from pathlib import Path
from typing import Any

from drawloom.errors import InputError
from drawloom.experiment import digest
from drawloom.experiment.check import Box
from drawloom.experiment.keys import Surroundings
from drawloom.workspace.workspace import FOLDER, Workspace

_REMEMBERED = "digests.json"
_MOST_REMEMBERED = 10_000


def around(workspace: Workspace) -> Surroundings:
    """Give what decides the outputs of an experiment's steps in this workspace, here and now."""

    def source(box: Box) -> Any:
        if box.module.name != "dataset":
            return None
        name, version = getattr(box.parameters, "name", ""), getattr(box.parameters, "version", None)
        try:
            found = workspace.datasets.get(name, version)
        except InputError as error:
            raise InputError(
                f'Step "{box.name}": {error.message}', code=error.code, remedy=error.remedy
            ) from None
        return {
            "dataset": found.name,
            "version": found.version,
            "content": found.entry and found.entry.address,
        }

    return Surroundings(
        environment=lambda box: identity(),
        workspace_source=source,
        remembered=_read_remembered(workspace.root / FOLDER / _REMEMBERED),
    )


@functools.cache
def identity() -> str:
    """Give the identity of the packages that children see: Python, the machine, and what is installed."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    installed = sorted(
        {
            name
            for folder in folders
            if os.path.isdir(folder)
            for name in os.listdir(folder)
            if name.endswith((".dist-info", ".egg-info")) and not name.startswith("drawloom-")
        }
    )
    return digest.of_value(
        [platform.python_implementation(), platform.python_version(), platform.machine(), installed]
    )


def keep(around_: Surroundings, workspace: Workspace) -> None:
    """Remember the digests of the user's files for the next plan; a failure to do so costs time alone."""
    file = workspace.root / FOLDER / _REMEMBERED
    if around_.remembered == _read_remembered(file):
        return
    kept = dict(list(around_.remembered.items())[-_MOST_REMEMBERED:])
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(kept, separators=(",", ":")))
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)


def _read_remembered(file: Path) -> dict[str, list[Any]]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
