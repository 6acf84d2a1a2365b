"""Cut Python of either age into tokens without losing a character.

The tokeniser of the standard library refuses backticks, ``0777`` and ``10L`` since Python 3.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\f]+|\\\r?\n)
  | (?P<comment>\#[^\n]*)
  | (?P<newline>\n)
  | (?P<string>(?:[uUbB]?[rR]?|[rR][bB]|[fF][rR]?|[rR][fF])
      (?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<number>0[xX][0-9a-fA-F_]+[lL]?|0[bBoO][0-7_]+[lL]?
      |(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?[lLjJ]?)
  | (?P<name>[^\W\d]\w*)
  | (?P<op><>|\*\*=?|//=?|>>=?|<<=?|->|:=|[-+*/%&|^@=<>!]=|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class Token:
    """A piece of source; `text` may be replaced, the kind stays."""

    kind: str
    text: str
    line: int

    @property
    def code(self) -> bool:
        """Whether it is more than blank, comment or end of line."""
        return self.kind in ("string", "number", "name", "op")


def tokens(text: str) -> list[Token]:
    """Cut a text with LF line ends; joined again it is the text."""
    return list(_cut(text))


def _cut(text: str) -> Iterator[Token]:
    line, at = 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        piece = match[0] if match else text[at]
        yield Token(str(match.lastgroup) if match else "op", piece, line)
        line += piece.count("\n")
        at += len(piece)


def join(pieces: list[Token]) -> str:
    """Give the source again."""
    return "".join(piece.text for piece in pieces)
