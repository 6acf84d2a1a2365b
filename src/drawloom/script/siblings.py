"""The Python files beside a script that travel with it: found by reading imports, never by running them."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from drawloom.errors import InputError
from drawloom.script.source import CLASSIC, clean, decode, load

MAX_FILES = 1000


def siblings(script: str | Path, compat: str | None = None) -> dict[str, str]:
    """Find the modules beside a script that it imports, directly or through one another.

    Parameters
    ----------
    script
        The path of its file.
    compat
        As `source.load` takes it.

    Returns
    -------
    dict
        Relative name with forward slashes (``helpers/text.py``) -> text, sorted by name.

    Raises
    ------
    ScriptError
        The script itself does not parse.
    InputError
        0150, where a module is a link to a place outside the script's folder, or there are too many.
    """
    path = Path(script)
    folder = path.parent
    found: dict[str, str] = {}
    waiting = list(_imported(load(path.read_bytes(), path.name, compat).tree, package=()))
    seen: set[tuple[str, ...]] = {(path.stem,)}
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        file = _file(folder, module)
        if file is None:
            continue
        waiting.extend(module[:depth] for depth in range(1, len(module)))
        name = file.relative_to(folder).as_posix()
        found[name] = clean(decode(_bytes(file, folder), name))
        if len(found) > MAX_FILES:
            raise InputError(
                f"{path.name} imports more than {MAX_FILES} files beside it.",
                code="0150",
                remedy="Hand them over as a script bundle, or install them in the environment.",
            )
        package = module if file.name == "__init__.py" else module[:-1]
        waiting.extend(_imported(_parse(found[name], compat), package))
    return dict(sorted(found.items()))


def _imported(tree: ast.Module, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the modules a file may import, as their dotted parts; names may turn out to be no modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            if node.level > len(package):
                continue
            module = base + (tuple(node.module.split(".")) if node.module else ())
            if module:
                yield module
            for alias in node.names:
                yield (*module, alias.name)


def _file(folder: Path, module: tuple[str, ...]) -> Path | None:
    for place in (folder.joinpath(*module, "__init__.py"), folder.joinpath(*module[:-1], f"{module[-1]}.py")):
        if place.is_file():
            return place
    return None


def _bytes(file: Path, folder: Path) -> bytes:
    real = Path(os.path.realpath(file))
    if not real.is_relative_to(os.path.realpath(folder)):
        raise InputError(
            f"{file.name} beside the script is a link to a place outside its folder.",
            code="0150",
            remedy="Put a copy of the file there instead.",
        )
    return real.read_bytes()


def _parse(text: str, compat: str | None) -> ast.Module:
    """Parse a sibling; one that is no Python fails with its line where the script imports it."""
    if compat == CLASSIC:
        from drawloom.script.classic.syntax import to_python3

        text, _ = to_python3(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])
