"""What decides a step's output besides the experiment: the packages, the time zone, the workspace's data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from drawloom.errors import InputError
from drawloom.experiment.check import Box
from drawloom.experiment.keys import Surroundings
from drawloom.experiment.packages import Packages
from drawloom.workspace.workspace import FOLDER, Workspace

_REMEMBERED = "digests.json"
_MOST_REMEMBERED = 10_000


def around(workspace: Workspace, environment: str = "base") -> Surroundings:
    """Give what decides the outputs of an experiment's steps in this workspace, here and now.

    Parameters
    ----------
    environment
        That of the experiment, for steps that name none.
    """
    packages = Packages(workspace.root, environment)

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
        environment=packages.identity,
        built=packages.built,
        workspace_source=source,
        remembered=_read_remembered(workspace.root / FOLDER / _REMEMBERED),
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
