"""The form of a scikit-learn estimator, made from what its parameters accept (host side)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from drawloom.modules.columns import ColumnSelection, columns_of_type
from drawloom.modules.learning.ports import seed_field
from drawloom.modules.parameters import Parameters
from drawloom.modules.spelling import did_you_mean

_FILE = Path(__file__).with_name("estimators.json")


@cache
def estimators() -> dict[str, dict[str, Any]]:
    """Give every estimator as `drawloom.modules.learning.scikit_learn.generate.estimators` wrote it down."""
    found: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def form(name: str) -> type[Parameters]:
    """Make the parameters of one estimator.

    Names, defaults and ranges are scikit-learn's. A transformer also has ``columns``; what draws has ``seed``
    in the place of ``random_state``.
    """
    entry = estimators()[name]
    fields: dict[str, Any] = {
        parameter: _field(parameter, rule) for parameter, rule in entry["params"].items()
    }
    if entry["kind"] == "transformer":
        fields["columns"] = (ColumnSelection, _columns_field())
    if entry["seeded"]:
        fields["seed"] = (int, seed_field())
    made: type[Parameters] = create_model(name, __base__=Parameters, __doc__=f"Of {name}.", **fields)
    return made


def accept(alternatives: list[dict[str, Any]], value: Any) -> Any:
    """Give a value back where one of the alternatives takes it; a nested estimator gets its defaults.

    Raises
    ------
    ValueError
        Saying what would have been accepted.
    """
    for alternative in alternatives:
        if alternative["type"] == "estimator" and isinstance(value, str | Mapping):
            return _nested(value)
        if alternative["type"] == "estimators" and isinstance(value, list | tuple):
            return [_nested(each) for each in value]
        if _takes(alternative, value):
            return value
    raise ValueError(f"takes {described(alternatives)}, not {value!r}")


def described(alternatives: list[dict[str, Any]]) -> str:
    """Say in words what a parameter accepts."""
    said = [_words(each) for each in alternatives]
    return " or ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _field(name: str, rule: dict[str, Any]) -> tuple[Any, Any]:
    accepted = described(rule["accepts"])
    kind = Annotated[
        Any, BeforeValidator(partial(accept, rule["accepts"])), WithJsonSchema(_schema(rule["accepts"]))
    ]
    return kind, Field(
        rule.get("default", ...),
        title=name.replace("_", " ").capitalize() if len(name) > 1 else name,
        description=f"Takes {accepted}.",
    )


def _columns_field() -> Any:
    return Field(
        default_factory=lambda: columns_of_type("numeric"),
        title="Columns to transform",
        description="All numeric columns by default.",
        json_schema_extra={"ui": "columns", "port": "dataset"},
    )


def _nested(value: Any) -> dict[str, Any]:
    """Read ``LogisticRegression`` or ``{LogisticRegression: {C: 2}}``."""
    written = {value: {}} if isinstance(value, str) else value
    if not isinstance(written, Mapping) or len(written) != 1:
        raise ValueError("an estimator is written 'LogisticRegression' or {LogisticRegression: {C: 2}}")
    ((name, params),) = written.items()
    known = [each for each, entry in estimators().items() if entry["kind"] != "transformer"]
    short = str(name).removeprefix("sklearn.")
    if short not in known:
        raise ValueError(f"there is no estimator {name!r}. {did_you_mean(short, known)}")
    return {short: form(short).model_validate(params or {}).model_dump(mode="json")}


def _takes(alternative: dict[str, Any], value: Any) -> bool:
    match alternative["type"]:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and _within(alternative, value)
        case "number":
            whole = isinstance(value, int) and not alternative.get("fraction")
            fits = (isinstance(value, float) or whole) and not isinstance(value, bool)
            return fits and _within(alternative, value)
        case "choice":
            return value in alternative["of"] and not isinstance(value, bool)
        case "text":
            return isinstance(value, str)
        case "list":
            return isinstance(value, list | tuple)
    return isinstance(value, Mapping)


def _within(bounds: dict[str, Any], value: float) -> bool:
    return (
        value >= bounds.get("ge", value)
        and value <= bounds.get("le", value)
        and not value <= bounds.get("gt", float("-inf"))
        and not value >= bounds.get("lt", float("inf"))
    )


_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _words(alternative: dict[str, Any]) -> str:
    bounds = " and ".join(f"{sign} {alternative[key]}" for key, sign in _SIGNS.items() if key in alternative)
    match alternative["type"]:
        case "null":
            return "null"
        case "boolean":
            return "true or false"
        case "integer":
            return f"a whole number {bounds}".strip()
        case "number":
            return f"a {'fraction' if alternative.get('fraction') else 'number'} {bounds}".strip()
        case "choice":
            return ", ".join(repr(each) for each in alternative["of"])
        case "text":
            return "text"
        case "list":
            return "a list"
        case "estimator":
            return "an estimator such as {DecisionTreeClassifier: {max_depth: 3}}"
        case "estimators":
            return "a list of estimators such as [GaussianNB, {LogisticRegression: {C: 2}}]"
    return "a mapping"


_JSON_TYPES = {
    "null": "null",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "text": "string",
    "list": "array",
    "mapping": "object",
    "estimator": "object",
    "estimators": "array",
}
_JSON_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def _schema(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [_one_schema(each) for each in alternatives]
    return shown[0] if len(shown) == 1 else {"anyOf": shown}


def _one_schema(alternative: dict[str, Any]) -> dict[str, Any]:
    if alternative["type"] == "choice":
        return {"enum": alternative["of"]}
    bounds = {word: alternative[key] for key, word in _JSON_BOUNDS.items() if key in alternative}
    return {"type": _JSON_TYPES[alternative["type"]], **bounds}
