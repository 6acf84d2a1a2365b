"""The ports and parameters that learners share (host side)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from drawloom.modules.columns import Column
from drawloom.modules.spec import Port

FAMILY = "learning"

UNTRAINED = (Port("model", "untrained-model", "The untrained model: what to train and how."),)
"""The output of every learner."""


def label_field() -> Any:
    """Give the parameter that names the label column."""
    return Field(
        None,
        title="Label column",
        description="What to predict, by name or 1-based index; the column marked as label if none is given.",
        json_schema_extra={"ui": "column", "port": "dataset"},
    )


def seed_field() -> Any:
    """Give the parameter of the random seed."""
    return Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Random number seed",
        description="0 takes the experiment's seed. A clock is never asked, so a run can be repeated.",
    )


def unknown_levels_field() -> Any:
    """Give the parameter that says what a level unknown from training means."""
    return Field(
        True,
        title="Allow unknown categorical levels",
        description="Score rows with a level that training did not have as if it were none; else an error.",
    )


Label = Column | None
