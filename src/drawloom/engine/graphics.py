"""The pictures a script left: cut out of one file by an index that nobody vouches for."""

from __future__ import annotations

import os

from drawloom.errors import SandboxError

_BEGINS = {"png": (b"\x89PNG\r\n\x1a\n",), "jpeg": (b"\xff\xd8\xff",), "svg": (b"<", b"\xef\xbb\xbf<")}
_NAME_CHARACTERS = 200


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
    for entry in index if isinstance(index, list) else []:
        try:
            name, kind, size = str(entry["name"])[:_NAME_CHARACTERS], entry["kind"], entry["size"]
        except (TypeError, KeyError):
            raise SandboxError("The worker's index of pictures has an unknown form.") from None
        if type(size) is not int or not 0 <= size <= end - offset or kind not in _BEGINS:
            raise SandboxError("The worker's index of pictures does not fit what it wrote.")
        data = os.pread(fd, size, offset)
        offset += size
        if data.lstrip().startswith(_BEGINS[kind]) if kind == "svg" else data.startswith(_BEGINS[kind]):
            pictures.append((name, kind, data))
    return pictures
