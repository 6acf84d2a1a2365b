"""Remove Duplicate Rows: the host side."""

from pydantic import Field

from drawloom.modules.columns import ColumnSelection, all_columns
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class RemoveDuplicateRows(Parameters):
    """What makes two rows the same."""

    columns: ColumnSelection = Field(
        default_factory=all_columns,
        title="Key column selection",
        description="Rows that agree in all of these columns are duplicates; missing equals missing.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    retain_first: bool = Field(
        True,
        title="Retain first duplicate row",
        description="Keep the first of the rows that are the same; otherwise the last.",
    )


MODULE = Module(
    name="remove-duplicate-rows",
    title="Remove Duplicate Rows",
    family="preparation",
    doc="Keeps one row of those that agree in the key columns.",
    parameters=RemoveDuplicateRows,
    inputs=(Port("dataset", doc="The dataset with duplicates."),),
    outputs=(Port("dataset", doc="The dataset without duplicates, in the same order."),),
    work="drawloom.modules.preparation.remove_duplicate_rows.work:run",
    published="pass-rows",
)
