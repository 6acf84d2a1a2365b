"""Train Model: the host side."""

from drawloom.modules.learning.ports import Label, label_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class TrainModel(Parameters):
    """What to predict."""

    label: Label = label_field()


MODULE = Module(
    name="train-model",
    title="Train Model",
    family="learning",
    doc="Trains a model to predict the label from all feature columns; text becomes indicators within it.",
    parameters=TrainModel,
    inputs=(
        Port("model", "untrained-model", "A learner for classes or numbers."),
        Port("dataset", doc="The rows to learn from."),
    ),
    outputs=(Port("model", "trained-model", "The trained model."),),
    work="drawloom.modules.learning.train_model.work:run",
)
