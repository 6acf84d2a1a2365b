"""Enter Data Manually: the host side."""

from typing import Annotated, Literal

from pydantic import Field

from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port


class EnterDataManually(Parameters):
    """A small table, typed in."""

    data_format: Annotated[Literal["csv", "tsv", "arff", "svmlight"], Folded] = Field(
        "csv",
        title="DataFormat",
        description="How the data is written.",
        json_schema_extra={"ui": "choice"},
    )
    has_header: bool = Field(
        True,
        title="HasHeader",
        description="Whether the first line holds the names; otherwise they are Col1, Col2, ... (CSV, TSV).",
    )
    data: str = Field(
        min_length=1,
        title="Data",
        description="One row a line. An empty line is a row of missing values, but for the last.",
        json_schema_extra={"ui": "text"},
    )


MODULE = Module(
    name="enter-data-manually",
    title="Enter Data Manually",
    family="data",
    doc="A small table typed into the experiment.",
    parameters=EnterDataManually,
    outputs=(Port("dataset", doc="The table."),),
    work="drawloom.modules.data.enter_data_manually.work:run",
)
