"""Objects that travel between scripts: a plain pickle, with the versions of the libraries it needs beside it.

A pickle runs code when it is opened, so this happens only where a script runs.
"""

from __future__ import annotations

import pickle
import platform
import sys
import types
from collections.abc import Mapping
from typing import Any, BinaryIO

from drawloom.errors import InputError, ScriptError
from drawloom.script.arena import MODULE


class _Pickler(pickle.Pickler):
    """A pickler that takes note of the packages whose classes and functions it meets."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.packages: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        owner = value if isinstance(value, type | types.FunctionType) else type(value)
        module = getattr(owner, "__module__", None)
        if isinstance(module, str):
            self.packages.add(module.partition(".")[0])
        return NotImplemented


def dump(value: Any, file: BinaryIO, port: str) -> tuple[dict[str, str], list[str]]:
    """Write an object as a pickle.

    Parameters
    ----------
    value
        The object.
    file
        Open for writing.
    port
        The name of its port, for messages.

    Returns
    -------
    tuple of (dict, list)
        The versions of Python and of the packages it needs, and notes.

    Raises
    ------
    ScriptError
        0085, where it cannot be pickled.
    """
    pickler = _Pickler(file)
    try:
        pickler.dump(value)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ScriptError(
            f"The object for {port!r} ({type(value).__qualname__}) cannot be pickled: {error}",
            remedy="Lambdas, open files and classes defined inside a function cannot leave a step.",
        ) from error
    notes = []
    if MODULE in pickler.packages:
        notes.append(
            f"The object {port!r} holds what is defined in this script; a script that opens it needs it too."
        )
    versions = {"python": platform.python_version()}
    versions |= {name: version for name in sorted(pickler.packages) if (version := _version(name))}
    return versions, notes


def load(data: bytes, port: str, versions: Mapping[str, str]) -> tuple[Any, list[str]]:
    """Open a pickled object.

    Parameters
    ----------
    data
        The pickle.
    port
        The name of its port, for messages.
    versions
        What it was made with, as far as known.

    Returns
    -------
    tuple of (object, list)
        The object, and a note where library versions differ.

    Raises
    ------
    InputError
        0082, where it cannot be opened here; says which versions differ.
    """
    try:
        value = pickle.loads(data)  # noqa: S301 - the walls are around us
    except Exception as error:
        difference = _difference(versions)
        needs = f"; it was made with {difference}" if difference else ""
        reason = f"{type(error).__name__}: {error}"[:2000].rstrip(".")
        raise InputError(
            f"The object at port {port!r} cannot be opened: {reason}{needs}.",
            code="0082",
            remedy="Make it again in this environment; the classes it holds must be importable here.",
        ) from error
    difference = _difference(versions)
    return value, [f"The object {port!r} was made with {difference}."] if difference else []


def _difference(versions: Mapping[str, str]) -> str:
    found = []
    for name, there in versions.items():
        here = platform.python_version() if name == "python" else _version(name)
        if name == "python":
            there_, here_ = (".".join(text.split(".")[:2]) for text in (there, here))
            if there_ == here_:
                continue
        if here != there:
            found.append(f"{name} {there} (here: {here or 'none'})")
    return ", ".join(found)


def _version(package: str) -> str:
    version = getattr(sys.modules.get(package), "__version__", "")
    return version if isinstance(version, str) else ""
