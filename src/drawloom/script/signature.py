"""The form of a script: ports, parameters and outputs, read from its text and never by running it.

The host and the studio use this too, so it imports nothing of the tables.
"""

from __future__ import annotations

import ast
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Literal

from drawloom.errors import ScriptError
from drawloom.script.annotations import Names, form, literal
from drawloom.script.entry import find
from drawloom.script.source import Source

Scalar = bool | int | float | str | None
Kind = Literal["table", "object", "parameter", "own"]

How = Literal["positional", "either", "keyword"]

_BECOME_TABLES = {
    *("None", "Any", "bool", "int", "float", "str", "bytes", "complex", "dict", "list", "tuple", "set"),
    *("Series", "ndarray", "array", "NDArray", "ArrayLike", "RecordBatch", "ChunkedArray", "Index"),
    *("Dict", "List", "Sequence", "Iterable", "Mapping"),
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of the entry point.

    Attributes
    ----------
    name
        Its name in the script.
    kind
        ``table`` and ``object`` are input ports, ``parameter`` is set by value, ``own`` keeps its default.
    port
        The name of its port: its own name where it is annotated, else ``dataset1``, ``dataset2``, ...
    form
        What a table arrives as: ``pandas``, ``polars``, ``polars.LazyFrame`` or ``pyarrow``.
    type
        Of a parameter: ``bool``, ``int``, ``float``, ``str`` or ``choice``.
    choices
        Of a choice: its values.
    default
        The default where it is a plain value in the text, else None.
    required
        Whether a run fails without it. An un-annotated table is None when its port is not connected.
    optional
        Whether it takes None.
    annotated
        Whether it is mapped by name.
    how
        ``positional`` (only), ``either`` or ``keyword`` (only).
    """

    name: str
    kind: Kind
    port: str = ""
    form: str = "pandas"
    type: str = ""
    choices: tuple[Scalar, ...] = ()
    default: Scalar = None
    required: bool = False
    optional: bool = False
    annotated: bool = False
    has_default: bool = False
    how: How = "either"


@dataclass(frozen=True, slots=True)
class Output:
    """One output port: ``label`` is the field of a NamedTuple it comes from, else the port's own name."""

    port: str
    kind: Literal["table", "object"]
    label: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The form of a script.

    Attributes
    ----------
    line
        Where the entry point is defined.
    arguments
        Its parameters in their order.
    star
        Whether it has ``*args``, which takes all tables that are left.
    star_star
        Whether it has ``**kwargs``, which takes inputs and parameters of any other name.
    outputs
        Its outputs in the order of what it returns.
    annotated
        Whether the outputs are those of a return annotation, and not just the usual two.
    """

    line: int
    arguments: tuple[Argument, ...]
    star: bool
    star_star: bool
    outputs: tuple[Output, ...]
    annotated: bool

    @property
    def tables(self) -> tuple[Argument, ...]:
        """The parameters that are table ports."""
        return tuple(argument for argument in self.arguments if argument.kind == "table")

    @property
    def objects(self) -> tuple[Argument, ...]:
        """The parameters that are object ports."""
        return tuple(argument for argument in self.arguments if argument.kind == "object")

    @property
    def parameters(self) -> tuple[Argument, ...]:
        """The parameters that are set by value."""
        return tuple(argument for argument in self.arguments if argument.kind == "parameter")

    def to_dict(self) -> dict[str, Any]:
        """Give the form as plain JSON values."""
        return asdict(self)


_USUAL = (Output("dataset", "table", "dataset"), Output("dataset2", "table", "dataset2"))
_UNKNOWN = Signature(1, (), star=True, star_star=True, outputs=_USUAL, annotated=False)


def read(source: Source) -> Signature:
    """Read the form of a script's entry point.

    An entry point whose form is not in the text, such as an imported one, takes all tables and parameters.

    Raises
    ------
    ScriptError
        0085, where there is no entry point: names the functions there are.
    """
    try:
        function = find(source)
        return _UNKNOWN if function is None else _signature(function, Names(source.tree))
    except RecursionError:
        raise ScriptError(f"{source.name} nests its expressions too deeply to be read.") from None


def _signature(function: ast.FunctionDef, names: Names) -> Signature:
    given = function.args
    positional, either, keyword = given.posonlyargs, given.args, given.kwonlyargs
    unset = [None] * (len(positional) + len(either) - len(given.defaults))
    ways: list[How] = ["positional"] * len(positional)
    ways += ["either"] * len(either)
    ways += ["keyword"] * len(keyword)
    every = [*positional, *either, *keyword]
    taken = {arg.arg for arg in every if arg.annotation}
    ports = (port for n in count(1) if (port := f"dataset{n}") not in taken)
    arguments = []
    for arg, how, default in zip(every, ways, [*unset, *given.defaults, *given.kw_defaults], strict=True):
        facts = _facts(arg, default, names)
        if facts["kind"] == "table" and "annotated" not in facts:
            facts["port"] = next(ports)
        arguments.append(Argument(name=arg.arg, how=how, has_default=default is not None, **facts))
    outputs = _outputs(function.returns, names)
    return Signature(
        line=function.lineno,
        arguments=tuple(arguments),
        star=given.vararg is not None,
        star_star=given.kwarg is not None,
        outputs=outputs or _USUAL,
        annotated=outputs is not None,
    )


def _facts(arg: ast.arg, default: ast.expr | None, names: Names) -> dict[str, Any]:
    """Give the fields of an `Argument` that annotation and default decide."""
    known, value = literal(default)
    none = default is None or (known and value is None)
    scalar = known and isinstance(value, bool | int | float | str)
    types = names.union(arg.annotation) if arg.annotation else []
    facts = {"default": value if scalar else None, "optional": "None" in types or (known and value is None)}
    types = [name for name in types if name != "None"]
    if not types or types[0] in ("typing.Any", "Any"):
        if none:
            return facts | {"kind": "table"}
        return facts | ({"kind": "parameter", "type": type(value).__name__} if scalar else {"kind": "own"})
    facts |= {"annotated": True, "port": arg.arg, "required": default is None and not facts["optional"]}
    for name in types:
        if shape := form(name):
            return facts | {"kind": "table", "form": shape}
    if choices := names.choices(arg.annotation):
        return facts | {"kind": "parameter", "type": "choice", "choices": choices}
    for name in ("str", "float", "int", "bool"):
        if name in types:
            return facts | {"kind": "parameter", "type": name}
    return facts | {"kind": "object" if none else "own"}


def _outputs(annotation: ast.expr | None, names: Names) -> tuple[Output, ...] | None:
    """Name the ports: the first two tables are always dataset and dataset2, others by field or kind."""
    if annotation is None:
        return None
    fields = names.fields(annotation)
    if fields is None:
        return (Output("object", "object", "object"),) if _is_object(annotation, names) else None
    outputs: list[Output] = []
    used: set[str] = set()
    counts = {"table": 0, "object": 0}
    for label, part in fields:
        kind: Literal["table", "object"] = "object" if _is_object(part, names) else "table"
        counts[kind] += 1
        stem = "dataset" if kind == "table" else "object"
        port = stem if counts[kind] == 1 else f"{stem}{counts[kind]}"
        if label and label not in used and (kind == "object" or counts[kind] > len(_USUAL)):
            port = label
        used.add(port)
        outputs.append(Output(port, kind, label or port))
    return tuple(outputs)


def _is_object(annotation: ast.expr | None, names: Names) -> bool:
    types = [name for name in names.union(annotation) if name and name != "None"]
    return bool(types) and not any(form(name) or name.rpartition(".")[2] in _BECOME_TABLES for name in types)
