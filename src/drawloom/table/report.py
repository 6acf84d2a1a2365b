"""The conversion report: what became of a column on its way."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Conversion:
    """A change that a column met on its way between a file, Arrow and pandas.

    A column that arrived as its plain counterpart under its own name has no entry.

    Attributes
    ----------
    column
        The name of the column where it arrived.
    type_there
        The type where it came from.
    type_here
        The type where it arrived.
    missing_before, missing_after
        How many cells were missing there, and are here.
    renamed_from
        The label it had there, written as Python would (``repr``), or None if it kept its name.
    note
        In words, what was done and why.
    """

    column: str
    type_there: str
    type_here: str
    missing_before: int = 0
    missing_after: int = 0
    renamed_from: str | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the entry as plain JSON values."""
        return dataclasses.asdict(self)
