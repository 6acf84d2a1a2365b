"""Split Data: the host side."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drawloom.modules.columns import Column
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.preparation.split_data.expression import parse_condition, parse_pattern
from drawloom.modules.spec import Module, Port


class SplitData(Parameters):
    """Which rows go to the first output."""

    mode: Annotated[Literal["split-rows", "regular-expression", "relative-expression"], Folded] = Field(
        "split-rows",
        title="Splitting mode",
        description="A share of the rows, or the rows that match an expression.",
        json_schema_extra={"ui": "choice"},
    )
    fraction: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Fraction of rows in the first output dataset",
        description="The row left over goes to the second output.",
        json_schema_extra={"when": {"mode": ["split-rows"]}},
    )
    randomized: bool = Field(
        True,
        title="Randomized split",
        description=(
            "Draw the rows; otherwise the first ones are taken. Each output keeps the order of the dataset."
        ),
        json_schema_extra={"when": {"mode": ["split-rows"]}},
    )
    seed: int = Field(
        0,
        ge=0,
        title="Random seed",
        description="0 takes the experiment's seed. A clock is never asked, so a run can be repeated.",
        json_schema_extra={"when": {"mode": ["split-rows"]}},
    )
    stratified: bool = Field(
        False,
        title="Stratified split",
        description="Give both outputs the same mix of the values of one column.",
        json_schema_extra={"when": {"mode": ["split-rows"]}},
    )
    stratification_column: Column | None = Field(
        None,
        title="Stratification key column",
        description="The column whose values are mixed alike.",
        json_schema_extra={"ui": "column", "port": "dataset", "when": {"stratified": [True]}},
    )
    expression: str = Field(
        "",
        title="Regular expression or relational expression",
        description=(
            r'Such as \"Text" Gryphon, (\1) ^[a-f], \"Year" > 2010, (\0) <= 30 & != 20; an index begins at 0.'
        ),
        json_schema_extra={"ui": "text", "when": {"mode": ["regular-expression", "relative-expression"]}},
    )

    @model_validator(mode="after")
    def _complete(self) -> "SplitData":
        if self.mode == "split-rows":
            if self.stratified and self.stratification_column is None:
                raise ValueError("a stratified split needs a 'stratification_column'")
        elif not self.expression.strip():
            raise ValueError(f"the mode {self.mode!r} needs an 'expression'")
        elif self.mode == "regular-expression":
            parse_pattern(self.expression)
        else:
            parse_condition(self.expression)
        return self


MODULE = Module(
    name="split-data",
    title="Split Data",
    family="preparation",
    doc="Divides the rows of a dataset in two: by a share, a regular expression or a comparison.",
    parameters=SplitData,
    inputs=(Port("dataset", doc="The dataset to split."),),
    outputs=(
        Port("dataset1", doc="The share, or the rows that match."),
        Port("dataset2", doc="The other rows."),
    ),
    work="drawloom.modules.preparation.split_data.work:run",
    published="pass-rows",
)
