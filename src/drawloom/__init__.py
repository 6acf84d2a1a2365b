"""Drawloom: your plain Python function on tables, sandboxed, composed, cached, published."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drawloom.engine.api import ScriptObject, ScriptResult, run_script
    from drawloom.errors import DrawloomError, InputError, LimitError, SandboxError, ScriptError
    from drawloom.experiment.facade import Experiment

_HOMES = {
    "DrawloomError": "drawloom.errors",
    "Experiment": "drawloom.experiment.facade",
    "InputError": "drawloom.errors",
    "LimitError": "drawloom.errors",
    "SandboxError": "drawloom.errors",
    "ScriptError": "drawloom.errors",
    "ScriptObject": "drawloom.engine.api",
    "ScriptResult": "drawloom.engine.api",
    "run_script": "drawloom.engine.api",
}

__all__ = [
    "DrawloomError",
    "Experiment",
    "InputError",
    "LimitError",
    "SandboxError",
    "ScriptError",
    "ScriptObject",
    "ScriptResult",
    "run_script",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'drawloom' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
