"""Clean Missing Data: the host side."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from drawloom.modules.columns import ColumnSelection, all_columns
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port

_LEARNT: list[JsonValue] = ["replace-with-mean", "replace-with-median", "replace-with-mode"]
_MODELLED: list[JsonValue] = ["replace-using-mice", "replace-using-probabilistic-pca"]


class CleanMissingData(Parameters):
    """What to do about missing values, and where."""

    columns: ColumnSelection = Field(
        default_factory=all_columns,
        title="Columns to be cleaned",
        description="The others pass through.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    minimum_ratio: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Minimum missing value ratio",
        description="Columns with a smaller share of missing values are left alone.",
    )
    maximum_ratio: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Maximum missing value ratio",
        description="Columns with a larger share of missing values are left alone.",
    )
    mode: Annotated[
        Literal[
            "replace-using-mice",
            "custom-substitution-value",
            "replace-with-mean",
            "replace-with-median",
            "replace-with-mode",
            "remove-entire-row",
            "remove-entire-column",
            "replace-using-probabilistic-pca",
        ],
        Folded,
    ] = Field(
        "custom-substitution-value",
        title="Cleaning mode",
        description=(
            "Mean, median, MICE and PCA take numbers and booleans (median: numbers); mode takes any type."
        ),
        json_schema_extra={"ui": "choice"},
    )
    replacement_value: str = Field(
        "0",
        coerce_numbers_to_str=True,
        title="Replacement value",
        description="Written as text; read as the type of each column.",
        json_schema_extra={"when": {"mode": ["custom-substitution-value"]}},
    )
    all_missing: Annotated[Literal["remove", "propagate"], Folded] = Field(
        "remove",
        title="Cols with all missing values",
        description="Whether a column without any value is removed or passes through.",
        json_schema_extra={"ui": "choice", "when": {"mode": _LEARNT + _MODELLED}},
    )
    indicator: bool = Field(
        False,
        title="Generate missing value indicator column",
        description="Append a Boolean column '<column>_IsMissing' for every column that was filled.",
        json_schema_extra={"when": {"mode": ["custom-substitution-value", *_LEARNT, *_MODELLED]}},
    )
    mice_iterations: int = Field(
        5,
        ge=1,
        le=10,
        title="Number of iterations",
        description="Rounds of chained equations.",
        json_schema_extra={"when": {"mode": ["replace-using-mice"]}},
    )
    pca_iterations: int = Field(
        10,
        ge=1,
        le=50,
        title="Number of iterations for PCA prediction",
        description="Rounds of fitting and filling.",
        json_schema_extra={"when": {"mode": ["replace-using-probabilistic-pca"]}},
    )

    @model_validator(mode="after")
    def _ratios(self) -> "CleanMissingData":
        if self.minimum_ratio > self.maximum_ratio:
            raise ValueError("the minimum missing value ratio is above the maximum")
        return self


MODULE = Module(
    name="clean-missing-data",
    title="Clean Missing Data",
    family="preparation",
    doc="Fills missing values, or removes the rows or columns that have them, and gives out what it learnt.",
    parameters=CleanMissingData,
    inputs=(Port("dataset", doc="The dataset to clean."),),
    outputs=(
        Port("dataset", doc="The cleaned dataset."),
        Port(
            "transformation",
            "transformation",
            "The cleaning transformation; it never adds indicator columns.",
        ),
    ),
    work="drawloom.modules.preparation.clean_missing_data.work:run",
    published="transformation",
)
