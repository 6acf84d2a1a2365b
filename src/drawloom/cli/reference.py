"""What of a run is meant: `41`, `41.rank`, `41.rank.dataset`; `last` is the newest run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawloom.errors import InputError
from drawloom.experiment.problem import did_you_mean

if TYPE_CHECKING:
    from drawloom.workspace.runs import Output, Run, Step
    from drawloom.workspace.workspace import Workspace

FORM = "RUN[.STEP[.PORT]]"


@dataclass(frozen=True)
class Reference:
    """A run, a step of it, or a port of that; ``run`` is None for the newest."""

    run: int | None
    step: str | None
    port: str | None


def parse(text: str) -> Reference:
    """Read a reference; `run:` may stand before it.

    Raises
    ------
    InputError
        0002: it is none.
    """
    words = text.removeprefix("run:").split(".")
    number = words[0]
    if len(words) > 3 or not all(words) or not (number == "last" or number.isdecimal()):
        raise InputError(
            f"{text!r} does not name a run, a step or a port.",
            code="0002",
            remedy=f"Write {FORM}, such as 41, 41.rank or last.rank.dataset.",
        )
    step, port = [*words[1:], None, None][:2]
    return Reference(None if number == "last" else int(number), step, port)


def run_of(workspace: Workspace, reference: Reference) -> Run:
    """Give the run.

    Raises
    ------
    InputError
        0039: there is none.
    """
    if reference.run is not None:
        return workspace.records.run(reference.run)
    newest = workspace.records.runs(1)
    if not newest:
        raise InputError("Nothing was run in this workspace yet.", code="0039", remedy="See `drawloom run`.")
    return workspace.records.run(newest[0].id)


def step_of(workspace: Workspace, run: Run, name: str) -> Step:
    """Give a step of a run with all that was recorded of it.

    Raises
    ------
    InputError
        0039: it was not part of the run, or not reached.
    """
    planned = [str(each["name"]) for each in run.plan]
    if name not in planned:
        raise InputError(
            f"Run {run.id} has no step {name!r}.", code="0039", remedy=did_you_mean(name, planned)
        )
    return workspace.records.step(run.id, name)


def output_of(step: Step, port: str) -> Output:
    """Give what left a step at a port.

    Raises
    ------
    InputError
        0001: there is nothing at that port.
    """
    for output in step.outputs:
        if output.port == port:
            return output
    ports = [output.port for output in step.outputs]
    raise InputError(
        f"Step {step.name!r} of run {step.run} has no output {port!r}.",
        code="0001",
        remedy=did_you_mean(port, ports) if ports else f"It was {step.status} and gave nothing.",
    )


def open_output(workspace: Workspace, step: Step, output: Output) -> int:
    """Open what left a step at a port, for reading; the caller closes it.

    Raises
    ------
    InputError
        0039: it is no longer kept; 0048: its file was changed.
    """
    fd = None if output.entry is None else workspace.store.open(output.entry.address)
    if fd is None:
        raise InputError(
            f"What step {step.name!r} of run {step.run} gave at {output.port!r} is no longer kept.",
            code="0039",
            remedy="Run the experiment again.",
        )
    return fd
