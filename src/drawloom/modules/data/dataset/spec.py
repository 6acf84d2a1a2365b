"""Dataset: a table of the workspace as a step. The host hands it over; there is no work."""

from pydantic import Field

from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class Dataset(Parameters):
    """Which dataset of the workspace."""

    name: str = Field(
        min_length=1,
        title="Name",
        description="As 'drawloom dataset list' shows it.",
        json_schema_extra={"ui": "dataset"},
    )
    version: int | None = Field(None, ge=1, title="Version", description="The latest where none is given.")


MODULE = Module(
    name="dataset",
    title="Dataset",
    family="data",
    doc="A dataset of the workspace, imported once with 'drawloom dataset add'.",
    parameters=Dataset,
    outputs=(Port("dataset", doc="The dataset."),),
)
