"""A script with a debugger at it: the same work in the same walls, and a way out for the debugger alone."""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from drawloom.engine.work import Done, Executor, NewFile, Walled, Work
from drawloom.sandbox.pool import Pool, PoolConfig
from drawloom.sandbox.walls.lockdown import WallsConfig
from drawloom.sandbox.worker import OnOutput

if TYPE_CHECKING:
    from drawloom.environment.build import Built

SCRIPTS = ("drawloom.script.work:run", "drawloom.modules.scripts.execute_python_script.work:run")
_INPUT = "debugger"


class Debugger(Protocol):
    """The host's side of a debugger.

    Attributes
    ----------
    function
        The work function inside the walls that does a script's work under this debugger.
    kind
        Of the socket pair between the two sides: `socket.SOCK_STREAM` or `socket.SOCK_SEQPACKET`.
    """

    @property
    def function(self) -> str:
        """As above."""
        ...

    @property
    def kind(self) -> socket.SocketKind:
        """As above."""
        ...

    def serving(self, end: socket.socket) -> contextlib.AbstractContextManager[None]:
        """Serve the user at the host's end of the pair meanwhile."""
        ...


@dataclass(frozen=True)
class Debugged:
    """Does the work of scripts under a debugger, without a limit of time, and everything else as ever.

    Attributes
    ----------
    local
        Where the user has the script; None where it stands in an experiment file.
    """

    inner: Executor
    debugger: Debugger
    local: Path | None = None

    def execute(
        self, work: Work, *, on_output: OnOutput | None = None, new_file: NewFile | None = None
    ) -> Done:
        """As `Executor.execute`."""
        if work.function not in SCRIPTS:
            return self.inner.execute(work, on_output=on_output, new_file=new_file)
        ours, theirs = socket.socketpair(socket.AF_UNIX, self.debugger.kind)
        with ours, theirs, self.debugger.serving(ours):
            return self.inner.execute(
                self._wrapped(work, theirs.fileno()), on_output=on_output, new_file=new_file
            )

    def _wrapped(self, work: Work, way_out: int) -> Work:
        spec: dict[str, Any] = {
            "of": work.function,
            "spec": work.spec,
            "name": work.spec["name"],
            "local": "" if self.local is None else str(self.local.absolute()),
        }
        return replace(
            work,
            function=self.debugger.function,
            spec=spec,
            inputs={**work.inputs, _INPUT: way_out},
            limits=replace(work.limits, timeout_seconds=math.inf),
        )


@contextlib.contextmanager
def walled(*, loopback: bool) -> Iterator[Walled]:
    """Give a sandbox for one debug session, with further ones for the environments its scripts ask for.

    Parameters
    ----------
    loopback
        Whether its children have a loopback interface, in a network namespace of their own each.
    """
    config = PoolConfig(size=0, imports=(), warm=False, walls=WallsConfig(loopback=loopback))

    def pool_of(built: Built) -> contextlib.closing[Pool]:
        return contextlib.closing(Pool(replace(config, environment=built.folder, bare=built.bare)))

    with contextlib.closing(Pool(config)) as pool:
        yield Walled(pool, pool_of=pool_of)
