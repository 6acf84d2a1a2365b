"""Edit Metadata: the host side."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from drawloom.modules.columns import ColumnSelection
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port


def _names(value: Any) -> Any:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",")] if value.strip() else []
    return value


class EditMetadata(Parameters):
    """What to change about columns, their values apart."""

    columns: ColumnSelection = Field(
        title="Column",
        description="The columns to change.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    data_type: Annotated[
        Literal["unchanged", "string", "integer", "floating-point", "boolean", "datetime", "timespan"], Folded
    ] = Field(
        "unchanged",
        title="Data type",
        description="Convert the values; one that cannot be converted is an error that names its row.",
        json_schema_extra={"ui": "choice"},
    )
    categorical: Annotated[Literal["unchanged", "make-categorical", "make-non-categorical"], Folded] = Field(
        "unchanged",
        title="Categorical",
        description="Whether the values are levels.",
        json_schema_extra={"ui": "choice"},
    )
    fields: Annotated[
        Literal[
            "unchanged",
            "feature",
            "label",
            "weight",
            "clear-feature",
            "clear-label",
            "clear-score",
            "clear-weight",
        ],
        Folded,
    ] = Field(
        "unchanged",
        title="Fields",
        description="What learners take the columns for. All columns start as features.",
        json_schema_extra={"ui": "choice"},
    )
    new_column_names: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (),
        title="New column names",
        description=(
            "A list, or names parted by commas: one for every selected column, in the dataset's order."
        ),
    )


MODULE = Module(
    name="edit-metadata",
    title="Edit Metadata",
    family="preparation",
    doc="Changes names, types, the categorical mark and the roles of columns.",
    parameters=EditMetadata,
    inputs=(Port("dataset", doc="The dataset to change."),),
    outputs=(Port("dataset", doc="The dataset with its new metadata."),),
    work="drawloom.modules.preparation.edit_metadata.work:run",
)
