"""Add Columns: the host side."""

from drawloom.modules.parameters import NoParameters
from drawloom.modules.spec import Module, Port

MODULE = Module(
    name="add-columns",
    title="Add Columns",
    family="preparation",
    doc=(
        "Puts two datasets of the same number of rows side by side. A name that both have gets ' (2)' on "
        "the right."
    ),
    parameters=NoParameters,
    inputs=(Port("dataset1", doc="The left dataset."), Port("dataset2", doc="The right dataset.")),
    outputs=(Port("dataset", doc="The combined dataset."),),
    work="drawloom.modules.preparation.add_columns.work:run",
)
