"""Two-Class Logistic Regression: the host side."""

from pydantic import Field

from drawloom.modules.learning.ports import UNTRAINED, seed_field, unknown_levels_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module


class TwoClassLogisticRegression(Parameters):
    """How the weights are found and held small."""

    tolerance: float = Field(
        1e-7,
        gt=0,
        title="Optimization tolerance",
        description="Training stops where a step improves the loss by less than this share.",
    )
    l1_weight: float = Field(
        1.0,
        ge=0,
        title="L1 regularization weight",
        description="Times the sum of the absolute weights, beside the summed loss; sets weights to 0.",
    )
    l2_weight: float = Field(
        1.0,
        ge=0,
        title="L2 regularization weight",
        description="Times half the sum of the squared weights, beside the summed loss.",
    )
    memory_size: int = Field(
        20,
        ge=1,
        title="Memory size for L-BFGS",
        description="How many past steps the curvature is estimated from.",
    )
    seed: int = seed_field()
    allow_unknown_levels: bool = unknown_levels_field()


MODULE = Module(
    name="two-class-logistic-regression",
    title="Two-Class Logistic Regression",
    family="learning",
    doc="Predicts one of two classes from a weighted sum of the features.",
    parameters=TwoClassLogisticRegression,
    outputs=UNTRAINED,
    work="drawloom.modules.learning.two_class_logistic_regression.work:run",
)
