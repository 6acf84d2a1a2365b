"""Train Clustering Model: the host side."""

from pydantic import Field

from drawloom.modules.columns import ColumnSelection
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class TrainClusteringModel(Parameters):
    """What to group rows by."""

    columns: ColumnSelection | None = Field(
        None,
        title="Column set",
        description="The columns to group by; all features if none are chosen.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    append: bool = Field(
        True,
        title="Check for append or uncheck for result only",
        description="Keep all columns beside the assignments.",
    )


MODULE = Module(
    name="train-clustering-model",
    title="Train Clustering Model",
    family="learning",
    doc="Trains a model that groups rows, and tells the groups of the rows it was trained with.",
    parameters=TrainClusteringModel,
    inputs=(
        Port("model", "untrained-model", "A learner for clusters."),
        Port("dataset", doc="The rows to group."),
    ),
    outputs=(
        Port("model", "trained-model", "The trained model."),
        Port("dataset", doc="The rows with their cluster and, where there are centroids, the distances."),
    ),
    work="drawloom.modules.learning.train_clustering_model.work:run",
)
