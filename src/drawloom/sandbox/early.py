"""A zygote that is started before anybody asked for a pool, while the command line is still being read.

From a cold shell most of a run is the zygote's imports; whatever the host does meanwhile is free.
"""

from __future__ import annotations

from drawloom.errors import SandboxError
from drawloom.sandbox import launch

_started: list[launch.Launched] = []


def start() -> None:
    """Start one; where that fails, the pool says why when it tries again."""
    try:
        _started.append(launch.launch())
    except (SandboxError, OSError):
        return


def take() -> launch.Launched | None:
    """Give the one that was started, once; None where there is none."""
    return _started.pop() if _started else None
