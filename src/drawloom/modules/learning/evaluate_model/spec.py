"""Evaluate Model: the host side."""

from drawloom.modules.parameters import NoParameters
from drawloom.modules.spec import Module, Port

MODULE = Module(
    name="evaluate-model",
    title="Evaluate Model",
    family="learning",
    doc="Measures how well scores fit the label, for one scored dataset or for two to compare.",
    parameters=NoParameters,
    inputs=(
        Port("dataset", doc="The scored dataset."),
        Port("compare", doc="A scored dataset to compare it with.", optional=True),
    ),
    outputs=(Port("dataset", doc="The measures: one row for each input, or for each cluster."),),
    work="drawloom.modules.learning.evaluate_model.work:run",
)
