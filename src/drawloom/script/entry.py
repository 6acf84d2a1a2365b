"""Where the entry point of a script is, found in its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from drawloom.errors import ScriptError
from drawloom.script.source import ENTRY_POINT, Source

_SHOWN = 20
_COMPARED = 200


def find(source: Source) -> ast.FunctionDef | None:
    """Find the definition of the entry point.

    Of several definitions the last one in the text counts, as in Python; another name of a function of the
    script counts as that function.

    Returns
    -------
    ast.FunctionDef or None
        None, where the name is imported, or made by a call, so that its form is not in the text.

    Raises
    ------
    ScriptError
        0085, where there is no entry point (names the functions there are), or it is ``async``.
    """
    bound: ast.AST | None = None
    functions: dict[str, ast.FunctionDef] = {}
    for node in statements(source.tree):
        for name, what in _bindings(node):
            if isinstance(what, ast.FunctionDef):
                functions[name] = what
            if name == ENTRY_POINT:
                bound = what
    if isinstance(bound, ast.Name):
        bound = functions.get(bound.id, bound)
    if bound is None:
        raise _missing(source, functions)
    if isinstance(bound, ast.AsyncFunctionDef):
        raise ScriptError(
            f"{source.name}, line {bound.lineno}: {ENTRY_POINT} is `async def`, which a step cannot call.",
            remedy="Make it a plain `def`; inside it, asyncio.run may call what is asynchronous.",
            line=bound.lineno,
        )
    return bound if isinstance(bound, ast.FunctionDef) else None


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Walk the statements of the module's own level in their order, also inside if, try, with and loops."""
    waiting = tree.body[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = [*getattr(node, "body", ())]
            for handler in getattr(node, "handlers", ()):
                inside += handler.body
            inside += [*getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
            waiting += inside[::-1]


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


def _missing(source: Source, functions: dict[str, ast.FunctionDef]) -> ScriptError:
    import difflib

    lower = {name.lower(): function for name, function in list(functions.items())[:_COMPARED]}
    near = difflib.get_close_matches(ENTRY_POINT, lower, 1, 0.7)
    line = None
    if near:
        meant = lower[near[0]]
        line = meant.lineno
        remedy = f"Is {meant.name} in line {line} meant? Rename it to {ENTRY_POINT}."
    else:
        remedy = f"Define `def {ENTRY_POINT}(dataframe1=None, dataframe2=None):` and return a table from it."
    there = "there is no function in it"
    if functions:
        more = ", ..." if len(functions) > _SHOWN else ""
        there = f"the functions in it are {', '.join(list(functions)[:_SHOWN])}{more}"
    return ScriptError(f"{source.name} has no function {ENTRY_POINT}: {there}.", remedy=remedy, line=line)
