"""What is wrong with an experiment file: where, what, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding, at a place of the file (line and column count characters from 1).

    Problems sort by place; ``severity`` tells whether the experiment can run in spite of it.
    """

    line: int
    column: int
    message: str
    remedy: str = ""
    severity: Severity = "error"

    def render(self, name: str) -> str:
        """Give the line a compiler would print: ``name:line:column: message remedy``."""
        kind = "" if self.severity == "error" else f"{self.severity}: "
        return f"{name}:{self.line}:{self.column}: {kind}{self.message}" + (
            f" {self.remedy}" if self.remedy else ""
        )

    def to_dict(self) -> dict[str, str | int]:
        """Give the problem as plain JSON values."""
        return {
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "remedy": self.remedy,
            "severity": self.severity,
        }


def did_you_mean(wrong: str, right: Iterable[str], otherwise: str = "") -> str:
    """Ask for the nearest right name; list the right ones where none is near and they are few.

    Parameters
    ----------
    wrong
        The name as written.
    right
        The names that would have been right.
    otherwise
        The remedy where nothing is near and there are too many names to list.
    """
    names = list(dict.fromkeys(right))
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(wrong.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{folded[near[0]]}"?'
    if otherwise or not names or len(names) > 12:
        return otherwise
    return f"Choose from: {', '.join(names)}."
