"""Which modules of the base set a script will import, so that its child has them at hand."""

from __future__ import annotations

import ast
from functools import lru_cache

from drawloom.sandbox.base_set import IMPORTABLE


@lru_cache(maxsize=256)
def of_script(text: str) -> frozenset[str]:
    """Give the modules of the base set that `text` names in its import statements.

    Code that is not Python 3 names none; what is wrong with it is said when it is run.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    named: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    named |= {name.split(".")[0] for name in named}
    return frozenset(named & IMPORTABLE)
