"""Add Rows: the host side."""

from drawloom.modules.parameters import NoParameters
from drawloom.modules.spec import Module, Port

MODULE = Module(
    name="add-rows",
    title="Add Rows",
    family="preparation",
    doc=(
        "Appends the rows of the second dataset to the first. Names and types have to agree, column by "
        "column."
    ),
    parameters=NoParameters,
    inputs=(Port("dataset1", doc="The rows that come first."), Port("dataset2", doc="The rows to append.")),
    outputs=(Port("dataset", doc="All rows."),),
    work="drawloom.modules.preparation.add_rows.work:run",
)
