"""The pictures a script left: cut out of one file by an index that nobody vouches for."""

from __future__ import annotations

import os

from drawloom.errors import SandboxError
from drawloom.script.graphics import MAX_BYTES, MAX_PICTURES

_BEGINS = {"png": (b"\x89PNG\r\n\x1a\n",), "jpeg": (b"\xff\xd8\xff",), "svg": (b"<", b"\xef\xbb\xbf<")}
_NAME_CHARACTERS = 200
_FORM = {"name": str, "kind": str, "size": int}


def cut(fd: int, index: object) -> list[tuple[str, str, bytes]]:
    """Give (name, kind, bytes) of each picture.

    The bytes are never decoded; a picture that does not begin as its kind must is left out.

    Parameters
    ----------
    fd
        The pictures, one after the other.
    index
        What the worker says of them: a list of {"name", "kind", "size"}.

    Raises
    ------
    SandboxError
        The index does not fit the file.
    """
    pictures = []
    offset, end = 0, os.fstat(fd).st_size
    entries = [] if index is None else index
    if not isinstance(entries, list) or len(entries) > MAX_PICTURES or not all(map(_is_known, entries)):
        raise SandboxError("The worker's index of pictures has an unknown form.")
    for entry in entries:
        name, kind, size = entry["name"], entry["kind"], entry["size"]
        if not 0 <= size <= min(end - offset, MAX_BYTES) or kind not in _BEGINS:
            raise SandboxError("The worker's index of pictures does not fit what it wrote.")
        name = name[:_NAME_CHARACTERS].encode("utf-8", "replace").decode()
        data = os.pread(fd, size, offset)
        offset += size
        if data.lstrip().startswith(_BEGINS[kind]) if kind == "svg" else data.startswith(_BEGINS[kind]):
            pictures.append((name, kind, data))
    return pictures


def _is_known(entry: object) -> bool:
    return isinstance(entry, dict) and {name: type(value) for name, value in entry.items()} == _FORM
