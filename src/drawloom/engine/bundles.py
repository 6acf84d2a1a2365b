"""A bundle on its way to the child: a zip as it is, a folder packed into one."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from drawloom.engine.tables import open_input
from drawloom.errors import InputError
from drawloom.sandbox.outputs import new_memory_file

_FOLDER_BYTES = 1024**3


def open_bundle(path: Path) -> int:
    """Give a descriptor of the zip at `path`, or of one made of the folder there.

    Nothing of it is unpacked here. Links and special files of a folder are refused.

    Raises
    ------
    InputError
        0048: it is missing. 0150: it holds a link or what cannot be read, or has more than 1 GiB.
    """
    if not path.is_dir():
        return open_input(path, "The bundle")
    fd = new_memory_file("bundle")
    try:
        _pack(path, fd)
    except OSError as error:
        os.close(fd)
        raise InputError(
            f"The bundle {path}: {error.filename} cannot be read ({error.strerror}).",
            code="0150",
            remedy="Check the permissions of the file, or take it out.",
        ) from None
    except InputError:
        os.close(fd)
        raise
    return fd


def _pack(path: Path, fd: int) -> None:
    total = 0
    with (
        os.fdopen(os.dup(fd), "wb") as target,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive,
    ):
        for file in sorted(path.rglob("*")):
            name = str(file.relative_to(path))
            if file.is_symlink() or not (file.is_file() or file.is_dir()):
                raise InputError(
                    f"The bundle {path} holds {name}, which is a link or a special file.",
                    code="0150",
                    remedy="Put a copy of the file there instead.",
                )
            if file.is_dir() or "__pycache__" in file.parts:
                continue
            total += file.stat().st_size
            if total > _FOLDER_BYTES:
                raise InputError(
                    f"The bundle {path} has more than {_FOLDER_BYTES // 1024**2} MiB.",
                    code="0150",
                    remedy="Hand large data over as a table.",
                )
            archive.write(file, name)
