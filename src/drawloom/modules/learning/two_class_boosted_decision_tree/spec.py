"""Two-Class Boosted Decision Tree: the host side."""

from pydantic import Field

from drawloom.modules.learning.ports import UNTRAINED, seed_field, unknown_levels_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module


class TwoClassBoostedDecisionTree(Parameters):
    """How many trees, and how detailed."""

    leaves: int = Field(
        20,
        ge=2,
        title="Maximum number of leaves per tree",
        description="More leaves fit more detail.",
    )
    samples_per_leaf: int = Field(
        10,
        ge=1,
        title="Minimum number of samples per leaf node",
        description="A split that leaves fewer rows on one side is not made.",
    )
    learning_rate: float = Field(
        0.2,
        gt=0,
        le=1,
        title="Learning rate",
        description="How much of each new tree is added.",
    )
    trees: int = Field(
        100,
        ge=1,
        title="Number of trees constructed",
        description="Each corrects those before it.",
    )
    seed: int = seed_field()
    allow_unknown_levels: bool = unknown_levels_field()


MODULE = Module(
    name="two-class-boosted-decision-tree",
    title="Two-Class Boosted Decision Tree",
    family="learning",
    doc=(
        "Predicts one of two classes by trees that each correct those before. "
        "Missing values go their own way."
    ),
    parameters=TwoClassBoostedDecisionTree,
    outputs=UNTRAINED,
    work="drawloom.modules.learning.two_class_boosted_decision_tree.work:run",
)
