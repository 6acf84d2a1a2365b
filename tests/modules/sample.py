"""What a valid step is, for the common suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .running import table


@dataclass(frozen=True)
class Sample:
    """A step that works.

    Parameters
    ----------
    params
        As written in a file.
    tables
        Input port -> frame.
    others
        Input port -> function that gives the bytes for it: objects that another module makes, files.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    others: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)

    def inputs(self, **changed: pd.DataFrame) -> dict[str, Any]:
        tables = {port: table(frame) for port, frame in (dict(self.tables) | changed).items()}
        return tables | {port: make() for port, make in self.others.items()}
