"""The place of a rewrite: the node, what is known of it, and how to say more."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

_EMPTY = cst.Module(body=[])


def code(node: cst.CSTNode) -> str:
    """Give the source of a node."""
    return _EMPTY.code_for_node(node)


def operand(node: cst.BaseExpression) -> str:
    """Give the source of a node as something an attribute can follow."""
    text = code(node)
    if isinstance(node, cst.Integer | cst.Float | cst.BinaryOperation | cst.UnaryOperation | cst.Comparison
                  | cst.BooleanOperation | cst.IfExp | cst.Lambda) and not node.lpar:  # fmt: skip
        return f"({text})"
    return text


def plain(node: cst.BaseExpression) -> bool:
    """Tell whether an expression can be written twice: a name or a chain of names."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def literal(node: cst.BaseExpression | None) -> object:
    """Give the value of a literal, or `...` for anything else."""
    if node is None:
        return ...
    try:
        return ast.literal_eval(code(node))
    except (ValueError, SyntaxError):
        return ...


@dataclass(slots=True)
class Site:
    """One place that a rule applies to.

    Attributes
    ----------
    node
        The node with its parts already rewritten.
    original
        The node as it stood.
    kind
        Tells the kind of an expression as it stood.
    say
        Writes a dotted name of today as this source can say it.
    review
        Asks the reader to look at this line.
    used
        Whether the value of the node goes anywhere.
    old
        The old name that the rule was found by.
    dotted
        Whether the node is a name of a module, and no method.
    """

    node: cst.BaseExpression
    original: cst.BaseExpression
    kind: Callable[[cst.BaseExpression], str | None]
    say: Callable[[str], str]
    review: Callable[[str], None]
    used: bool
    old: str
    dotted: bool

    @property
    def call(self) -> cst.Call:
        """The node as the call it is."""
        assert isinstance(self.node, cst.Call)
        return self.node

    @property
    def receiver(self) -> cst.BaseExpression:
        """What the method was called on."""
        function = self.node.func if isinstance(self.node, cst.Call) else self.node
        assert isinstance(function, cst.Attribute)
        return function.value

    def kind_of_receiver(self) -> str | None:
        """Tell what the method was called on."""
        function = self.original.func if isinstance(self.original, cst.Call) else self.original
        assert isinstance(function, cst.Attribute)
        return self.kind(function.value)

    def arguments(self, *order: str) -> dict[str, cst.BaseExpression] | None:
        """Give the arguments by name; None where there are stars, or more than the order names."""
        return arguments(self.call.args, order)

    def parse(self, text: str) -> cst.BaseExpression:
        """Make a node of source, with the brackets that the old one stood in."""
        node = cst.parse_expression(text)
        return node.with_changes(lpar=[*self.node.lpar, *node.lpar], rpar=[*node.rpar, *self.node.rpar])

    def method(self, name: str, *parts: str) -> cst.BaseExpression:
        """Call a method of the receiver."""
        return self.parse(f"{operand(self.receiver)}.{name}({', '.join(part for part in parts if part)})")


def arguments(args: Sequence[cst.Arg], order: Sequence[str]) -> dict[str, cst.BaseExpression] | None:
    """Give the arguments of a call by name; None where there are stars, or more than the order names."""
    given: dict[str, cst.BaseExpression] = {}
    positions = iter(order)
    for arg in args:
        if arg.star:
            return None
        name = arg.keyword.value if arg.keyword is not None else next(positions, "")
        if not name:
            return None
        given[name] = arg.value
    return given


def keywords(given: dict[str, cst.BaseExpression], *names: str) -> list[str]:
    """Write those of the arguments that are there as ``name=value``."""
    return [f"{name}={code(given[name])}" for name in names if name in given]


def rest(given: dict[str, cst.BaseExpression], *without: str) -> list[str]:
    """Write all arguments but some as ``name=value``."""
    return [f"{name}={code(value)}" for name, value in given.items() if name not in without]
