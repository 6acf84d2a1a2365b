"""Convert to Indicator Values: the host side."""

from pydantic import Field

from drawloom.modules.columns import ColumnSelection, columns_of_type
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class ConvertToIndicatorValues(Parameters):
    """Which categorical columns become 0 and 1."""

    columns: ColumnSelection = Field(
        default_factory=lambda: columns_of_type("categorical"),
        title="Categorical columns to convert",
        description="Categorical columns; all of them by default.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    overwrite: bool = Field(
        False,
        title="Overwrite categorical columns",
        description="Leave the converted columns out of the result.",
    )


MODULE = Module(
    name="convert-to-indicator-values",
    title="Convert to Indicator Values",
    family="preparation",
    doc="Gives every level of a categorical column a column '<column>-<level>' of 0 and 1.",
    parameters=ConvertToIndicatorValues,
    inputs=(Port("dataset", doc="The dataset with categorical columns."),),
    outputs=(
        Port("dataset", doc="The dataset with indicator columns appended."),
        Port("transformation", "transformation", "The levels, so that new rows get the same columns."),
    ),
    work="drawloom.modules.preparation.convert_to_indicator_values.work:run",
    published="transformation",
)
