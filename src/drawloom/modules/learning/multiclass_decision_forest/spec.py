"""Multiclass Decision Forest: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.learning.ports import UNTRAINED, seed_field, unknown_levels_field
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module


class MulticlassDecisionForest(Parameters):
    """How many trees, and how they are grown."""

    resampling: Annotated[Literal["bagging", "replicate"], Folded] = Field(
        "bagging",
        title="Resampling method",
        description="bagging: each tree gets rows drawn with replacement; replicate: all get all rows.",
        json_schema_extra={"ui": "choice"},
    )
    trees: int = Field(
        8,
        ge=1,
        title="Number of decision trees",
        description="More trees steady the result.",
    )
    depth: int = Field(
        32,
        ge=1,
        title="Maximum depth of the decision trees",
        description="How many questions lead to a leaf at most.",
    )
    random_splits: int = Field(
        128,
        ge=1,
        title="Number of random splits per node",
        description="So many features, each with a threshold drawn at random; the best of them is the split.",
    )
    samples_per_leaf: int = Field(
        1,
        ge=1,
        title="Minimum number of samples per leaf node",
        description="A split that leaves fewer rows on one side is not made.",
    )
    seed: int = seed_field()
    allow_unknown_levels: bool = unknown_levels_field()


MODULE = Module(
    name="multiclass-decision-forest",
    title="Multiclass Decision Forest",
    family="learning",
    doc=("Predicts one of several classes by the vote of random trees. Missing values go their own way."),
    parameters=MulticlassDecisionForest,
    outputs=UNTRAINED,
    work="drawloom.modules.learning.multiclass_decision_forest.work:run",
)
