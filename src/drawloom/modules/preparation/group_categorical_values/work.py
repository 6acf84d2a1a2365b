"""Group Categorical Values: the worker side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from drawloom.modules.kinds import plain, require_kind
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Put every value into its new level."""
    table = step.table("dataset")
    names = select(step.params["columns"], table)
    for name in names:
        require_kind(
            table.frame[name],
            ("string",),
            table.port,
            "Make it text with edit-metadata, or leave it out of the column selection.",
        )
    levels, default = step.params["levels"], step.params["default_level"]
    return {
        "dataset": table.with_columns({name: _grouped(table.frame[name], levels, default) for name in names})
    }


def _grouped(values: pd.Series, levels: Mapping[str, Sequence[str]], default: str) -> pd.Series:
    new_of = {old: new for new, olds in levels.items() for old in olds}
    grouped = [None if pd.isna(value) else new_of.get(value, default) for value in plain(values)]
    return pd.Series(pd.Categorical(grouped, categories=list(dict.fromkeys([*levels, default]))))
