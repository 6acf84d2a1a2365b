"""Plans against a real workspace: SQLite records and files in its store."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from drawloom.experiment.check import Checked
from drawloom.experiment.keys import Surroundings
from drawloom.experiment.plan import Plan, plan
from drawloom.workspace.runs import Output
from drawloom.workspace.store import output_address
from drawloom.workspace.workspace import Workspace


@pytest.fixture
def workspace(folder: Any) -> Any:
    with Workspace.open(folder) as opened:
        yield opened


def run(workspace: Workspace, made: Plan) -> None:
    """Keep an output for every step that runs, as a runner does."""
    number = workspace.records.start_run("diabetes.yaml", "", made.to_list())
    reused = [
        (step.name, step.box.module.name, step.found, step.reason) for step in made.steps if not step.runs
    ]
    workspace.records.record_reused_many(number, reused)
    for step in made.to_run:
        record = workspace.records.step_started(
            number,
            step.name,
            module=step.box.module.name,
            key=step.key,
            key_parts=step.parts.to_dict(),
            reason=step.reason,
        )
        outputs = []
        for port in step.box.ports.outputs:
            fd = workspace.store.new_file()
            os.write(fd, f"{step.name} {port.name} {number}".encode())
            entry = workspace.store.commit(fd, output_address(step.key, port.name), kind=port.kind)
            os.close(fd)
            outputs.append(Output(port.name, port.kind, entry))
        workspace.records.step_finished(record, outputs)
    workspace.records.finish_run(number, "succeeded")


def test_what_the_workspace_keeps_is_reused_and_what_was_touched_is_not(
    workspace: Workspace, checked: Callable[..., Checked], diabetes: str
) -> None:
    def planned(text: str = diabetes, **options: Any) -> Plan:
        graph = checked(text).require("diabetes.yaml")
        around = Surroundings(lambda box: "lock")
        return plan(graph, workspace.records, around, experiment="diabetes.yaml", **options)

    run(workspace, planned())
    again = planned()
    assert again.to_run == ()
    run(workspace, again)
    edited = planned(diabetes.replace("{trees: 50}", "{trees: 51}"))
    assert {step.name: step.reason for step in edited.to_run} == {
        "forest": "parameter `trees` 50 -> 51",
        "train": "input `model` changed (because step forest ran again: parameter `trees` 50 -> 51)",
        "score": "input `model` changed "
        "(because step forest, further up, ran again: parameter `trees` 50 -> 51)",
    }
    run(workspace, edited)
    assert planned()["forest"].reason == "same as in run 1"  # back to 50: kept since the first run
    fresh = planned(fresh=["forest"])
    run(workspace, fresh)
    assert planned().to_run == ()
    assert planned()["forest"].found.run == 4

    outputs = planned()["split"].found.outputs
    path = workspace.store.path(outputs[0].entry.address)
    path.chmod(0o644)
    path.write_bytes(b"something else")
    (step,) = planned().to_run
    assert step.name == "split"
    assert step.reason.startswith("the stored output was changed on disk: its output 'dataset1'")
