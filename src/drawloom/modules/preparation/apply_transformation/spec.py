"""Apply Transformation: the host side."""

from drawloom.modules.parameters import NoParameters
from drawloom.modules.spec import Module, Port

MODULE = Module(
    name="apply-transformation",
    title="Apply Transformation",
    family="preparation",
    doc="Does to a dataset what was learnt from another: the same means, ranges, levels or columns.",
    parameters=NoParameters,
    inputs=(
        Port("transformation", "transformation", "What was learnt."),
        Port("dataset", doc="The dataset to transform."),
    ),
    outputs=(Port("dataset", doc="The transformed dataset."),),
    work="drawloom.modules.preparation.apply_transformation.work:run",
)
