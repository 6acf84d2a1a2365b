"""Column selections as typed parameters (host side).

The rules are Studio's (begin with all or no columns; include or exclude by name, 1-based index with ranges,
type, or role); the plain list of names is the short form. What they choose is decided where the columns are
known, in the worker (`drawloom.modules.selection`).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    model_validator,
)

from drawloom.modules.parameters import fold

ColumnType = Literal[
    "numeric",
    "integer",
    "double",
    "boolean",
    "string",
    "datetime",
    "timespan",
    "categorical",
    "non-categorical",
]
ColumnRole = Literal["features", "labels", "weights", "scores"]

_RANGES = re.compile(r"\s*\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*\s*")


def _index_ranges(value: Any) -> Any:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return text
    if not _RANGES.fullmatch(text):
        raise ValueError("column indices are written like '1-20' or '1,5,10'")
    bounds = [[int(bound) for bound in part.split("-")] for part in text.split(",")]
    if any(part[0] < 1 or part[-1] < part[0] for part in bounds):
        raise ValueError("column indices begin at 1, and a range goes upwards")
    return text.replace(" ", "")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _folded(value: Any) -> Any:
    return [fold(each) for each in _listed(value)] if isinstance(value, str | list | tuple) else value


class Match(BaseModel):
    """Some columns: those with one of the names, indices, types or roles given here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)] = Field(
        (), title="Names", description="Column names."
    )
    indices: Annotated[str, BeforeValidator(_index_ranges)] = Field(
        "", title="Column indices", description="1-based, with ranges: '1-20', '1,5,10'."
    )
    types: Annotated[tuple[ColumnType, ...], BeforeValidator(_folded)] = Field(
        (), title="Column types", description="Every column of these types."
    )
    roles: Annotated[tuple[ColumnRole, ...], BeforeValidator(_folded)] = Field(
        (), title="All features, labels, ...", description="Every column with these roles."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_names(cls, value: Any) -> Any:
        return {"names": value} if isinstance(value, str | list | tuple) else value

    @model_validator(mode="after")
    def _some(self) -> Match:
        if not (self.names or self.indices or self.types or self.roles):
            raise ValueError("say which columns: names, indices, types or roles")
        return self


class Rule(BaseModel):
    """One line of a selection: include these columns, or exclude them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include: Match | None = Field(None, title="Include", description="Columns to add.")
    exclude: Match | None = Field(None, title="Exclude", description="Columns to take away.")

    @model_validator(mode="after")
    def _one(self) -> Rule:
        if (self.include is None) == (self.exclude is None):
            raise ValueError("a rule either includes or excludes")
        return self


class ColumnSelection(BaseModel):
    """Which columns: a name, a list of names, or rules applied in order.

    ``{begin: all, rules: [{exclude: [price]}, {exclude: {types: [string]}}]}``
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: Annotated[Literal["all", "none"], BeforeValidator(fold)] = Field(
        "none", title="Begin with", description="All columns, or none."
    )
    rules: tuple[Rule, ...] = Field((), title="Rules", description="Applied from first to last.")

    @model_validator(mode="before")
    @classmethod
    def _from_names(cls, value: Any) -> Any:
        return {"rules": [{"include": value}]} if isinstance(value, str | list | tuple) else value

    @model_validator(mode="after")
    def _some(self) -> ColumnSelection:
        if self.begin == "none" and not any(rule.include for rule in self.rules):
            raise ValueError("the selection begins with no columns and includes none")
        return self


def all_columns() -> ColumnSelection:
    """Select every column: Studio's default for modules that clean."""
    return ColumnSelection.model_validate({"begin": "all"})


def columns_of_type(*types: ColumnType) -> ColumnSelection:
    """Select every column of these types."""
    return ColumnSelection.model_validate({"rules": [{"include": {"types": types}}]})


def _positive(value: str | int) -> str | int:
    if isinstance(value, int) and value < 1:
        raise ValueError("column indices begin at 1")
    return value


Column = Annotated[StrictStr | StrictInt, AfterValidator(_positive)]
"""One column, by name or by 1-based index."""
