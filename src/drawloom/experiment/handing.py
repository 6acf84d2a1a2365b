"""Files of the user on their way to a child: opened beneath the folder, and the very ones the plan saw."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from drawloom.errors import InputError
from drawloom.experiment import digest
from drawloom.experiment.check import Graph
from drawloom.experiment.paths import open_beneath
from drawloom.sandbox.outputs import new_memory_file

MAXIMUM_BUNDLE_BYTES = 1024**3


@contextmanager
def unchanged_file(
    graph: Graph, path: str, planned: Mapping[str, str], remembered: digest.Remembered
) -> Iterator[int]:
    """Give a descriptor of a file whose content is what the plan digested, and stays so until the end.

    Parameters
    ----------
    planned
        Name of the file -> digest, from the parts of the step's key.

    Raises
    ------
    InputError
        0048: it leaves the folder, or it changed since the plan was made or while the step read it.
    """
    fd = open_beneath(graph.experiment.folder, path, graph.roots)
    try:
        if digest.of_file(fd, remembered) != planned.get(os.path.basename(path)):
            raise _changed(path)
        before = os.fstat(fd)
        yield fd
        after = os.fstat(fd)
        if (before.st_size, before.st_mtime_ns, before.st_ctime_ns) != (
            after.st_size,
            after.st_mtime_ns,
            after.st_ctime_ns,
        ):
            raise _changed(path)
    finally:
        os.close(fd)


@contextmanager
def bundle(
    graph: Graph, path: str, planned: Mapping[str, str], remembered: digest.Remembered
) -> Iterator[int]:
    """Give a descriptor of a zip: the one at `path`, or one made of the folder there.

    Nothing is unpacked here. Links and special files of a folder are refused.

    Raises
    ------
    InputError
        0048 as `unchanged_file`; 0150: it holds a link or a special file, or more than 1 GiB.
    """
    top = open_beneath(graph.experiment.folder, path, graph.roots)
    try:
        if not stat.S_ISDIR(os.fstat(top).st_mode):
            with unchanged_file(graph, path, planned, remembered) as fd:
                yield fd
            return
        packed = new_memory_file("bundle")
        try:
            with os.fdopen(os.dup(packed), "wb") as target, zipfile.ZipFile(target, "w") as archive:
                names = set(_pack(top, "", archive, path, planned))
            if names != planned.keys():
                raise _changed(path)
            yield packed
        finally:
            os.close(packed)
    finally:
        os.close(top)


def _pack(
    folder: int, prefix: str, archive: zipfile.ZipFile, path: str, planned: Mapping[str, str]
) -> Iterator[str]:
    for entry in sorted(os.listdir(folder)):
        name = f"{prefix}{entry}"
        mode = os.stat(entry, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            if entry != "__pycache__":
                inner = os.open(
                    entry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder
                )
                try:
                    yield from _pack(inner, f"{name}/", archive, path, planned)
                finally:
                    os.close(inner)
            continue
        if not stat.S_ISREG(mode):
            raise InputError(
                f'The bundle "{path}" holds "{name}", which is a link or a special file.',
                code="0150",
                remedy="Put a copy of the file there instead.",
            )
        with open(os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
            content = file.read(MAXIMUM_BUNDLE_BYTES + 1)
        if archive.fp is not None and archive.fp.tell() + len(content) > MAXIMUM_BUNDLE_BYTES:
            raise InputError(
                f'The bundle "{path}" has more than {MAXIMUM_BUNDLE_BYTES // 1024**2} MiB.',
                code="0150",
                remedy="Hand large data over as a table.",
            )
        if digest.of_bytes(content) != planned.get(name):
            raise _changed(path)
        archive.writestr(zipfile.ZipInfo(name), content)
        yield name


def _changed(path: str) -> InputError:
    return InputError(
        f'"{path}" changed while the experiment was running.',
        code="0048",
        remedy="Run again, once nothing writes to it.",
    )
