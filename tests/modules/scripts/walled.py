"""Run a module's work where it runs for users: in a child behind the walls."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from drawloom.engine.pools import BASE, one_shot_pool
from drawloom.engine.work import Done, Walled, Work
from drawloom.modules.registry import module
from drawloom.modules.scripts.script_module import ScriptModule
from drawloom.sandbox.worker import WorkLimits
from modules.running import memory, parameters, table


def run(
    kind: str,
    params: Mapping[str, Any],
    inputs: Mapping[str, pd.DataFrame | bytes],
    limits: WorkLimits = WorkLimits(timeout_seconds=120),  # noqa: B008 - a value
    **spec: Any,
) -> Done:
    """Give what came of a step; its files are the caller's to close."""
    found = module(kind)
    settings = {"module": kind, "params": parameters(kind, params), "seed": 1, "threads": 1, **spec}
    outputs = [port.name for port in found.ports(settings).outputs]
    if isinstance(found, ScriptModule) and found.graphics:
        outputs.append("graphics")
    fds = {
        port: memory(given if isinstance(given, bytes) else table(given)) for port, given in inputs.items()
    }
    pool = one_shot_pool()
    pool.prepare(BASE)  # what is imported before the limits are set does not count as the step's memory
    try:
        return Walled(pool).execute(Work(str(found.work), settings, fds, outputs, BASE, limits))
    finally:
        pool.close()
        for fd in fds.values():
            os.close(fd)
