"""Score Model: the host side."""

from pydantic import Field

from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class ScoreModel(Parameters):
    """What to give out beside the scores."""

    append: bool = Field(
        True,
        title="Append score columns to output",
        description="Keep all columns; otherwise only the label, where there is one, and the scores.",
    )


MODULE = Module(
    name="score-model",
    title="Score Model",
    family="learning",
    doc="Predicts classes with probabilities, or numbers, by a trained model.",
    parameters=ScoreModel,
    inputs=(
        Port("model", "trained-model", "The trained model."),
        Port("dataset", doc="The rows to score."),
    ),
    outputs=(Port("dataset", doc="The scored dataset; its label and scores are marked for evaluate-model."),),
    work="drawloom.modules.learning.score_model.work:run",
)
