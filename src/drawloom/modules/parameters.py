"""Typed parameters: the base model, choices in Studio's spelling, and problems in plain words (host side)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from drawloom.modules.spelling import did_you_mean


class Parameters(BaseModel):
    """The parameters of a module.

    Every field carries ``title`` (Studio's label), ``description`` (one sentence) and Studio's range. Hints
    for the form go into ``json_schema_extra``: ``ui`` names the control (``columns``, ``column``, ``choice``,
    ``text``, ``file``), ``port`` the input whose columns it offers, ``when`` the values of other fields that
    make it apply.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NoParameters(Parameters):
    """For modules that have none."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the parameters of a step.

    Parameters
    ----------
    path
        Where: the parameter's name, then keys and 0-based positions inside its value.
    message, remedy
        What is wrong, and what to write instead.
    code
        Studio's number: 0002 cannot be parsed, 0003 missing, 0004 to 0008 out of range.
    """

    path: tuple[str | int, ...]
    message: str
    remedy: str = ""
    code: str = "0002"


def fold(value: Any) -> Any:
    """Bring a choice to its written form: ``"Replace with mean"`` and ``replace_with_mean`` are one."""
    return re.sub(r"[\s_-]+", "-", value.strip().lower()) if isinstance(value, str) else value


Folded = BeforeValidator(fold)
"""Annotation for ``Literal`` fields, so that Studio's own spelling of a choice is understood too."""

_RANGES = {
    "greater_than": "0004",
    "greater_than_equal": "0005",
    "less_than": "0006",
    "less_than_equal": "0007",
}


def problems_of(
    model: type[Parameters], values: Mapping[str, Any]
) -> tuple[Parameters | None, list[Problem]]:
    """Validate values against a model.

    Returns
    -------
    parameters, problems
        The model, or None with every problem at once.
    """
    try:
        return model.model_validate(dict(values)), []
    except ValidationError as error:
        return None, [_problem(model, dict(fault)) for fault in error.errors(include_url=False)]


def _problem(model: type[Parameters], fault: dict[str, Any]) -> Problem:
    path = tuple(fault["loc"])
    name = str(path[0]) if path else ""
    if fault["type"] == "extra_forbidden":
        known = model.model_fields if len(path) == 1 else ()
        return Problem(path, f"There is no parameter {path[-1]!r}.", did_you_mean(str(path[-1]), known))
    if fault["type"] == "missing":
        field = model.model_fields[name] if len(path) == 1 else None
        says = field.description or "" if field else ""
        return Problem(path, f"The parameter {path[-1]!r} is missing.", says, "0003")
    text = str(fault["msg"]).removeprefix("Value error, ").removesuffix(".")
    written = "" if fault["type"] == "value_error" or not path else f", not {_short(fault['input'])}"
    message = f"The parameter {name!r}: {text}{written}." if path else f"{text}."
    return Problem(path, message, "", _RANGES.get(fault["type"], "0002"))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
