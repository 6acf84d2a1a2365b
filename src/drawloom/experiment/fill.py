"""``${name}`` fills whole values of ``params``; ``${secret:NAME}`` stands for what the workspace keeps.

A placeholder never pastes text into text: that is how data would become code. ``$${`` writes ``${`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from drawloom.errors import InputError
from drawloom.experiment.document import Experiment, Parameter, is_of_type
from drawloom.experiment.problem import did_you_mean
from drawloom.experiment.syntax import resolve

WHOLE = re.compile(r"\$\{([^\W\d][\w-]*)\}")
SECRET = re.compile(r"\$\{secret:([^\W\d][\w-]*)\}")
_ANYWHERE = re.compile(r"(?<!\$)\$\{(secret:)?[^\W\d][\w-]*\}")

Path = tuple[str | int, ...]


def placeholders(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Give every text within a value that has a placeholder in it, with its path."""
    if isinstance(value, str):
        if _ANYWHERE.search(value):
            yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from placeholders(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from placeholders(item, (*path, index))


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Fill the placeholders of a value; secrets stay as they are written, unknown names too."""
    if isinstance(value, str):
        if "${" not in value:
            return value
        found = WHOLE.fullmatch(value)
        if found and found[1] in values:
            return values[found[1]]
        return value.replace("$${", "${")
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    return value


def parameter_values(experiment: Experiment, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the value of every parameter of the experiment that has one.

    Parameters
    ----------
    given
        Values of this run by name; text is read as the parameter's type (``"0.5"`` for a number).

    Raises
    ------
    InputError
        0001 for a name the experiment does not have, 0002 for a value of another type or none of the choices.
    """
    values = {name: each.default for name, each in experiment.parameters.items() if each.has_default}
    for name, value in given.items():
        parameter = experiment.parameters.get(name)
        if parameter is None:
            raise InputError(
                f'The experiment has no parameter "{name}".',
                code="0001",
                remedy=did_you_mean(name, experiment.parameters),
            )
        values[name] = _converted(parameter, value)
    return values


def _converted(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str) and parameter.type != "text":
        value = resolve(value.strip())
    if not is_of_type(value, parameter.type):
        raise InputError(
            f'The parameter "{parameter.name}" wants a value of type {parameter.type}, not {value!r}.',
            code="0002",
        )
    if parameter.choices and value not in parameter.choices:
        raise InputError(
            f'The parameter "{parameter.name}" has no choice {value!r}.',
            code="0002",
            remedy=f"Choose from: {', '.join(str(choice) for choice in parameter.choices)}.",
        )
    return value


def placeholders_in(text: str) -> bool:
    """Tell whether a text still holds a placeholder."""
    return _ANYWHERE.search(text) is not None
