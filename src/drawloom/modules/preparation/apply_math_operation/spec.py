"""Apply Math Operation: the host side."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from drawloom.modules.columns import ColumnSelection
from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.preparation.apply_math_operation.names import CATEGORIES, OF_TWO
from drawloom.modules.spec import Module, Port
from drawloom.modules.spelling import did_you_mean

_NAMES = [name for names in CATEGORIES.values() for name in names]
_BY_FOLDED = {name.lower(): name for name in _NAMES}
_WITH_TWO: list[JsonValue] = [name for names in OF_TWO.values() for name in names]
_GROUPS: dict[str, JsonValue] = {category: list(names) for category, names in CATEGORIES.items()}


def _operation(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("an operation is named by text, such as 'Ln'")
    if value.strip().lower() not in _BY_FOLDED:
        raise ValueError(f"there is no operation {value!r}. {did_you_mean(value, _NAMES)}".removesuffix("."))
    return _BY_FOLDED[value.strip().lower()]


class ApplyMathOperation(Parameters):
    """What to compute, from which columns, and where to put it."""

    operation: Annotated[str, BeforeValidator(_operation)] = Field(
        title="Math function",
        description="Ln, Exp, Pow, Add, GreaterThan, RoundDigits, ...",
        json_schema_extra={"ui": "choice", "enum": [*_NAMES], "groups": _GROUPS},
    )
    columns: ColumnSelection = Field(
        title="Column set",
        description="The numeric columns it is computed from: the first argument.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )
    argument: float | None = Field(
        None,
        title="Constant second argument",
        description="For functions of two arguments.",
        json_schema_extra={"when": {"operation": _WITH_TWO}},
    )
    argument_columns: ColumnSelection | None = Field(
        None,
        title="Second argument column selection",
        description=(
            "Instead of a constant: one column for all, or as many as the first argument has, pair by pair."
        ),
        json_schema_extra={"ui": "columns", "port": "dataset", "when": {"operation": _WITH_TWO}},
    )
    output: Annotated[Literal["append", "inplace", "resultonly"], Folded] = Field(
        "append",
        title="Output mode",
        description="Append the results, put them in place of the columns, or give nothing but them.",
        json_schema_extra={"ui": "choice"},
    )

    @model_validator(mode="after")
    def _arguments(self) -> "ApplyMathOperation":
        given = (self.argument is not None) + (self.argument_columns is not None)
        wanted = 1 if self.operation in _WITH_TWO else 0
        if given > wanted:
            takes = "either 'argument' or 'argument_columns'" if wanted else "no second argument"
            raise ValueError(f"{self.operation} takes {takes}")
        if given < wanted:
            raise ValueError(f"{self.operation} needs a second argument: 'argument' or 'argument_columns'")
        return self


MODULE = Module(
    name="apply-math-operation",
    title="Apply Math Operation",
    family="preparation",
    doc=(
        "Computes a mathematical function of columns. A result is called after it: 'Ln(price)', "
        "'Pow(width_$2)'."
    ),
    parameters=ApplyMathOperation,
    inputs=(Port("dataset", doc="The dataset with the arguments."),),
    outputs=(Port("dataset", doc="The dataset with the results."),),
    work="drawloom.modules.preparation.apply_math_operation.work:run",
)
