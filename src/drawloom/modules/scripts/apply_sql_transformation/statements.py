"""The statements of an SQL script and their lines (worker side)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from drawloom.errors import ScriptError
from drawloom.modules.scripts.apply_sql_transformation.tokens import Token, tokens

_AFTER_WITH = ("SELECT", "VALUES", "INSERT", "UPDATE", "DELETE", "REPLACE")


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes
    ----------
    text
        Without blanks and comments before it.
    line
        Where it begins in the script, from 1.
    kind
        Its verb in capitals: ``SELECT``, also behind ``WITH``.
    """

    text: str
    line: int
    kind: str

    @property
    def is_query(self) -> bool:
        """Whether it is a ``SELECT``, or ``VALUES``, which is one too."""
        return self.kind in ("SELECT", "VALUES")

    def line_of(self, word: str) -> int:
        """Give the line where a word stands, or that of the statement if it stands in several or in none."""
        wanted = word.casefold()
        found = {
            self.text.count("\n", 0, token.start)
            for token in tokens(self.text)
            if wanted in (token.text.casefold(), token.bare.casefold()) and token.kind != "blank"
        }
        return self.line + (found.pop() if len(found) == 1 else 0)


def split(script: str) -> Iterator[Statement]:
    """Cut a script at the semicolons that end a statement: not those in quotes, comments or triggers.

    The last statement needs none. What holds nothing but blanks and comments is left out.
    """
    held: list[Token] = []
    for token in tokens(script):
        held.append(token)
        if token.text == ";" and token.kind == "other":
            text = "".join(each.text for each in held)
            if sqlite3.complete_statement(text):
                yield from _statement(script, held)
                held = []
    yield from _statement(script, held)


def _statement(script: str, held: list[Token]) -> Iterator[Statement]:
    said = [token for token in held if token.kind != "blank"]
    if not said or said[0].text == ";":
        return
    start, stop = said[0].start, held[-1].start + len(held[-1].text)
    yield Statement(script[start:stop], script.count("\n", 0, start) + 1, _kind(said))


def _kind(said: list[Token]) -> str:
    first = said[0].text.upper()
    if first != "WITH":
        return first
    depth = 0
    for token in said:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "word" and token.text.upper() in _AFTER_WITH:
            return token.text.upper()
    return first


def no_query(name: str) -> ScriptError:
    """Give the error for a script without a SELECT; `name` is what the user calls it."""
    return ScriptError(
        f"{name} has no SELECT, so there is no result.", code="0069", remedy="End it with a SELECT.", line=1
    )
