"""Filter Based Feature Selection: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.learning.ports import Label
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port

_RANKING = (
    "pearson-correlation",
    "mutual-information",
    "kendall-correlation",
    "spearman-correlation",
    "chi-squared",
    "fisher-score",
)


class FilterBasedFeatureSelection(Parameters):
    """How features are ranked, and how many are kept."""

    method: Annotated[
        Literal[
            "pearson-correlation",
            "mutual-information",
            "kendall-correlation",
            "spearman-correlation",
            "chi-squared",
            "fisher-score",
            "count-based",
        ],
        Folded,
    ] = Field(
        "pearson-correlation",
        title="Feature scoring method",
        description="Correlations are taken without their sign; count-based counts values that are not zero.",
        json_schema_extra={"ui": "choice"},
    )
    features_only: bool = Field(
        True,
        title="Operate on feature columns only",
        description="Leave out columns marked as label, weight or score; else only the target is left out.",
    )
    target: Label = Field(
        None,
        title="Target column",
        description="What the features are to tell; the column marked as label if none is given.",
        json_schema_extra={"ui": "column", "port": "dataset"},
    )
    count: int = Field(
        1,
        ge=1,
        title="Number of desired features",
        description="How many of the best are kept; the target is kept beside them.",
        json_schema_extra={"when": {"method": list(_RANKING)}},
    )
    minimum_non_zero: int = Field(
        1,
        ge=1,
        title="Minimum number of non-zero elements",
        description="Columns with fewer values that are neither missing nor zero go.",
        json_schema_extra={"when": {"method": ["count-based"]}},
    )


MODULE = Module(
    name="filter-based-feature-selection",
    title="Filter Based Feature Selection",
    family="learning",
    doc="Ranks features by how much each by itself tells about the target, and keeps the best.",
    parameters=FilterBasedFeatureSelection,
    inputs=(Port("dataset", doc="The dataset whose features are ranked."),),
    outputs=(
        Port("dataset", doc="The target and the best features, in the order of the dataset."),
        Port(
            "features", doc="Feature and Score, the best first; count-based keeps the order of the dataset."
        ),
        Port("transformation", "transformation", "Which columns were kept, to be kept of other rows."),
    ),
    work="drawloom.modules.learning.filter_based_feature_selection.work:run",
    published="transformation",
)
