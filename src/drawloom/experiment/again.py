"""A step of a recorded run done once more, on what arrived at it then; nothing of it is kept or recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from drawloom.engine import pools
from drawloom.engine.work import Executor
from drawloom.experiment import steps
from drawloom.experiment.check import Box
from drawloom.experiment.events import Event
from drawloom.experiment.keys import KeyParts
from drawloom.experiment.plan import Planned
from drawloom.experiment.steps import Bench, Given, Made
from drawloom.experiment.surroundings import around
from drawloom.experiment.take_home import arrived, recorded
from drawloom.workspace.runs import Output, Run, Step
from drawloom.workspace.workspace import Workspace


def again(
    workspace: Workspace,
    run: Run,
    step: Step,
    executor: Callable[[Path | None], Executor],
    emit: Callable[[Event], None],
) -> Made:
    """Do a Python script step once more, in a sandbox of its own.

    Parameters
    ----------
    run, step
        As `Records.run` and `Records.step` give them.
    executor
        Gives where it is done, from the path of its script; None for one that stands in the experiment file.
    emit
        Takes what it prints.

    Returns
    -------
    Made
        How it ended, also where it failed.

    Raises
    ------
    InputError
        0002: the step is no Python script; 0018: its script is another one now; 0039: its inputs are not
        kept.
    """
    graph, box = recorded(run, step)
    parts = KeyParts(step.name, step.key_parts["content"], step.key_parts["token"], {}, {})
    planned = Planned(box, parts.key, parts, "to debug it", None)
    with ExitStack() as stack:
        inputs = {
            wire.target_port: _given(*arrived(workspace, run, wire.source, wire.source_port, stack))
            for wire in box.wires
        }
        where = executor(_path(box, graph.experiment.folder))
        around_ = around(workspace, graph.experiment.environment)
        bench = Bench(graph, workspace, around_, where, pools.cores(), emit)
        return steps.perform(planned, inputs, bench, stack)


def _given(fd: int, output: Output) -> Given:
    versions = output.schema.get("versions", {}) if isinstance(output.schema, dict) else {}
    return Given(fd, versions, output.kind)


def _path(box: Box, folder: Path) -> Path | None:
    script = box.step.script
    return folder / script.path if script is not None and script.path else None
