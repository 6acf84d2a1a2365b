"""Read an old script: Python 2 or 3, as source of today that keeps every line where it was."""

from __future__ import annotations

import ast
import warnings

from drawloom.script import source as today
from drawloom.script.classic import tree
from drawloom.script.classic.syntax import to_python3
from drawloom.script.source import Source


def load(script: str | bytes, name: str = "script.py") -> Source:
    """Read a script of Python 2 or 3.

    Parameters
    ----------
    script
        The text, or the bytes of its file.
    name
        How messages and tracebacks call it.

    Returns
    -------
    Source
        Its text is Python 3 with the user's lines, and its tree means what the old source meant.

    Raises
    ------
    ScriptError
        0085 with the line, where the text is neither.
    """
    text = today.clean(today.decode(script, name) if isinstance(script, bytes) else script)
    text, found = to_python3(text)
    source = today.load(text, name)
    found += tree.translate(source.tree, python2=bool(found) or tree.is_python2(source.tree))
    source.__dict__["classic"] = found
    return source


def code_tree(data: bytes | str, name: str) -> ast.Module:
    """Read a module that a script imports; its syntax errors are those of `ast.parse`."""
    text = today.clean(today.decode(data, name) if isinstance(data, bytes) else data)
    text, found = to_python3(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        parsed = ast.parse(text, name)
    tree.translate(parsed, python2=bool(found) or tree.is_python2(parsed))
    return parsed
