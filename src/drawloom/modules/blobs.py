"""Opaque objects between steps: transformations and models (worker side; opened only inside the walls).

A blob is a line that names the format, one line of JSON (what it is, and the versions of the libraries whose
classes it holds), and a pickle. The header is read first, so a blob made by other library versions is refused
with both versions named instead of failing somewhere inside.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from drawloom.errors import InputError

_MAGIC = b"drawloom object 1\n"
_WORDS = {
    "transformation": "a transformation",
    "trained-model": "a trained model",
    "untrained-model": "an untrained model",
    "object": "an object",
}


@dataclass(frozen=True)
class Blob:
    """An object on its way through a port.

    Parameters
    ----------
    kind
        The kind of its port: ``transformation``, ``trained-model``, ``untrained-model`` or ``object``.
    content
        The object. Plain Python values wherever possible: they outlive library versions.
    libraries
        Distributions whose classes the content holds, such as ``("scikit-learn",)``; their versions have to
        be the same when it is opened.
    facts
        Plain JSON values for the header, readable without opening the content.
    """

    kind: str
    content: Any
    libraries: tuple[str, ...] = ()
    facts: Mapping[str, Any] | None = None


def write_blob(blob: Blob, fd: int) -> int:
    """Write a blob to a descriptor from its beginning, and give the number of bytes."""
    header = {
        "kind": blob.kind,
        "libraries": {library: version(library) for library in blob.libraries},
        "facts": dict(blob.facts or {}),
    }
    with os.fdopen(os.dup(fd), "wb") as file:
        file.write(_MAGIC + json.dumps(header, ensure_ascii=False).encode() + b"\n")
        pickle.dump(blob.content, file, protocol=5)
        return file.tell()


def read_blob(fd: int, kind: str, port: str) -> Blob:
    """Open a blob; the descriptor stays open.

    Parameters
    ----------
    fd
        Read from its beginning; its offset is neither used nor moved.
    kind
        What the port takes.
    port
        Its name, for errors.

    Raises
    ------
    InputError
        0082 where it is not such an object, is damaged, or was made by other versions of its libraries.
    """
    raw = _whole(fd)
    head, _, body = raw.removeprefix(_MAGIC).partition(b"\n")
    if not raw.startswith(_MAGIC):
        raise InputError(f"The input at port {port!r} is not a drawloom object.", code="0082")
    try:
        header = json.loads(head)
        found, libraries, facts = header["kind"], header["libraries"], header["facts"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(port) from error
    if found != kind:
        raise InputError(
            f"Port {port!r} takes {_WORDS.get(kind, kind)}, but {_WORDS.get(found, 'something else')} "
            "arrives there.",
            code="0082",
            remedy="Connect the output that carries it.",
        )
    _check_versions(libraries, kind, port)
    try:
        content = pickle.loads(body)  # noqa: S301 - opened inside the walls only
    except Exception as error:  # a pickle that does not fit may raise anything at all
        raise _damaged(port) from error
    return Blob(kind, content, tuple(libraries), facts)


def _whole(fd: int) -> bytes:
    parts: list[bytes] = []
    while part := os.pread(fd, 1 << 30, sum(map(len, parts))):
        parts.append(part)
    return b"".join(parts)


def _check_versions(libraries: Mapping[str, str], kind: str, port: str) -> None:
    for library, made_with in libraries.items():
        try:
            here = version(library)
        except PackageNotFoundError:
            here = "no such library"
        if here != made_with:
            raise InputError(
                f"{_WORDS[kind].capitalize()} at port {port!r} was made with {library} {made_with}; here "
                f"is {here}.",
                code="0082",
                remedy=(
                    "Run the step that made it again in this environment, or use the environment it "
                    "was made in."
                ),
            )


def _damaged(port: str) -> InputError:
    return InputError(
        f"The object at port {port!r} cannot be opened: it is cut or damaged.",
        code="0082",
        remedy="Run the step that made it again.",
    )
