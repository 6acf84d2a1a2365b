"""Linear Regression: the host side."""

from pydantic import Field

from drawloom.modules.learning.ports import UNTRAINED, unknown_levels_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module


class LinearRegression(Parameters):
    """How the weights are held small."""

    l2_weight: float = Field(
        0.001,
        ge=0,
        title="L2 regularization weight",
        description="Times the sum of the squared weights, beside the sum of the squared errors.",
    )
    intercept: bool = Field(
        True,
        title="Include intercept term",
        description="Add a constant to the sum; it is not held small.",
    )
    allow_unknown_levels: bool = unknown_levels_field()


MODULE = Module(
    name="linear-regression",
    title="Linear Regression",
    family="learning",
    doc="Predicts a number as a weighted sum of the features, by ordinary least squares.",
    parameters=LinearRegression,
    outputs=UNTRAINED,
    work="drawloom.modules.learning.linear_regression.work:run",
)
