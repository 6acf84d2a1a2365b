"""Select Columns in Dataset: the host side."""

from pydantic import Field

from drawloom.modules.columns import ColumnSelection
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class SelectColumns(Parameters):
    """Which columns to keep."""

    columns: ColumnSelection = Field(
        title="Select columns",
        description="The columns to keep.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    preserve_order: bool = Field(
        False,
        title="Allow duplicates and preserve column order in selection",
        description="Give the columns in the order of the selection, and twice what is selected twice.",
    )


MODULE = Module(
    name="select-columns-in-dataset",
    title="Select Columns in Dataset",
    family="preparation",
    doc="Keeps the selected columns. Without 'preserve_order' they stay in the order of the dataset.",
    parameters=SelectColumns,
    inputs=(Port("dataset", doc="The dataset to choose from."),),
    outputs=(Port("dataset", doc="The selected columns."),),
    work="drawloom.modules.preparation.select_columns_in_dataset.work:run",
)
