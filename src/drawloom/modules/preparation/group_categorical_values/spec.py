"""Group Categorical Values: the host side."""

from pydantic import Field, model_validator

from drawloom.modules.columns import ColumnSelection
from drawloom.modules.parameters import Parameters
from drawloom.modules.spec import Module, Port


class GroupCategoricalValues(Parameters):
    """Which old levels make which new one."""

    columns: ColumnSelection = Field(
        title="Selected columns",
        description="Text or categorical columns; each becomes categorical.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    levels: dict[str, tuple[str, ...]] = Field(
        title="New levels",
        description="New level -> the old levels it takes in.",
        min_length=1,
    )
    default_level: str = Field(
        "other",
        min_length=1,
        title="Default level name",
        description="Takes in every old level that is not listed. Missing stays missing.",
    )

    @model_validator(mode="after")
    def _once(self) -> "GroupCategoricalValues":
        seen: dict[str, str] = {}
        for new, olds in self.levels.items():
            for old in olds:
                if seen.setdefault(old, new) != new:
                    raise ValueError(f"the old level {old!r} is in {seen[old]!r} and in {new!r}")
        return self


MODULE = Module(
    name="group-categorical-values",
    title="Group Categorical Values",
    family="preparation",
    doc="Makes few levels of many: each new level takes in a list of old ones, the default level the rest.",
    parameters=GroupCategoricalValues,
    inputs=(Port("dataset", doc="The dataset with the old levels."),),
    outputs=(Port("dataset", doc="The dataset with the new levels."),),
    work="drawloom.modules.preparation.group_categorical_values.work:run",
)
