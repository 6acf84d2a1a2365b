"""Clip Values: the host side."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drawloom.modules.columns import ColumnSelection, columns_of_type
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port

Substitute = Annotated[Literal["threshold", "mean", "median", "missing"], Folded]


class ClipValues(Parameters):
    """Which values are too large or too small, and what takes their place."""

    clip: Annotated[Literal["peaks", "subpeaks", "peaks-and-subpeaks"], Folded] = Field(
        "peaks",
        title="Set of thresholds",
        description="Cut off values above the upper threshold, below the lower one, or both.",
        json_schema_extra={"ui": "choice"},
    )
    threshold: Annotated[Literal["constant", "percentile"], Folded] = Field(
        "constant",
        title="Threshold",
        description="Whether 'upper' and 'lower' are values, or percentiles (0 to 100) of each column.",
        json_schema_extra={"ui": "choice"},
    )
    upper: float = Field(
        99.0,
        title="Upper threshold",
        description="Larger values are peaks.",
        json_schema_extra={"when": {"clip": ["peaks", "peaks-and-subpeaks"]}},
    )
    lower: float = Field(
        1.0,
        title="Lower threshold",
        description="Smaller values are subpeaks.",
        json_schema_extra={"when": {"clip": ["subpeaks", "peaks-and-subpeaks"]}},
    )
    upper_substitute: Substitute = Field(
        "threshold",
        title="Substitute value for peaks",
        description="Mean and median are those of the column before anything is cut off.",
        json_schema_extra={"ui": "choice", "when": {"clip": ["peaks", "peaks-and-subpeaks"]}},
    )
    lower_substitute: Substitute = Field(
        "threshold",
        title="Substitute value for subpeaks",
        description="As for peaks.",
        json_schema_extra={"ui": "choice", "when": {"clip": ["subpeaks", "peaks-and-subpeaks"]}},
    )
    columns: ColumnSelection = Field(
        default_factory=lambda: columns_of_type("numeric"),
        title="List of columns",
        description="Numeric columns; all of them by default.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    overwrite: bool = Field(
        True,
        title="Overwrite flag",
        description="Change the columns in place; otherwise append '<column>_clipped'.",
    )
    indicator: bool = Field(
        False,
        title="Add indicator columns",
        description="Append a Boolean column '<column>_IsClipped' for every column.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> "ClipValues":
        if self.threshold == "percentile" and not (0 <= self.lower <= 100 and 0 <= self.upper <= 100):
            raise ValueError("percentiles lie between 0 and 100")
        if self.clip == "peaks-and-subpeaks" and self.lower > self.upper:
            raise ValueError(f"the lower threshold {self.lower:g} is above the upper one, {self.upper:g}")
        return self


MODULE = Module(
    name="clip-values",
    title="Clip Values",
    family="preparation",
    doc=(
        "Finds values beyond a threshold and puts the threshold, the mean, the median or nothing in "
        "their place."
    ),
    parameters=ClipValues,
    inputs=(Port("dataset", doc="The dataset with outliers."),),
    outputs=(
        Port("dataset", doc="The clipped dataset."),
        Port(
            "transformation",
            "transformation",
            "The thresholds and what takes the place of values beyond them.",
        ),
    ),
    work="drawloom.modules.preparation.clip_values.work:run",
    published="transformation",
)
