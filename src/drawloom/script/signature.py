"""The form of a script: ports, parameters and outputs, read from its text and never by running it.

The host and the studio use this too, so it imports nothing of the tables.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from drawloom.errors import ScriptError
from drawloom.script.source import ENTRY_POINT, Source

Scalar = bool | int | float | str | None
Kind = Literal["table", "object", "parameter", "own"]

_SCALARS = {"bool": bool, "int": int, "float": float, "str": str}
_TABLES_OF = {"DataFrame": "pandas", "LazyFrame": "polars.LazyFrame", "Table": "pyarrow"}
_ALIAS_DEPTH = 20
_BECOME_TABLES = {
    *_SCALARS,
    *(
        "None",
        "Any",
        "dict",
        "list",
        "tuple",
        "set",
        "bytes",
        "complex",
        "Dict",
        "List",
        "Series",
        "ndarray",
        "array",
    ),
    *("Sequence", "Iterable", "Mapping", "NDArray", "ArrayLike", "RecordBatch", "ChunkedArray", "Index"),
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
    how: Literal["positional", "either", "keyword"] = "either"


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

    Of several definitions the last one in the text counts, as in Python. A name that is imported or made by a
    call counts as an entry point that takes all tables.

    Raises
    ------
    ScriptError
        0085, where there is no entry point: names the functions there are.
    """
    defined: ast.AST | None = None
    functions: dict[str, ast.FunctionDef] = {}
    for node in _module_level(source.tree.body):
        for name, what in _bindings(node):
            if isinstance(what, ast.FunctionDef):
                functions[name] = what
            if name == ENTRY_POINT:
                defined = what
    if isinstance(defined, ast.Name):
        defined = functions.get(defined.id, defined)
    if defined is None:
        raise _missing(source, list(functions))
    if isinstance(defined, ast.AsyncFunctionDef):
        raise ScriptError(
            f"{source.name}, line {defined.lineno}: {ENTRY_POINT} is `async def`, which a step cannot call.",
            remedy="Make it a plain `def`; inside it, asyncio.run may call what is asynchronous.",
            line=defined.lineno,
        )
    return _Reader(source.tree).signature(defined) if isinstance(defined, ast.FunctionDef) else _UNKNOWN


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk the statements that bind names of the module, also those inside if, try, with and loops."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _module_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _module_level(handler.body)


def _bindings(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, node
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, node


def _missing(source: Source, found: list[str]) -> ScriptError:
    import difflib

    near = difflib.get_close_matches(ENTRY_POINT, [name.lower() for name in found], 1, 0.7)
    line = None
    if near:
        name = next(name for name in found if name.lower() == near[0])
        line = next(
            node.lineno
            for node in _module_level(source.tree.body)
            if isinstance(node, ast.FunctionDef) and node.name == name
        )
        remedy = f"Is {name} in line {line} meant? Rename it to {ENTRY_POINT}."
    else:
        remedy = f"Define `def {ENTRY_POINT}(dataframe1=None, dataframe2=None):` and return a table from it."
    there = f"the functions in it are {', '.join(found)}" if found else "there is no function in it"
    return ScriptError(f"{source.name} has no function {ENTRY_POINT}: {there}.", remedy=remedy, line=line)


class _Reader:
    """Reads annotations with the script's own imports and aliases in mind."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: dict[str, str] = {}
        self.aliases: dict[str, ast.expr] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        for node in _module_level(tree.body):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.aliases[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self.aliases[node.target.id] = node.value

    def signature(self, function: ast.FunctionDef) -> Signature:
        args = function.args
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        defaults += args.defaults
        pairs = [
            *zip(positional, defaults, strict=True),
            *zip(args.kwonlyargs, args.kw_defaults, strict=True),
        ]
        arguments = []
        taken = {arg.arg for arg, _ in pairs if arg.annotation is not None}
        ports = (name for n in range(1, len(pairs) + len(taken) + 1) if (name := f"dataset{n}") not in taken)
        for arg, default in pairs:
            how: Literal["positional", "either", "keyword"] = "either"
            if arg in args.posonlyargs:
                how = "positional"
            elif arg in args.kwonlyargs:
                how = "keyword"
            values = self._argument(arg, default)
            if values["kind"] == "table" and not values["annotated"]:
                values["port"] = next(ports)
            arguments.append(Argument(name=arg.arg, how=how, has_default=default is not None, **values))
        outputs = self._outputs(function.returns)
        return Signature(
            line=function.lineno,
            arguments=tuple(arguments),
            star=args.vararg is not None,
            star_star=args.kwarg is not None,
            outputs=outputs or _USUAL,
            annotated=outputs is not None,
        )

    def _argument(self, arg: ast.arg, default: ast.expr | None) -> dict[str, Any]:
        known, value = _literal(default)
        none = default is None or (known and value is None)
        scalar = known and isinstance(value, bool | int | float | str)
        parts = self._parts(arg.annotation) if arg.annotation is not None else []
        optional = any(part == "None" for part in parts) or (known and value is None and default is not None)
        kinds = [part for part in parts if part != "None"]
        common = {"optional": optional, "default": value if scalar else None}
        if not kinds or kinds[0] in ("typing.Any", "Any"):
            if none:
                return {**common, "kind": "table", "annotated": False}
            return (
                {**common, "kind": "parameter", "type": type(value).__name__}
                if scalar
                else {"kind": "own", **common, "annotated": False}
            )
        named = {**common, "annotated": True, "port": arg.arg, "required": default is None and not optional}
        for kind in kinds:
            if form := _form(kind):
                return {**named, "kind": "table", "form": form}
        literals = self._choices(arg.annotation)
        if literals:
            return {**named, "kind": "parameter", "type": "choice", "choices": literals}
        types = [kind for kind in ("str", "float", "int", "bool") if kind in kinds]
        if types:
            return {**named, "kind": "parameter", "type": types[0]}
        if none:
            return {**named, "kind": "object"}
        return {**common, "kind": "own", "annotated": True}

    def _parts(self, node: ast.expr | None, depth: int = 0) -> list[str]:
        """Take an annotation apart into the qualified names of a union."""
        node = self._resolve(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return [*self._parts(node.left, depth + 1), *self._parts(node.right, depth + 1)]
        if isinstance(node, ast.Constant) and node.value is None:
            return ["None"]
        if isinstance(node, ast.Subscript):
            generic = self._name(node.value).rpartition(".")[2]
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if generic == "Union":
                return [part for each in inside for part in self._parts(each, depth + 1)]
            if generic == "Optional":
                return [*self._parts(inside[0], depth + 1), "None"]
            if generic in ("Annotated", "Final"):
                return self._parts(inside[0], depth + 1)
            return [self._name(node.value)]
        return [self._name(node)]

    def _resolve(self, node: ast.expr | None, depth: int) -> ast.expr | None:
        """Follow annotations in quotes and aliases such as ``Frame = pd.DataFrame``."""
        while depth < _ALIAS_DEPTH:
            depth += 1
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    node = ast.parse(node.value.strip(), mode="eval").body
                except SyntaxError:
                    return None
            elif isinstance(node, ast.Name) and node.id in self.aliases and node.id not in self.names:
                node = self.aliases[node.id]
            else:
                break
        return node

    def _name(self, node: ast.expr | None) -> str:
        if isinstance(node, ast.Attribute):
            return f"{self._name(node.value)}.{node.attr}"
        return self.names.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    def _choices(self, annotation: ast.expr | None, depth: int = 0) -> tuple[Scalar, ...]:
        node = self._resolve(annotation, depth)
        if isinstance(node, ast.BinOp):
            return self._choices(node.left, depth + 1) + self._choices(node.right, depth + 1)
        if not isinstance(node, ast.Subscript):
            return ()
        generic = self._name(node.value).rpartition(".")[2]
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if generic in ("Optional", "Union", "Annotated"):
            return tuple(choice for each in inside for choice in self._choices(each, depth + 1))
        if generic != "Literal":
            return ()
        values = [value for known, value in map(_literal, inside) if known]
        return tuple(value for value in values if isinstance(value, bool | int | float | str))

    def _outputs(self, annotation: ast.expr | None) -> tuple[Output, ...] | None:
        node = self._resolve(annotation, 0)
        if node is None:
            return None
        fields: list[tuple[str, ast.expr | None]] | None = None
        if isinstance(node, ast.Name) and node.id in self.classes:
            fields = self._fields(self.classes[node.id])
        elif isinstance(node, ast.Subscript) and self._name(node.value).rpartition(".")[2] in (
            "tuple",
            "Tuple",
        ):
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if any(isinstance(each, ast.Constant) and each.value is Ellipsis for each in inside):
                return None
            fields = [("", each) for each in inside]
        if fields is None:
            return (Output("object", "object", "object"),) if self._is_object(node) else None
        return _named([(label, "object" if self._is_object(each) else "table") for label, each in fields])

    def _fields(self, defined: ast.ClassDef) -> list[tuple[str, ast.expr | None]] | None:
        bases = [self._name(base).rpartition(".")[2] for base in defined.bases]
        if "NamedTuple" not in bases:
            return None
        return [
            (node.target.id, node.annotation)
            for node in defined.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        ]

    def _is_object(self, node: ast.expr | None) -> bool:
        kinds = [part for part in self._parts(node) if part and part != "None"]
        return bool(kinds) and not any(
            _form(kind) or kind.rpartition(".")[2] in _BECOME_TABLES for kind in kinds
        )


def _named(fields: list[tuple[str, Literal["table", "object"]]]) -> tuple[Output, ...]:
    """Name the ports: the first two tables are always dataset and dataset2, others by field or kind."""
    outputs: list[Output] = []
    used: set[str] = set()
    counts = {"table": 0, "object": 0}
    for label, kind in fields:
        counts[kind] += 1
        stem = "dataset" if kind == "table" else "object"
        port = stem if counts[kind] == 1 else f"{stem}{counts[kind]}"
        if label and label not in used and (kind == "object" or counts[kind] > len(_USUAL)):
            port = label
        used.add(port)
        outputs.append(Output(port, kind, label or port))
    return tuple(outputs)


def _form(qualified: str) -> str:
    root, _, last = qualified.partition(".")[0], "", qualified.rpartition(".")[2]
    if root == "polars" and last == "DataFrame":
        return "polars"
    if last == "Table" and root != "pyarrow":
        return ""
    return _TABLES_OF.get(last, "")


def _literal(node: ast.expr | None) -> tuple[bool, Any]:
    """Give whether a node is a plain value in the text, and the value."""
    if node is None:
        return False, None
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False, None
