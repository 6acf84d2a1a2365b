"""Permutation Feature Importance: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.learning.ports import seed_field
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port


class PermutationFeatureImportance(Parameters):
    """How the loss is measured."""

    metric: Annotated[
        Literal[
            "accuracy",
            "precision",
            "recall",
            "average-log-loss",
            "mean-absolute-error",
            "root-mean-squared-error",
            "relative-absolute-error",
            "relative-squared-error",
            "coefficient-of-determination",
        ],
        Folded,
    ] = Field(
        "accuracy",
        title="Metric for measuring performance",
        description="The first four are for classifiers, the others for regression.",
        json_schema_extra={"ui": "choice"},
    )
    seed: int = seed_field()


MODULE = Module(
    name="permutation-feature-importance",
    title="Permutation Feature Importance",
    family="learning",
    doc="Tells how much worse a model gets when the values of one feature are shuffled.",
    parameters=PermutationFeatureImportance,
    inputs=(
        Port("model", "trained-model", "A trained classifier or regression."),
        Port("dataset", doc="Rows with their label, best those not trained with."),
    ),
    outputs=(Port("dataset", doc="Feature and Score, the most important first."),),
    work="drawloom.modules.learning.permutation_feature_importance.work:run",
)
