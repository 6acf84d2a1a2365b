"""A file that an experiment writes: whole or not at all, and never outside its folder."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress

from drawloom.errors import InputError
from drawloom.experiment.check import Graph
from drawloom.experiment.paths import open_beneath
from drawloom.workspace.files import copy, os_errors


def refuse_existing(graph: Graph, path: str, *, overwrite: bool) -> None:
    """Refuse a path that cannot be written, before anything is computed for it.

    Raises
    ------
    InputError
        0048: it leaves the folder, or its folder is not there; 0057: there is such a file, and it may not be
        replaced.
    """
    folder, name = _folder(graph, path)
    try:
        _refuse_taken(folder, name, path, overwrite=overwrite)
    finally:
        os.close(folder)


def write(graph: Graph, path: str, source: int, *, overwrite: bool) -> int:
    """Copy what `source` holds to the path, and give the number of bytes.

    Raises
    ------
    InputError
        As `refuse_existing`, and where the folder cannot be written.
    LimitError
        0039: there is no space left.
    """
    folder, name = _folder(graph, path)
    draft = f".{name}.{secrets.token_hex(4)}.part"
    try:
        with os_errors(f'"{path}"'):
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
            try:
                copy(source, fd)
            finally:
                os.close(fd)
            _refuse_taken(folder, name, path, overwrite=overwrite)
            if overwrite:
                os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            else:
                os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        raise _exists(path) from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=folder)
        os.close(folder)
    return os.fstat(source).st_size


def _folder(graph: Graph, path: str) -> tuple[int, str]:
    parent, _, name = path.rpartition("/")
    if name in ("", ".", ".."):
        raise InputError(f'"{path}" does not name a file.', code="0048")
    folder = open_beneath(
        graph.experiment.folder, parent or ("/" if path.startswith("/") else "."), graph.roots
    )
    if not stat.S_ISDIR(os.fstat(folder).st_mode):
        os.close(folder)
        raise InputError(f'"{parent}" is not a folder.', code="0048")
    return folder, name


def _refuse_taken(folder: int, name: str, path: str, *, overwrite: bool) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError as error:
        if error.errno == errno.ENOENT:
            return
        raise
    if stat.S_ISLNK(mode):
        raise InputError(
            f'"{path}" is a link, and may lead out of the folder.', code="0048", remedy="Remove the link."
        )
    if not stat.S_ISREG(mode):
        raise InputError(f'"{path}" is there already and is no file.', code="0048")
    if not overwrite:
        raise _exists(path)


def _exists(path: str) -> InputError:
    return InputError(
        f'The file "{path}" is there already.',
        code="0057",
        remedy="Remove it, give another path, or set overwrite: true.",
    )
