r"""The little languages of Split Data: which column, and what is asked of it.

Read by both sides, so it imports nothing but the standard library: the host refuses a wrong expression before
anything runs, the worker evaluates it.

    \"Text" Gryphon            a regular expression, searched for in the column Text
    (\1) ^[a-f]                the same in the column with the 0-based index 1
    \"Year" > 2010             a comparison
    (\0) <= 30 & != 20         several, joined by & (and) and | (or); & binds tighter; there are no brackets
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COLUMN = re.compile(
    r"""\s*(?:\\"(?P<name>[^"]+)"|\(\s*\\(?:"(?P<named>[^"]+)"|(?P<index>\d+))\s*\))\s*(?P<rest>.*)""", re.S
)
_COMPARISON = re.compile(r"\s*(?P<operator><=|>=|!=|<>|==|<|>|=)\s*(?P<literal>.+?)\s*", re.S)
_SAME = {"<>": "!=", "==": "="}


@dataclass(frozen=True)
class Comparison:
    """One comparison of the column with a literal, as written."""

    operator: str
    literal: str


@dataclass(frozen=True)
class Pattern:
    """A regular expression for one column: a name, or a 0-based index."""

    column: str | int
    regex: str


@dataclass(frozen=True)
class Condition:
    """Comparisons of one column: any of the groups has to hold, all in a group."""

    column: str | int
    any_of: tuple[tuple[Comparison, ...], ...]


def parse_pattern(text: str) -> Pattern:
    """Read a regular expression split.

    Raises
    ------
    ValueError
        Where it is not one.
    """
    column, rest = _column_and_rest(text)
    try:
        re.compile(rest)
    except re.error as error:
        raise ValueError(f"the regular expression {rest!r} is not valid: {error}") from None
    return Pattern(column, rest)


def parse_condition(text: str) -> Condition:
    """Read a relative expression split.

    Raises
    ------
    ValueError
        Where it is not one.
    """
    column, rest = _column_and_rest(text)
    groups = tuple(tuple(_comparison(part) for part in group.split("&")) for group in rest.split("|"))
    return Condition(column, groups)


def _column_and_rest(text: str) -> tuple[str | int, str]:
    found = _COLUMN.fullmatch(text)
    if not found or not found["rest"].strip():
        raise ValueError(
            'it begins with a column, \\\\"name" or (\\\\index), and goes on with what is asked of it'
        )
    name = found["name"] or found["named"]
    return (name if name is not None else int(found["index"])), found["rest"].rstrip("\r\n")


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if not found:
        raise ValueError(f"{text.strip()!r} is not a comparison such as '> 2010'; they are joined by & and |")
    return Comparison(_SAME.get(found["operator"], found["operator"]), found["literal"].strip("'\""))
