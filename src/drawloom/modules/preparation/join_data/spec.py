"""Join Data: the host side."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from drawloom.modules.columns import Column
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Keys = Annotated[tuple[Column, ...], BeforeValidator(_listed), Field(min_length=1)]


class JoinData(Parameters):
    """How rows of two datasets find each other."""

    left_keys: Keys = Field(
        title="Join key columns for L",
        description="The key of 'dataset1': one column, or several that have to agree together.",
        json_schema_extra={"ui": "columns", "port": "dataset1"},
    )
    right_keys: Keys = Field(
        title="Join key columns for R",
        description="The key of 'dataset2': as many columns, in the same order.",
        json_schema_extra={"ui": "columns", "port": "dataset2"},
    )
    match_case: bool = Field(
        True,
        title="Match case",
        description="Whether 'Audi' and 'audi' are different keys.",
    )
    join_type: Annotated[Literal["inner", "left-outer", "full-outer", "left-semi"], Folded] = Field(
        "inner",
        title="Join type",
        description=(
            "Which rows without a partner stay: none, the left, both; left-semi keeps left rows "
            "that have one."
        ),
        json_schema_extra={"ui": "choice"},
    )
    keep_right_key_columns: bool = Field(
        True,
        title="Keep right key columns in joined table",
        description="Otherwise the left key columns also take the keys of rows that only 'dataset2' has.",
    )

    @model_validator(mode="after")
    def _as_many(self) -> "JoinData":
        if len(self.left_keys) != len(self.right_keys):
            counts = f"{len(self.left_keys)} left and {len(self.right_keys)} right"
            raise ValueError(f"there are {counts} key columns; they have to be as many")
        return self


MODULE = Module(
    name="join-data",
    title="Join Data",
    family="preparation",
    doc=(
        "Puts the columns of two datasets together where their keys agree. A missing key agrees with nothing."
    ),
    parameters=JoinData,
    inputs=(Port("dataset1", doc="The left dataset."), Port("dataset2", doc="The right dataset.")),
    outputs=(Port("dataset", doc="The joined dataset, in the order of the left one."),),
    work="drawloom.modules.preparation.join_data.work:run",
)
