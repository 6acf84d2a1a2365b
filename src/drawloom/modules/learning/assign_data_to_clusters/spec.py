"""Assign Data to Clusters: the host side."""

from pydantic import Field

from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class AssignDataToClusters(Parameters):
    """What to give out beside the assignments."""

    append: bool = Field(
        True,
        title="Check for append or uncheck for result only",
        description="Keep all columns beside the assignments.",
    )


MODULE = Module(
    name="assign-data-to-clusters",
    title="Assign Data to Clusters",
    family="learning",
    doc="Tells for each row the nearest cluster of a trained clustering model, and the distances.",
    parameters=AssignDataToClusters,
    inputs=(
        Port("model", "trained-model", "A trained clustering model."),
        Port("dataset", doc="The rows to assign."),
    ),
    outputs=(Port("dataset", doc="The rows with 'Assignments' and 'DistancesToClusterCenter no.0', ...."),),
    work="drawloom.modules.learning.assign_data_to_clusters.work:run",
)
