"""The words of an SQL script: what is quoted, what is a parameter (both sides)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<text>'(?:[^']|'')*(?:'|\Z))
    | (?P<name>"(?:[^"]|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z))
    | (?P<bracket>\[[^\]]*(?:\]|\Z))
    | ::
    | (?P<parameter>[:@$][^\W\d]\w*)
    | (?P<word>[^\W\d][\w$]*)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a script.

    Attributes
    ----------
    kind
        ``blank`` (comments too), ``text``, ``name``, ``bracket``, ``parameter``, ``word`` or ``other``.
    start
        Where it begins.
    """

    kind: str
    text: str
    start: int

    @property
    def bare(self) -> str:
        """What it says without its quotes."""
        return self.text[1:-1] if self.kind in ("name", "bracket", "text") else self.text


def tokens(script: str) -> Iterator[Token]:
    """Cut a script into tokens; together they are the script."""
    for match in _TOKEN.finditer(script):
        yield Token(match.lastgroup or "other", match.group(), match.start())


def parameters(script: str, marks: str = ":@$") -> list[str]:
    """Give the names of the parameters that a script uses, in order, each once.

    Parameters
    ----------
    marks
        The characters that begin one: SQLite takes all three, DuckDB the last.
    """
    found = (token.text for token in tokens(script) if token.kind == "parameter")
    return list(dict.fromkeys(name[1:] for name in found if name[0] in marks))
