"""K-Means Clustering: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.learning.ports import UNTRAINED, seed_field, unknown_levels_field
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module


class KMeansClustering(Parameters):
    """How many clusters, and where they begin."""

    centroids: int = Field(
        2,
        ge=2,
        title="Number of centroids",
        description="How many clusters to find.",
    )
    initialization: Annotated[Literal["k-means++", "random", "first-n", "evenly"], Folded] = Field(
        "k-means++",
        title="Initialization",
        description="Where centroids begin: drawn far apart, drawn, the first rows, or rows at even steps.",
        json_schema_extra={"ui": "choice"},
    )
    metric: Annotated[Literal["euclidean", "cosine"], Folded] = Field(
        "euclidean",
        title="Metric",
        description="Distance, or the angle between rows seen from 0.",
        json_schema_extra={"ui": "choice"},
    )
    iterations: int = Field(
        100,
        ge=1,
        title="Iterations",
        description="How often centroids are moved at most.",
    )
    seed: int = seed_field()
    allow_unknown_levels: bool = unknown_levels_field()


MODULE = Module(
    name="k-means-clustering",
    title="K-Means Clustering",
    family="learning",
    doc="Groups rows around centroids; train it with train-clustering-model.",
    parameters=KMeansClustering,
    outputs=UNTRAINED,
    work="drawloom.modules.learning.k_means_clustering.work:run",
)
