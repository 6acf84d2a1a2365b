"""Normalize Data: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.columns import ColumnSelection, columns_of_type
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port


class NormalizeData(Parameters):
    """How to bring columns to one scale."""

    method: Annotated[Literal["zscore", "minmax", "logistic", "lognormal", "tanh"], Folded] = Field(
        "zscore",
        title="Transformation method",
        description=(
            "zscore uses the population standard deviation; lognormal is the fitted distribution function."
        ),
        json_schema_extra={"ui": "choice"},
    )
    constant_as_zero: bool = Field(
        True,
        title="Use 0 for constant columns when checked",
        description="A column with one value becomes 0; otherwise missing (zscore, minmax and lognormal).",
    )
    columns: ColumnSelection = Field(
        default_factory=lambda: columns_of_type("numeric"),
        title="Columns to transform",
        description="Numeric columns; all of them by default.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )


MODULE = Module(
    name="normalize-data",
    title="Normalize Data",
    family="preparation",
    doc="Rescales numeric columns, and gives out what it learnt so that new rows are rescaled alike.",
    parameters=NormalizeData,
    inputs=(Port("dataset", doc="The dataset to rescale."),),
    outputs=(
        Port("dataset", doc="The transformed dataset."),
        Port("transformation", "transformation", "The transformation function."),
    ),
    work="drawloom.modules.preparation.normalize_data.work:run",
    published="transformation",
)
