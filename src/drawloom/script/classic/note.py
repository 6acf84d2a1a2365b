"""What a rewrite has to tell of a line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A rule met at a line: applied, or left for the reader, or both."""

    line: int
    old: str
    new: str
    review: str = ""
