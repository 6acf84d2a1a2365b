"""What is connected meets what the function takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from drawloom.errors import InputError
from drawloom.script.signature import Argument, Scalar, Signature

_POSITIONAL_PORT = re.compile(r"dataset[1-9]\d*")
_COMPARED = 200
_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one value of the call comes from: the table or object of a port, or a plain value."""

    kind: Literal["table", "object", "value"]
    port: str = ""
    form: str = "pandas"
    value: Scalar = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A call that only lacks its tables and objects.

    Attributes
    ----------
    positional, keyword
        The slots of the call.
    notes
        What the user should know, such as a connected table that is not passed.
    """

    positional: tuple[Slot, ...]
    keyword: Mapping[str, Slot]
    notes: tuple[str, ...] = ()

    def slots(self) -> list[Slot]:
        """Give every slot."""
        return [*self.positional, *self.keyword.values()]

    def call(self, function: Any, values: Mapping[str, Any]) -> Any:
        """Call the function with the values of its ports (name -> table or object)."""

        def fill(slot: Slot) -> Any:
            return slot.value if slot.kind == "value" else values[slot.port]

        return function(
            *map(fill, self.positional), **{name: fill(slot) for name, slot in self.keyword.items()}
        )


@dataclass(slots=True)
class _Filled:
    slots: dict[str, Slot] = field(default_factory=dict)
    star: list[Slot] = field(default_factory=list)
    star_star: dict[str, Slot] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def bind(
    signature: Signature,
    tables: Sequence[str],
    objects: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
) -> Binding:
    """Map what is connected to the parameters of the entry point.

    Parameters
    ----------
    signature
        The form of the script.
    tables
        The connected table ports in their order.
    objects
        The connected object ports.
    params
        Values by parameter name: of the right type already, or text as a command line gives it.

    Notes
    -----
    An input whose name is that of a parameter goes there. The ports ``dataset1``, ``dataset2``, ... then fill
    the other table parameters in connected order: first connected port, first parameter (Studio classic),
    those without annotation first. Tables beyond these go to ``*args``, or are not passed, with a note.

    Raises
    ------
    InputError
        0002 a parameter that is unknown or cannot be converted, 0003 a required input that is missing,
        0039 an input that no port takes.
    """
    filled = _Filled()
    rest = _by_name(signature, tables, objects, filled)
    _by_order(signature, rest, filled)
    for name, value in (params or {}).items():
        _parameter(signature, name, value, filled)
    _require(signature, filled)
    return _arrange(signature, filled)


def _by_name(
    signature: Signature, tables: Sequence[str], objects: Sequence[str], filled: _Filled
) -> list[str]:
    arguments = {a.name: a for a in signature.arguments if a.kind in ("table", "object")}
    rest = []
    for name in tables:
        argument = arguments.get(name)
        in_order = _POSITIONAL_PORT.fullmatch(name)
        if argument is not None and (argument.annotated or not in_order):
            filled.slots[name] = Slot("table", name, argument.form)
        elif in_order:
            rest.append(name)
        elif signature.star_star and name not in {a.name for a in signature.arguments}:
            filled.star_star[name] = Slot("table", name)
        else:
            raise _no_port(signature, name)
    for name in objects:
        argument = arguments.get(name)
        if argument is None and signature.star_star:
            filled.star_star[name] = Slot("object", name)
        elif argument is None:
            raise _no_port(signature, name)
        elif argument.kind == "table" and argument.annotated:
            raise InputError(
                f"The parameter {name!r} takes a table, but an object is connected to it.",
                code="0039",
                remedy="Annotate it as `object`, or connect a table.",
            )
        else:
            filled.slots[name] = Slot("object", name)
    return rest


def _by_order(signature: Signature, tables: list[str], filled: _Filled) -> None:
    free = [a for a in signature.tables if a.name not in filled.slots]
    free.sort(key=lambda a: a.annotated)
    for argument, port in zip(free, tables, strict=False):
        filled.slots[argument.name] = Slot("table", port, argument.form)
    extra = tables[len(free) :]
    if signature.star:
        filled.star += [Slot("table", port) for port in extra]
    elif extra:
        count = len(signature.tables)
        takes = "no table" if count == 0 else "one table" if count == 1 else f"{count} tables"
        filled.notes += [f"{port} is connected but not passed: the function takes {takes}." for port in extra]


def _parameter(signature: Signature, name: str, value: Any, filled: _Filled) -> None:
    argument = next((a for a in signature.parameters if a.name == name), None)
    if argument is not None:
        filled.slots[name] = Slot("value", value=convert(argument, value))
    elif signature.star_star and name not in {a.name for a in signature.arguments}:
        filled.star_star[name] = Slot("value", value=value)
    else:
        known = [a.name for a in signature.parameters]
        raise InputError(f"The script has no parameter {name!r}.", code="0002", remedy=_nearest(name, known))


def convert(argument: Argument, value: Any) -> Scalar:
    """Convert a value, or its text, to the type of a parameter.

    Raises
    ------
    InputError
        0002, naming the parameter, the value and the type.
    """
    if value is None or (
        isinstance(value, str) and argument.type != "str" and value.strip().lower() in ("", "none")
    ):
        if argument.optional:
            return None
        raise _cannot(argument, value)
    match argument.type:
        case "str":
            return value if isinstance(value, str) else str(value)
        case "bool":
            return _bool(argument, value)
        case "choice":
            chosen = [c for c in argument.choices if c == value and type(c) is type(value)]
            chosen += [c for c in argument.choices if str(c) == str(value)]
            if not chosen:
                raise _cannot(argument, value)
            return chosen[0]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _cannot(argument, value)
    try:
        if argument.type == "float":
            return float(value)
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[\d_]+\s*", value):
            return int(value)
        number = float(value)
        if not number.is_integer():
            raise _cannot(argument, value)
        return value if isinstance(value, int) else int(number)
    except (ValueError, OverflowError):
        raise _cannot(argument, value) from None


def _bool(argument: Argument, value: Any) -> bool:
    word = _WORDS.get(str(value).strip().lower())
    if word is None:
        raise _cannot(argument, value)
    return word


def _cannot(argument: Argument, value: Any) -> InputError:
    remedies = {
        "bool": "Give true or false.",
        "int": "Give a whole number.",
        "float": "Give a number.",
        "choice": f"Give one of {', '.join(map(str, argument.choices))}.",
    }
    wanted = {"choice": "one of its choices"}.get(argument.type, argument.type)
    return InputError(
        f"The parameter {argument.name!r} is {wanted}, and {value!r:.200} is not.",
        code="0002",
        remedy=remedies.get(argument.type, ""),
    )


def _no_port(signature: Signature, name: str) -> InputError:
    ports = [a.port for a in signature.arguments if a.kind in ("table", "object")]
    return InputError(
        f"The script has no input port {name!r}.",
        code="0039",
        remedy=_nearest(name, ports or ["dataset1", "dataset2"]),
    )


def _nearest(name: str, known: list[str]) -> str:
    import difflib

    if not known:
        return "It takes none."
    known = known[:_COMPARED]
    near = difflib.get_close_matches(name[:_COMPARED], known, 1, 0.5)
    there = f"There {'is' if len(known) == 1 else 'are'} {', '.join(known)}."
    return f"Is {near[0]!r} meant? {there}" if near else there


def _require(signature: Signature, filled: _Filled) -> None:
    for argument in signature.arguments:
        if argument.required and argument.name not in filled.slots:
            if argument.kind == "parameter":
                remedy = f"Set it: --param {argument.name}=VALUE, or give it a default in the script."
            else:
                remedy = f"Connect the port {argument.port!r}, or give the parameter the default None."
            raise InputError(f"The required input {argument.name!r} is missing.", code="0003", remedy=remedy)


def _arrange(signature: Signature, filled: _Filled) -> Binding:
    """Pass by position as long as nothing is left out, since wrappers may know no names; then by name."""
    positional: list[Slot] = []
    keyword: dict[str, Slot] = {}
    gap = False
    for argument in signature.arguments:
        slot = filled.slots.get(argument.name)
        if slot is None and not argument.has_default and argument.kind in ("table", "object", "parameter"):
            slot = Slot("value")
        if argument.how == "keyword":
            if slot is not None:
                keyword[argument.name] = slot
            continue
        by_position = argument.how == "positional" or filled.star
        if slot is None and by_position and _later(signature, argument, filled):
            slot = Slot("value", value=argument.default)
        if slot is None:
            gap = True
        elif gap and not by_position:
            keyword[argument.name] = slot
        else:
            positional.append(slot)
    return Binding((*positional, *filled.star), keyword | filled.star_star, tuple(filled.notes))


def _later(signature: Signature, argument: Argument, filled: _Filled) -> bool:
    """Tell whether something after this parameter has to be passed by position."""
    after = signature.arguments[signature.arguments.index(argument) + 1 :]
    return bool(filled.star) or any(a.how == "positional" and a.name in filled.slots for a in after)
