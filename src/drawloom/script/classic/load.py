"""Read an old script: Python 2 or 3, as source of today that keeps every line where it was."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from drawloom.script import source as today
from drawloom.script.classic import tree
from drawloom.script.classic.syntax import Found, to_python3
from drawloom.script.source import Source


@dataclass(frozen=True)
class OldSource(Source):
    """A script that may be Python 2.

    Attributes
    ----------
    found
        The forms of Python 2 in it.
    """

    found: tuple[Found, ...] = ()


def load(script: str | bytes, name: str = "script.py") -> OldSource:
    """Read a script of Python 2 or 3.

    Parameters
    ----------
    script
        The text, or the bytes of its file.
    name
        How messages and tracebacks call it.

    Returns
    -------
    OldSource
        Its text is the user's, and its tree means today what the text meant.

    Raises
    ------
    ScriptError
        0085 with the line, where the text is neither.
    """
    text = today.clean(today.decode(script, name) if isinstance(script, bytes) else script)
    new, found = to_python3(text)
    parsed = today.load(new, name).tree
    found += tree.translate(parsed, python2=bool(found) or tree.is_python2(parsed))
    return OldSource(name, text, parsed, tuple(found))


def code_tree(data: bytes | str, name: str) -> ast.Module:
    """Read a module that a script imports; its syntax errors are those of `ast.parse`."""
    text = today.clean(today.decode(data, name) if isinstance(data, bytes) else data)
    text, found = to_python3(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        parsed = ast.parse(text, name)
    tree.translate(parsed, python2=bool(found) or tree.is_python2(parsed))
    return parsed
