"""`base`: what this interpreter has, which every child sees beneath the packages of its environment."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import site
import sysconfig

from drawloom.environment.requirement import normalised

_OURS = "drawloom"
_BESIDE = frozenset(
    ["duckdb", "lightgbm", "matplotlib", "numpy", "openpyxl", "pandas", "pyarrow", "scikit-learn", "scipy"]
)
"""What drawloom's own work imports in the same process as a user's packages."""


@functools.cache
def installed() -> dict[str, str]:
    """Give the version of each package this interpreter has, drawloom left aside, by normalised name.

    It is read from the names of folders, as the packaging standard spells them: a run pays for it.
    """
    found = {}
    for folder in filter(os.path.isdir, _folders()):
        for entry in os.listdir(folder):
            stem, ending = os.path.splitext(entry)
            if ending in (".dist-info", ".egg-info"):
                name, _, version = stem.partition("-")
                found[normalised(name)] = version
    found.pop(_OURS, None)
    return dict(sorted(found.items()))


def _folders() -> list[str]:
    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()})


def requirements() -> tuple[str, ...]:
    """Give the versions that drawloom's own work can do with, of what it imports beside a user's packages."""
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    needed = [Requirement(text) for text in requires(_OURS) or ()]
    return tuple(f"{each.name}{each.specifier}" for each in needed if normalised(each.name) in _BESIDE)


@functools.cache
def described() -> str:
    """Give what each package here needs, in uv's settings: it need not be fetched to be resolved along.

    An index that keeps no metadata apart would have to send a part of every wheel.
    """
    from importlib.metadata import distributions

    lines = []
    for found in distributions(path=_folders()):
        name = normalised(found.metadata["Name"])
        if installed().get(name) != found.version:
            continue
        lines += ["[[dependency-metadata]]", f"name = {json.dumps(name)}"]
        lines += [f"version = {json.dumps(found.version)}"]
        lines += [f"requires-dist = {json.dumps(found.requires or [])}"]
        lines += [f"provides-extra = {json.dumps(found.metadata.get_all('Provides-Extra') or [])}"]
        for python in found.metadata.get_all("Requires-Python") or []:
            lines += [f"requires-python = {json.dumps(python)}"]
    return "\n".join([*lines, ""])


def interpreter() -> str:
    """Give what compiled packages depend on: the Python, its version, the machine."""
    return f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}"


@functools.cache
def identity() -> str:
    """Give one digest of the interpreter and all it has."""
    lines = [interpreter(), *(f"{name}=={version}" for name, version in installed().items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
