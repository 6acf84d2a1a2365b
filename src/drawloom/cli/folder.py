"""The folder of `--out`: what a run gave, as files."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

from drawloom.cli import record
from drawloom.engine.run import RunRequest, RunResult
from drawloom.errors import InputError, LimitError

RECORD = "run.json"


def write(folder: Path, request: RunRequest, result: RunResult) -> list[str]:
    """Write tables, plots, objects, logs and the record of a run.

    What an earlier run left in the folder is removed first, and nothing else, so that no file of it can be
    taken for one of this run. The names of plots come from the script: they become plain names of files.

    Returns
    -------
    list of str
        The files, relative to the folder, the record last.

    Raises
    ------
    InputError
        The folder cannot be made or written.
    LimitError
        Its disk is full.
    """
    try:
        return _write(folder, request, result)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        kind = LimitError if full else InputError
        raise kind(
            f"The results cannot be kept in {folder}: {error.strerror}.",
            code="0048",
            remedy="Make room there, or name another folder." if full else "Name a folder you may write to.",
        ) from None


def _write(folder: Path, request: RunRequest, result: RunResult) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    _remove_earlier(folder)
    files: list[str] = []

    def place(name: str) -> Path:
        path = folder / _unused(name, files)
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        files.append(str(path.relative_to(folder)))
        return path

    for name, table in result.outputs.items():
        for form, file in table.exports.items():
            _copy(file, place(f"{plain(name)}.{form}"))
    for name, made in result.objects.items():
        _copy(made.fd, place(f"{plain(name)}.pkl"))
        place(f"{plain(name)}.versions.json").write_text(_json(made.versions))
    for name, _, data in result.graphics:
        place(f"graphics/{plain(name)}").write_bytes(data)
    place("stdout.txt").write_bytes(result.stdout)
    place("stderr.txt").write_bytes(result.stderr)
    record_path = place(RECORD)
    record_path.write_text(
        _json(
            {
                "script": str(request.script),
                "inputs": {name: str(path) for name, path in request.inputs.items()},
                "bundle": None if request.bundle is None else str(request.bundle),
                "params": request.params,
                **record.of_run(result),
                "log": result.log,
                "files": files,
            }
        )
    )
    return files


def _remove_earlier(folder: Path) -> None:
    try:
        earlier = json.loads((folder / RECORD).read_text())["files"]
        names = [name for name in earlier if re.fullmatch(r"(graphics/)?[^/]+", name)]
    except (OSError, ValueError, TypeError, KeyError):
        return
    for name in names:
        path = folder / name
        if path.is_file() or path.is_symlink():
            path.unlink()


def plain(name: str) -> str:
    """Make a plain name of a file: no folder, no leading dot, nothing a terminal or a shell would act on."""
    return re.sub(r"[^\w .()\[\],=+@-]", "_", os.path.basename(name)).strip().lstrip(".")[:120] or "unnamed"


def _unused(name: str, taken: list[str]) -> str:
    stem, ending = os.path.splitext(name)
    number = 1
    while name in taken:
        number += 1
        name = f"{stem} ({number}){ending}"
    return name


def _copy(source: int, path: Path) -> None:
    """Copy the whole of a file the host holds open, without looking at it."""
    with path.open("xb") as target:
        offset = 0
        while sent := os.sendfile(target.fileno(), source, offset, 1 << 30):
            offset += sent


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
