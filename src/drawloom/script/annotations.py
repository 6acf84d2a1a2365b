"""What an annotation in a script means, read with the script's own imports and aliases in mind."""

from __future__ import annotations

import ast
from typing import Any

from drawloom.script.entry import statements

_FUEL = 200
_FORMS = {"DataFrame": "pandas", "LazyFrame": "polars.LazyFrame", "Table": "pyarrow"}


class Names:
    """The names of a script that annotations use.

    Parameters
    ----------
    tree
        The script; nothing of it is imported.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._imported: dict[str, str] = {}
        self._aliases: dict[str, ast.expr] = {}
        self._classes: dict[str, ast.ClassDef] = {}
        for node in statements(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    self._imported[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._imported[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            elif isinstance(node, ast.ClassDef):
                self._classes[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._aliases[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self._aliases[node.target.id] = node.value

    def union(self, annotation: ast.expr | None) -> list[str]:
        """Give the qualified names of the types: ``Optional[pd.DataFrame]`` is pandas.DataFrame and None."""
        return [
            "None" if isinstance(node, ast.Constant) and node.value is None else self.name(node)
            for node in self._members(annotation)
        ]

    def choices(self, annotation: ast.expr | None) -> tuple[bool | int | float | str, ...]:
        """Give the values of a ``Literal``; none if it is no such annotation."""
        found: list[bool | int | float | str] = []
        for node in self._members(annotation):
            if isinstance(node, ast.Subscript) and self._generic(node) == "Literal":
                values = (value for known, value in map(literal, inside(node)) if known)
                found += [value for value in values if isinstance(value, bool | int | float | str)]
        return tuple(found)

    def fields(self, annotation: ast.expr | None) -> list[tuple[str, ast.expr]] | None:
        """Give (name, annotation) of each element of a tuple; names are empty but for a NamedTuple.

        Gives None where it is no tuple of known length.
        """
        node = self.resolve(annotation)
        if isinstance(node, ast.Name) and node.id in self._classes:
            defined = self._classes[node.id]
            if "NamedTuple" not in (self.name(base).rpartition(".")[2] for base in defined.bases):
                return None
            return [
                (part.target.id, part.annotation)
                for part in defined.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ]
        if isinstance(node, ast.Subscript) and self._generic(node) in ("tuple", "Tuple"):
            elements = inside(node)
            if not any(isinstance(each, ast.Constant) and each.value is Ellipsis for each in elements):
                return [("", each) for each in elements]
        return None

    def name(self, node: ast.expr | None) -> str:
        """Give the qualified name of a type, without what stands in its brackets."""
        if isinstance(node, ast.Subscript):
            node = node.value
        attributes = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self._imported.get(node.id, node.id), *reversed(attributes)])

    def resolve(self, node: ast.expr | None) -> ast.expr | None:
        """Follow quotes and aliases such as ``Frame = pd.DataFrame``."""
        for _ in range(_FUEL):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    node = ast.parse(node.value.strip(), mode="eval").body
                except (SyntaxError, ValueError, MemoryError):
                    return None
            elif isinstance(node, ast.Name) and node.id in self._aliases and node.id not in self._imported:
                node = self._aliases[node.id]
            else:
                return node
        return None

    def _members(self, annotation: ast.expr | None) -> list[ast.expr]:
        """Take unions apart. An annotation that refers to itself without end is cut."""
        members: list[ast.expr] = []
        waiting = [annotation]
        for _ in range(_FUEL):
            if not waiting:
                break
            node = self.resolve(waiting.pop(0))
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
                waiting[:0] = [node.left, node.right]
            elif isinstance(node, ast.Subscript) and self._generic(node) == "Union":
                waiting[:0] = inside(node)
            elif isinstance(node, ast.Subscript) and self._generic(node) == "Optional":
                waiting[:0] = [*inside(node)[:1], ast.Constant(None)]
            elif isinstance(node, ast.Subscript) and self._generic(node) in ("Annotated", "Final"):
                waiting[:0] = inside(node)[:1]
            elif node is not None:
                members.append(node)
        return members

    def _generic(self, node: ast.Subscript) -> str:
        return self.name(node).rpartition(".")[2]


def inside(node: ast.Subscript) -> list[ast.expr]:
    """Give what stands in the brackets."""
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def form(qualified: str) -> str:
    """Give the form of a table that a qualified name asks for; empty if it is no table."""
    root, last = qualified.partition(".")[0], qualified.rpartition(".")[2]
    if root == "polars" and last == "DataFrame":
        return "polars"
    if last == "Table" and root != "pyarrow":
        return ""
    return _FORMS.get(last, "")


def literal(node: ast.expr | None) -> tuple[bool, Any]:
    """Give whether a node is a plain value in the text, and the value."""
    if node is None:
        return False, None
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None
