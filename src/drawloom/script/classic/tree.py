"""What old source means, put into its syntax tree as it is loaded: every node keeps its line."""

from __future__ import annotations

import ast
from typing import TypeVar

from drawloom.script.classic.syntax import Found

HELPER = "__drawloom_classic__"
LISTS = ("map", "filter", "zip", "range")
VIEWS = ("keys", "values", "items")
METHODS = {
    "iteritems": "items",
    "iterkeys": "keys",
    "itervalues": "values",
    "viewitems": "items",
    "viewkeys": "keys",
}
INPLACE = ("fillna", "replace", "clip", "interpolate", "where", "mask", "ffill", "bfill")
_ONLY_PYTHON_2 = {"xrange", "unicode", "basestring", "raw_input", "unichr", "long", "execfile"}
_ONLY_METHODS = {"has_key", "iterkeys", "itervalues", "viewitems", "viewkeys"}
_ONLY_MODULES = {
    "urllib2",
    "urlparse",
    "StringIO",
    "cStringIO",
    "cPickle",
    "ConfigParser",
    "Queue",
    "httplib",
    "HTMLParser",
    "__builtin__",
}

_Node = TypeVar("_Node", bound=ast.AST)


def is_python2(tree: ast.Module) -> bool:
    """Tell whether source that parses today has names that only Python 2 had."""
    bound = assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _ONLY_PYTHON_2 - bound:
            return True
        if isinstance(node, ast.Attribute) and node.attr in _ONLY_METHODS:
            return True
        if isinstance(node, ast.Import) and any(alias.name in _ONLY_MODULES for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module in _ONLY_MODULES:
            return True
    return False


def divides_truly(tree: ast.Module) -> bool:
    """Tell whether the source asked for today's division."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "division" for alias in node.names)
        for node in tree.body
    )


def assigned(tree: ast.AST) -> set[str]:
    """Give every name that the source itself binds somewhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def translate(tree: ast.Module, *, python2: bool) -> list[Found]:
    """Rewrite a tree in place so that it means today what it meant of old.

    Parameters
    ----------
    tree
        Of source that parses today.
    python2
        Whether it was written for Python 2, so that ``/``, ``map`` and ``d.keys()`` are those of Python 2.

    Returns
    -------
    list
        What was found, by line.
    """
    reader = _Reader(python2, python2 and not divides_truly(tree), assigned(tree))
    reader.visit(tree)
    ast.fix_missing_locations(tree)
    return reader.found


class _Reader(ast.NodeTransformer):
    def __init__(self, python2: bool, floors: bool, bound: set[str]) -> None:
        self._python2 = python2
        self._floors = floors
        self._bound = bound
        self.found: list[Found] = []

    def _helper(self, name: str, node: ast.expr | ast.stmt, *values: ast.expr) -> ast.Call:
        function = ast.Attribute(ast.Name(HELPER, ast.Load()), name, ast.Load())
        return _at(node, ast.Call(function, list(values), []))

    def _say(self, node: ast.expr | ast.stmt, old: str) -> None:
        self.found.append(Found(node.lineno, old))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if (
            not (self._floors and isinstance(node.op, ast.Div))
            or _fraction(node.left)
            or _fraction(node.right)
        ):
            return node
        return self._helper("divide", node, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not (self._floors and isinstance(node.op, ast.Div) and isinstance(node.target, ast.Name)):
            return node
        value = self._helper("divide", node, ast.Name(node.target.id, ast.Load()), node.value)
        return _at(node, ast.Assign([node.target], value))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Name) and function.id in LISTS and function.id not in self._bound:
            return self._helper("listed", node, node) if self._python2 else node
        if not isinstance(function, ast.Attribute) or node.keywords:
            return node
        if function.attr == "has_key" and len(node.args) == 1:
            self._say(node, "d.has_key(k)")
            return _at(node, ast.Compare(node.args[0], [ast.In()], [function.value]))
        if function.attr == "next" and not node.args and self._python2:
            self._say(node, "iterator.next()")
            return self._helper("advance", node, function.value)
        if function.attr in METHODS and not node.args:
            if self._python2:
                self._say(node, "d.iteritems()")
            return self._helper("iterate", node, function.value, ast.Constant(function.attr))
        if function.attr in VIEWS and not node.args and self._python2:
            return self._helper("listed", node, node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
            return node
        inner = target.value
        if isinstance(inner, ast.Subscript):
            table, name = inner.value, inner.slice
        elif isinstance(inner, ast.Attribute):
            table, name = inner.value, ast.Constant(inner.attr)
        else:
            return node
        if not isinstance(table, ast.Name | ast.Attribute) or (
            _has_slice(target.slice) and isinstance(target.slice, ast.Tuple)
        ):
            return node
        attribute = ast.Constant(isinstance(inner, ast.Attribute))
        value = self._helper("assign", node, table, name, _key(target.slice), node.value, attribute)
        return _at(node, ast.Expr(value))

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        self.generic_visit(node)
        call = node.value
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in INPLACE
            and any(
                k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value is True
                for k in call.keywords
            )
        ):
            return node
        column = call.func.value
        if isinstance(column, ast.Subscript) and isinstance(column.value, ast.Name):
            table, name = column.value, column.slice
        elif isinstance(column, ast.Attribute) and isinstance(column.value, ast.Name):
            table, name = column.value, ast.Constant(column.attr)
        else:
            return node
        if _has_slice(name):
            return node
        function = ast.Attribute(ast.Name(HELPER, ast.Load()), "inplace", ast.Load())
        values = [table, name, column, ast.Constant(call.func.attr), *call.args]
        return _at(node, ast.Expr(_at(node, ast.Call(function, values, call.keywords))))


def _at(node: ast.AST, new: _Node) -> _Node:
    return ast.copy_location(new, node)


def _fraction(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _has_slice(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Slice) for part in ast.walk(node))


def _key(node: ast.expr) -> ast.expr:
    """Write a subscript as a value: a slice becomes a call of `slice`."""
    if not isinstance(node, ast.Slice):
        return node
    parts = [part if part is not None else ast.Constant(None) for part in (node.lower, node.upper, node.step)]
    return ast.Call(ast.Name("slice", ast.Load()), parts, [])
