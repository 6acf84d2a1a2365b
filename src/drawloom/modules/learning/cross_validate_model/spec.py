"""Cross Validate Model: the host side."""

from pydantic import Field

from drawloom.modules.learning.ports import Label, label_field, seed_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class CrossValidateModel(Parameters):
    """What to predict, and how the rows are divided."""

    label: Label = label_field()
    folds: int = Field(
        10,
        ge=2,
        le=1000,
        title="Number of folds",
        description="Each fold is scored by a model trained with all others; classes are mixed alike.",
    )
    seed: int = seed_field()


MODULE = Module(
    name="cross-validate-model",
    title="Cross Validate Model",
    family="learning",
    doc="Trains and scores by folds, and tells how much the measures differ from fold to fold.",
    parameters=CrossValidateModel,
    inputs=(
        Port("model", "untrained-model", "A learner for classes or numbers."),
        Port("dataset", doc="The rows to learn from."),
    ),
    outputs=(
        Port("dataset", doc="All rows with the number of their fold and their scores."),
        Port("evaluation", doc="The measures of each fold, their mean and standard deviation."),
    ),
    work="drawloom.modules.learning.cross_validate_model.work:run",
)
