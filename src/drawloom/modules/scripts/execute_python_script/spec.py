"""Execute Python Script: the host side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import Field

from drawloom.errors import DrawloomError, InputError
from drawloom.modules.parameters import Problem
from drawloom.modules.scripts.script_module import ScriptModule, ScriptParameters, unknown
from drawloom.modules.spec import Port, PortKind, Ports
from drawloom.script.bind import convert
from drawloom.script.signature import Argument, Signature, read
from drawloom.script.source import load

_IN_ORDER = re.compile(r"dataset[1-9]\d*")
_TEMPLATE = """\
import pandas as pd


def azureml_main(dataframe1=None, dataframe2=None):
    return dataframe1
"""


class ExecutePythonScript(ScriptParameters):
    """A function on tables; its own parameters are set beside these."""

    script: str = Field(
        title="Python script",
        description="A file with the function azureml_main, whose signature makes ports and parameters.",
        json_schema_extra={"ui": "script", "language": "python", "template": _TEMPLATE},
    )


@dataclass(frozen=True)
class ScriptPort(Port):
    """A port that is named as the script names its parameter."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", self.name):
            raise InputError(
                f"The parameter {self.name!r} cannot be a port.",
                code="0002",
                remedy="Begin its name with a letter, and use letters, digits and _ of ASCII.",
            )


@lru_cache(maxsize=256)
def _signature(script: str, compat: str | None) -> Signature:
    return read(load(script, "the script", compat))


def _ports(settings: Mapping[str, Any]) -> Ports:
    script = settings.get("script") or settings["params"].get("script") or ""
    signature = _signature(script, settings.get("compat"))
    ports = Ports(
        tuple(_inputs(signature, settings.get("inputs") or ())),
        tuple(
            ScriptPort(each.port, each.kind, f"What is returned: {each.label}.") for each in signature.outputs
        ),
    )
    _check_apply(settings.get("apply") or "whole", ports)
    return ports


def _inputs(signature: Signature, connected: tuple[str, ...]) -> Iterator[Port]:
    """Give the ports of the signature, and the usual ones beyond: an extra table is only not passed."""
    found: dict[str, Port] = {}
    in_order = [name for name in connected if _IN_ORDER.fullmatch(name)]
    by_order = len(in_order) - sum(not argument.annotated for argument in signature.tables)
    for argument in (*signature.tables, *signature.objects):
        optional = not argument.required
        if argument.kind == "table" and argument.annotated and argument.name not in connected:
            optional |= by_order > 0
            by_order -= 1
        kind: PortKind = "object" if argument.kind == "object" else "table"
        found[argument.port] = ScriptPort(
            argument.port, kind, f"Parameter {argument.name!r} of the function.", optional
        )
    usual = ["dataset1", "dataset2"]
    if signature.star:
        usual += in_order
    if signature.star_star:
        usual += [name for name in connected if name != "bundle"]
    for name in usual:
        found.setdefault(name, ScriptPort(name, "table", "A table.", optional=True))
    yield from sorted(found.values(), key=lambda port: _number(port.name))
    yield _BUNDLE


def _number(port: str) -> tuple[int, int]:
    """Sort dataset1, dataset2, dataset10 first, in this order; the others stay as they are."""
    return (0, int(port.removeprefix("dataset"))) if _IN_ORDER.fullmatch(port) else (1, 0)


def _check_apply(apply: Any, ports: Ports) -> None:
    objects = [port.name for port in ports.outputs if port.kind == "object"]
    if apply != "whole" and objects:
        raise InputError(
            f"The script gives the object {objects[0]!r}; objects of several calls cannot be put together.",
            code="0002",
            remedy="Leave out `apply`, or return tables.",
        )


def _arguments(own: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Problem]]:
    try:
        signature = _signature(own["script"], own.get("compat"))
    except DrawloomError:
        return values, []  # the ports of the script cannot be read either, which says what is wrong
    known = {argument.name: argument for argument in signature.parameters}
    converted: dict[str, Any] = {}
    problems = []
    for name, value in values.items():
        if name in known:
            problems += _convert(known[name], value, converted)
        elif signature.star_star and name not in {argument.name for argument in signature.arguments}:
            converted[name] = value
        else:
            problems.append(unknown(name, known))
    problems += [
        Problem(
            (name,),
            f"The parameter {name!r} of the script is missing.",
            "Set it under `params`, or give it a default in the script.",
            "0003",
        )
        for name, argument in known.items()
        if argument.required and name not in values
    ]
    return converted, problems


def _convert(argument: Argument, value: Any, converted: dict[str, Any]) -> list[Problem]:
    try:
        converted[argument.name] = convert(argument, value)
    except InputError as error:
        return [Problem((argument.name,), error.message, error.remedy, error.code)]
    return []


_BUNDLE = Port(
    "bundle", "bundle", "A zip that is unpacked under 'Script Bundle' and importable.", optional=True
)

MODULE = ScriptModule(
    name="execute-python-script",
    title="Execute Python Script",
    family="scripts",
    doc=(
        "Calls the function azureml_main of a Python script on tables: on the whole first table, on "
        "batches of its rows, or on each group of a column."
    ),
    parameters=ExecutePythonScript,
    inputs=(
        Port("dataset1", doc="The first parameter of the function.", optional=True),
        Port("dataset2", doc="The second parameter of the function.", optional=True),
        _BUNDLE,
    ),
    outputs=(
        Port("dataset", doc="The first table that the function returns."),
        Port("dataset2", doc="The second table that the function returns."),
    ),
    work="drawloom.modules.scripts.execute_python_script.work:run",
    ports_from=_ports,
    arguments=_arguments,
    graphics=True,
)
