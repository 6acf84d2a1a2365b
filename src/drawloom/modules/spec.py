"""What a module is, as the host sees it: ports, parameters, documentation, where its work lives.

Only pydantic is imported here: a spec is read when a file is checked or planned, long before (and often
without) any table being opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from drawloom.modules.parameters import Parameters, Problem, problems_of

PortKind = Literal["table", "untrained-model", "trained-model", "transformation", "object", "bundle"]

Reuse = Literal["by-key", "always-run"]
"""``by-key``: an output with the same key is taken again. ``always-run``: never."""

Published = Literal["same", "transformation", "pass-rows"]
"""What becomes of the step in a published service (Studio classic: "Set Up Web Service").

``same``: it runs on the request as it does in the experiment. ``transformation``: it learns from its rows, so
it is replaced by apply-transformation with what the experiment's run learnt. ``pass-rows``: it chooses rows
for training, so request rows go through untouched.
"""

_PORT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORK = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True)
class Port:
    """One named place where an edge ends.

    Parameters
    ----------
    name
        Lower-case and dashed, as written in an experiment file.
    kind
        What may travel through it.
    doc
        One sentence for the form and the reference.
    optional
        Whether the step runs with nothing connected here (inputs only).
    """

    name: str
    kind: PortKind = "table"
    doc: str = ""
    optional: bool = False

    def __post_init__(self) -> None:
        if not _PORT.fullmatch(self.name):
            raise ValueError(f"port name {self.name!r} is not lower-case and dashed")


@dataclass(frozen=True)
class Ports:
    """The input and output ports of one step."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    def __post_init__(self) -> None:
        for side in (self.inputs, self.outputs):
            names = [port.name for port in side]
            if len(names) != len(set(names)):
                raise ValueError(f"port names are not unique: {names}")


@dataclass(frozen=True)
class Module:
    """The kind of a step.

    Parameters
    ----------
    name
        As written in an experiment file: the Studio name, lower-case and dashed.
    title
        As shown: the Studio name.
    family
        The group it is listed under.
    doc
        What it does, in a sentence or two.
    parameters
        The typed parameters; one model makes the check, the form and the reference.
    inputs, outputs
        The ports; for a module whose ports depend on the step, those it always has.
    work
        ``"package.module:function"`` of the worker side, never imported by the host; None where the host
        itself provides the output (a workspace dataset).
    reuse
        Whether an earlier output may stand in, or a function of the validated parameters that says so.
    published
        What becomes of the step in a service.
    reads, fetches, writes
        The parameter that names a file the host opens, a URL it fetches (configured hosts only), or a file it
        creates. The work gets the first two as input ``file``, the last as output ``file``.
    ports_from
        For modules whose ports depend on the step (a script's signature): takes the step's settings as plain
        values (``params``, ``script``, ...) and gives its ports. It must not run or import what it reads.
    version
        Raised when the same parameters come to mean something else; part of the step's key.
    """

    name: str
    title: str
    family: str
    doc: str
    parameters: type[Parameters]
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    work: str | None = None
    reuse: Reuse | Callable[[Any], Reuse] = "by-key"
    published: Published = "same"
    reads: str | None = None
    fetches: str | None = None
    writes: str | None = None
    ports_from: Callable[[Mapping[str, Any]], Ports] | None = None
    version: int = 1

    def __post_init__(self) -> None:
        Ports(self.inputs, self.outputs)
        if self.work is not None and not _WORK.fullmatch(self.work):
            raise ValueError(f"work {self.work!r} is not of the form 'package.module:function'")
        for name in (self.reads, self.fetches, self.writes):
            if name is not None and name not in self.parameters.model_fields:
                raise ValueError(f"{self.name} has no parameter {name!r}")

    def ports(self, settings: Mapping[str, Any]) -> Ports:
        """Give the ports of a step of this kind.

        Parameters
        ----------
        settings
            The step as written: ``params``, and ``script`` as text where the module takes one.
        """
        return self.ports_from(settings) if self.ports_from else Ports(self.inputs, self.outputs)

    def reuse_of(self, params: Parameters) -> Reuse:
        """Say whether an earlier output may stand in for a step with these parameters."""
        return self.reuse(params) if callable(self.reuse) else self.reuse

    def check(self, values: Mapping[str, Any]) -> tuple[Parameters | None, list[Problem]]:
        """Validate the parameters of a step.

        Parameters
        ----------
        values
            As written in the file, with ``${name}`` already filled.

        Returns
        -------
        parameters, problems
            The model, or None with every problem at once.
        """
        return problems_of(self.parameters, values)
