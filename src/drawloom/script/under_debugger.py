"""What the work functions of all debuggers have in common: they do the work of a script step."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

CONTROL = "debugger"
"""The input that is the socket to the host's side of the debugger."""


def placed(spec: dict[str, Any]) -> dict[str, Any]:
    """Put a script and what it imports into the working directory; gives the specification that names it.

    Debuggers show the lines of files they can see, and bind breakpoints in no others.

    Parameters
    ----------
    spec
        ``spec``: that of the work function; ``name``: of the script.
    """
    work = dict(spec["spec"])
    text = work["text"] if "text" in work else work["params"]["script"]
    for name, content in {**work.get("siblings", {}), spec["name"]: text}.items():
        path = Path.cwd() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
    return work | {"filename": str(path)}


def do(
    function: str, work: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]
) -> dict[str, int | float]:
    """Call the work function ``"module:function"``."""
    module, name = function.split(":")
    counts: dict[str, int | float] = getattr(importlib.import_module(module), name)(work, inputs, outputs)
    return counts
