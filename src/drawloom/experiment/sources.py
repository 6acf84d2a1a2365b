"""Which program text decides what a module does: the digest of its worker side.

The rule errs on the side of running again. For a built-in module: the rooms `table` and `script`, `errors`,
what all modules share, and every family of modules that is named, in whatever way, in its own family (and so
on from there). For a third party's: its whole package besides. No file is parsed or imported.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path

import drawloom
from drawloom.experiment import digest
from drawloom.modules.spec import Module

_ROOT = Path(drawloom.__file__).parent
_SHARED_ROOMS = ("table", "script")
_FAMILY = re.compile(rb"drawloom\.modules\.(\w+)|from drawloom\.modules import ([\w, ]+)")
_NAME = re.compile(rb"\w+")


def source_digest(module: Module) -> str:
    """Give the digest of the sources of a module's work; empty where the host itself does the work."""
    if module.work is None:
        return ""
    return _digest_of(module.work.partition(":")[0])


@functools.cache
def _digest_of(work: str) -> str:
    parts = work.split(".")
    files = _shared()
    if parts[0] != "drawloom":
        files = files | _package(parts[0])
    elif parts[1] == "modules":
        files = files | _families(parts[2])
    elif parts[1] not in _SHARED_ROOMS:
        files = files | _digests(_ROOT / parts[1])
    return digest.of_value(files)


@functools.cache
def _shared() -> dict[str, str]:
    files = {"errors.py": digest.of_bytes((_ROOT / "errors.py").read_bytes())}
    for path in sorted((_ROOT / "modules").glob("*.py")):
        files[f"modules/{path.name}"] = digest.of_bytes(path.read_bytes())
    for room in _SHARED_ROOMS:
        files |= _digests(_ROOT / room)
    return files


def _families(first: str) -> dict[str, str]:
    there = {path.name for path in (_ROOT / "modules").iterdir() if path.is_dir()}
    waiting, files, done = [first], dict[str, str](), set[str]()
    while waiting:
        family = waiting.pop()
        if family in done or family not in there:
            continue
        done.add(family)
        folder = _ROOT / "modules" / family
        files |= _digests(folder)
        for path in folder.rglob("*.py"):
            for direct, listed in _FAMILY.findall(path.read_bytes()):
                waiting += [name.decode() for name in _NAME.findall(direct + b" " + listed)]
    return files


def _package(name: str) -> dict[str, str]:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return {name: "not found"}
    origin = Path(found.origin)
    return (
        _digests(origin.parent)
        if found.submodule_search_locations
        else {origin.name: digest.of_bytes(origin.read_bytes())}
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        f"{folder.name}/{path.relative_to(folder)}": digest.of_bytes(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".so", ".R") and path.is_file()
    }
