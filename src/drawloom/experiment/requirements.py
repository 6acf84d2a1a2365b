"""The packages a script needs, with the versions that are installed: read from metadata, nothing imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

ALWAYS = ("pandas", "pyarrow", "pytest")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def of_scripts(texts: Iterable[str]) -> list[str]:
    """Give `name==version` for what the scripts import and for all that this needs, sorted.

    Parameters
    ----------
    texts
        Python sources; one that is no Python 3 names nothing.
    """
    known = packages_distributions()
    waiting = [*ALWAYS, *(name for text in texts for top in _imported(text) for name in known.get(top, ()))]
    found: dict[str, str] = {}
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # wanted on another system, or by an extra
        found[name] = f"{name}=={package.version}"
        for wanted in package.requires or ():
            required, _, marker = wanted.partition(";")
            match = _NAME.match(required.strip())
            if match and "extra" not in marker:
                waiting.append(match[0])
    return sorted(found.values())


def at(requirements: Iterable[str], versions: Mapping[str, str], installed: Mapping[str, str]) -> list[str]:
    """Give requirements at the versions of a run, and the packages that the run alone had.

    Parameters
    ----------
    requirements
        `name==version`, as installed now.
    versions, installed
        Name -> version in the run, and now.
    """
    named = dict(text.split("==", 1) for text in requirements)
    named |= {name: version for name, version in versions.items() if name in named or name not in installed}
    return sorted(f"{name}=={version}" for name, version in named.items())


def _imported(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.partition(".")[0] for name in names}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
