"""What an expression is, as far as the source itself proves it: a frame, a series, an array, a number, ..."""

# ruff: noqa: N802, D102 - the names are those of LibCST, which says what they do
from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from drawloom.script.source import ENTRY_POINT

PANDAS = ("frame", "series")
_MAKES = {
    "frame": (
        "pandas.DataFrame",
        "pandas.read_csv",
        "pandas.read_table",
        "pandas.read_excel",
        "pandas.merge",
        "pandas.get_dummies",
        "pandas.pivot_table",
        "pandas.crosstab",
        "pandas.melt",
    ),
    "series": ("pandas.Series",),
    "array": (
        "numpy.array",
        "numpy.zeros",
        "numpy.ones",
        "numpy.arange",
        "numpy.linspace",
        "numpy.asarray",
        "numpy.concatenate",
        "numpy.sort",
        "numpy.unique",
        "numpy.random.rand",
        "numpy.random.randn",
    ),
    "int": ("builtins.len", "builtins.int", "builtins.ord"),
    "float": ("builtins.float",),
    "str": ("builtins.str", "builtins.repr", "builtins.input"),
    "list": ("builtins.list", "builtins.sorted", "builtins.range"),
    "dict": ("builtins.dict", "collections.OrderedDict", "collections.defaultdict"),
}
_BY_CALL = {name: kind for kind, names in _MAKES.items() for name in names}
_KEEPS = (
    "copy",
    "drop",
    "dropna",
    "fillna",
    "head",
    "tail",
    "sort_values",
    "sort_index",
    "sort",
    "order",
    "append",
    "reindex",
    "sample",
    "drop_duplicates",
    "astype",
    "replace",
    "rename",
    "shift",
    "clip",
    "abs",
    "where",
    "mask",
    "round",
    "isnull",
    "notnull",
    "isna",
    "notna",
    "diff",
    "cumsum",
    "rank",
    "ffill",
    "bfill",
)
_TO_FRAME = (
    "set_index",
    "merge",
    "join",
    "pivot",
    "pivot_table",
    "transpose",
    "select_dtypes",
    "applymap",
    "describe",
    "corr",
)
_TO_SERIES = ("value_counts", "map")


class Kinds(cst.CSTVisitor):
    """Collects what is assigned to each name of a module, all scopes of the same name together.

    Names that are bound in a way not understood here are of no kind.
    """

    def __init__(self, dotted: Callable[[cst.CSTNode], str | None]) -> None:
        self._dotted = dotted
        self._bound: dict[str, list[cst.BaseExpression | None]] = {}
        self._busy: set[str] = set()
        self._cells: set[str] = set()
        self._tables: set[str] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        parameters = [*node.params.params, *node.params.kwonly_params, *node.params.posonly_params]
        for parameter in parameters:
            name = parameter.name.value
            if (
                node.name.value == ENTRY_POINT
                and parameter.annotation is None
                and _is_none(parameter.default)
            ):
                self._tables.add(name)
            else:
                self._bound.setdefault(name, []).append(None)

    def visit_Lambda(self, node: cst.Lambda) -> None:
        for parameter in node.params.params:
            self._bound.setdefault(parameter.name.value, []).append(None)

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._bind(target.target, node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        if isinstance(node.target, cst.Name):
            self._bound.setdefault(node.target.value, []).append(
                cst.BinaryOperation(node.target, cst.Add(), node.value)
            )

    def visit_For(self, node: cst.For) -> None:
        self._loop(node.target, node.iter)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self._loop(node.target, node.iter)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._bind(node.name, None)

    def _loop(self, target: cst.BaseAssignTargetExpression, over: cst.BaseExpression) -> None:
        if (
            isinstance(target, cst.Name)
            and isinstance(over, cst.Call)
            and self._dotted(over.func) == "builtins.range"
        ):
            self._bound.setdefault(target.value, []).append(cst.Integer("0"))
        else:
            self._bind(target, None)

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if isinstance(target, cst.Name):
            self._bound.setdefault(target.value, []).append(value)
        elif isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self._bind(element.value, None)

    def of(self, node: cst.BaseExpression) -> str | None:
        """Give the kind of an expression, or None where it is not proved."""
        if isinstance(node, cst.Name):
            return self._of_name(node.value)
        if isinstance(node, cst.Integer):
            return "int"
        if isinstance(node, cst.Float):
            return "float"
        if isinstance(node, cst.SimpleString | cst.FormattedString | cst.ConcatenatedString):
            return "str"
        if isinstance(node, cst.List | cst.ListComp):
            return "list"
        if isinstance(node, cst.Dict | cst.DictComp):
            return "dict"
        if isinstance(node, cst.Comparison) or (
            isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.BitInvert)
        ):
            return "mask"
        if isinstance(node, cst.UnaryOperation):
            return self.of(node.expression)
        if isinstance(node, cst.BinaryOperation):
            return self._of_operation(node)
        if isinstance(node, cst.Subscript):
            return self._of_part(node)
        if isinstance(node, cst.Attribute):
            return "array" if node.attr.value == "values" else None
        if isinstance(node, cst.Call):
            return self._of_call(node)
        return None

    def _of_name(self, name: str) -> str | None:
        if name in self._busy:
            return None
        values = self._bound.get(name, [])
        self._busy.add(name)
        try:
            kinds = {self.of(value) if value is not None else None for value in values if not _is_none(value)}
        finally:
            self._busy.discard(name)
        if name in self._tables:
            kinds.add("frame")
        return kinds.pop() if len(kinds) == 1 else None

    def _of_operation(self, node: cst.BinaryOperation) -> str | None:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.operator, cst.BitAnd | cst.BitOr) and "mask" in (left, right):
            return "mask"
        if "series" in (left, right) and "frame" not in (left, right):
            return "series"
        if left == right == "int" and not isinstance(node.operator, cst.Divide | cst.Power):
            return "int"
        if left in ("int", "float") and right in ("int", "float"):
            return "float"
        return left if left == right else None

    def _of_part(self, node: cst.Subscript) -> str | None:
        if (
            self.of(node.value) != "frame"
            or len(node.slice) != 1
            or not isinstance(node.slice[0].slice, cst.Index)
        ):
            return None
        key = self.of(node.slice[0].slice.value)
        return {"str": "series", "list": "frame", "mask": "frame"}.get(key or "")

    def _of_call(self, node: cst.Call) -> str | None:
        dotted = self._dotted(node.func)
        if dotted is not None:
            return _BY_CALL.get(dotted)
        if not isinstance(node.func, cst.Attribute):
            return None
        method, kind = node.func.attr.value, self.of(node.func.value)
        if kind not in PANDAS or any(
            a.keyword is not None and a.keyword.value == "inplace" for a in node.args
        ):
            return None
        if method in _KEEPS:
            return kind
        if method == "reset_index":
            return "frame" if kind == "frame" else None
        if method in _TO_FRAME:
            return "frame"
        return "series" if method in _TO_SERIES else None


def _is_none(node: cst.BaseExpression | None) -> bool:
    return node is None or (isinstance(node, cst.Name) and node.value == "None")
