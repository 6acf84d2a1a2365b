from __future__ import annotations

import os

import pytest

from drawloom.errors import InputError
from drawloom.workspace import Workspace
from drawloom.workspace.runs import Output

from .conftest import OPEN
from .work import key_of, put, run_once, run_step


def test_a_run_is_read_back_as_it_was_recorded(workspace: Workspace) -> None:
    records = workspace.records
    run = records.start_run(
        "risk.yaml", "name: Ünïcode\n", [{"name": "a"}], target="a", parameters={"cutoff": float("inf")}
    )
    step = records.step_started(
        run, "a", module="m", key="k", key_parts={"script": ["x = 1"]}, reason="never ran"
    )
    assert records.steps(run)[0].status == "running"
    entry = put(workspace, b"12", key_of("a"))
    results = [Output("dataset", "table", entry, 3, 2, [["a", "int64"]]), Output("model", "object", entry)]
    records.step_finished(
        step,
        results,
        timings={"run": 0.25},
        walls={"network": True},
        peak_memory_bytes=5_000_000_000,
        conversions=[],
        log=[["stdout", "nul \0, half a pair \ud800, not a number"], float("nan")],
    )
    records.finish_run(run, "succeeded")

    listed = records.steps(run)[0]
    assert (listed.outputs[0].rows, listed.outputs[0].columns, listed.outputs[0].schema) == (
        3,
        2,
        [["a", "int64"]],
    )
    assert [out.port for out in listed.outputs] == ["dataset", "model"]
    assert listed.log is None
    whole = records.step(run, "a")
    assert (whole.status, whole.reason, whole.key, whole.key_parts) == (
        "succeeded",
        "never ran",
        "k",
        {"script": ["x = 1"]},
    )
    assert whole.log[0] == ["stdout", "nul \0, half a pair \ud800, not a number"]
    assert (whole.peak_memory_bytes, whole.timings, whole.walls) == (
        5_000_000_000,
        {"run": 0.25},
        {"network": True},
    )
    assert whole.started_at is not None
    assert whole.finished_at is not None
    assert whole.started_at <= whole.finished_at
    found = records.run(run)
    assert (found.status, found.target, found.plan, found.file_text) == (
        "succeeded",
        "a",
        [{"name": "a"}],
        "name: Ünïcode\n",
    )
    assert found.parameters == {"cutoff": float("inf")}


def test_failed_cancelled_and_skipped_steps_say_why(workspace: Workspace) -> None:
    records = workspace.records
    run = records.start_run("e.yaml", "", [])
    error = {"code": "0085", "message": "boom"}
    records.step_failed(records.step_started(run, "a", module="m", key="k1"), error, log=["Traceback"])
    records.step_failed(records.step_started(run, "b", module="m", key="k2"), {}, status="cancelled")
    records.steps_skipped(run, [("c", "m", "'a' failed"), ("d", "m", "'a' failed")])
    records.finish_run(run, "failed", "1 step failed")
    assert [(each.name, each.status, each.reason) for each in records.steps(run)] == [
        ("a", "failed", None),
        ("b", "cancelled", None),
        ("c", "skipped", "'a' failed"),
        ("d", "skipped", "'a' failed"),
    ]
    assert records.step(run, "a").error == error
    assert records.run(run).message == "1 step failed"
    assert records.find_reusable_many(["k1", "k2"]) == {}, "what failed is never reused"


def test_a_reused_step_shows_the_outputs_and_the_key_parts_of_the_run_that_made_them(
    workspace: Workspace,
) -> None:
    records = workspace.records
    first = records.start_run("e.yaml", "", [])
    entry = run_step(workspace, first, "a", "key")
    for _ in range(2):
        run = records.start_run("e.yaml", "", [])
        found = records.find_reusable("key")
        assert found is not None
        assert (found.run, found.problem, found.outputs[0].entry) == (first, None, entry)
        records.record_reused_many(run, [("renamed", "m", found, f"same key as run {found.run}")])
    step = records.step(run, "renamed")
    assert (step.status, step.reused_from, step.reason) == ("reused", first, f"same key as run {first}")
    assert step.outputs == records.step(first, "a").outputs
    assert step.key_parts == {"script": "a"}
    last = records.last_step_record("e.yaml", "renamed")
    assert last is not None
    assert (last.run, last.status, last.key, last.key_parts) == (run, "reused", "key", {"script": "a"})


def test_the_last_record_of_a_step_is_that_of_its_experiment_and_not_a_skipped_one(
    workspace: Workspace,
) -> None:
    records = workspace.records
    for experiment, key in (("e.yaml", "old"), ("e.yaml", "new"), ("other.yaml", "other")):
        run_step(workspace, records.start_run(experiment, "", []), "a", key)
    records.steps_skipped(records.start_run("e.yaml", "", []), [("a", "m", "'b' failed")])
    found = records.last_step_records("e.yaml", ["a", "never"])
    assert {name: (each.run, each.key) for name, each in found.items()} == {"a": (2, "new")}
    assert records.last_step_record("none.yaml", "a") is None


@pytest.mark.parametrize("harm", ["gone", "cut", "dropped"])
def test_what_cannot_be_reused_says_why(workspace: Workspace, harm: str) -> None:
    entry = run_step(workspace, workspace.records.start_run("e.yaml", "", []), "a", "key", b"12345")
    path = workspace.store.path(entry.address)
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.chmod(0o600)
        os.truncate(path, 1)
    else:
        workspace.store.drop(entry.address)
    found = workspace.records.find_reusable("key")
    assert found is not None
    said = {"gone": "is gone", "cut": "has 1 bytes, not 5", "dropped": "is no longer kept"}[harm]
    assert found.problem == f"its output 'dataset' {said}"


def test_a_step_without_outputs_is_reusable(workspace: Workspace) -> None:
    step = workspace.records.step_started(workspace.records.start_run("e", "", []), "a", module="m", key="k")
    workspace.records.step_finished(step, [])
    found = workspace.records.find_reusable("k")
    assert found is not None
    assert (found.outputs, found.problem) == ((), None)


def test_a_step_that_was_to_be_reused_can_still_run(workspace: Workspace) -> None:
    records = workspace.records
    entry = run_step(workspace, records.start_run("e.yaml", "", []), "a", "key", b"old")
    run = records.start_run("e.yaml", "", [])
    found = records.find_reusable("key")
    assert found is not None
    records.record_reused_many(run, [("a", "m", found, "same key as run 1")])
    workspace.store.path(entry.address).unlink()
    again = run_step(workspace, run, "a", "key", b"new")
    (step,) = records.steps(run)
    assert (step.status, step.reason, step.reused_from) == ("succeeded", "never ran", None)
    assert [out.entry for out in step.outputs] == [again]


def test_the_newest_success_of_a_key_is_found(workspace: Workspace) -> None:
    records = workspace.records
    for _ in range(3):
        newest = run_step(workspace, records.start_run("e", "", []), "a", "key")
    records.step_failed(records.step_started(records.start_run("e", "", []), "a", module="m", key="key"), {})
    found = records.find_reusable("key")
    assert found is not None
    assert (found.run, found.outputs[0].entry) == (3, newest)


def test_a_cached_plan_of_a_thousand_steps_takes_a_handful_of_statements(workspace: Workspace) -> None:
    from sqlalchemy import event

    records = workspace.records
    first = records.start_run("e", "", [])
    names = {key_of(str(number)): f"s{number}" for number in range(1500)}
    entry = put(workspace, b"shared", key_of("shared"))
    for key, name in names.items():
        step = records.step_started(first, name, module="m", key=key)
        if name in ("s0", "s1499"):
            records.step_finished(
                step, [Output("dataset", "table", entry), Output("dataset2", "table", entry)]
            )
        else:
            records.step_finished(step, [])
    statements: list[str] = []
    event.listen(workspace.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    run = records.start_run("e", "", [])
    found = records.find_reusable_many(names)
    records.record_reused_many(run, [(names[key], "m", each, "same") for key, each in found.items()])
    records.finish_run(run, "succeeded")
    assert len(found) == 1500
    assert len([each for each in statements if not each.startswith(("BEGIN", "PRAGMA"))]) <= 10
    assert [out.port for out in found[key_of("1499")].outputs] == ["dataset", "dataset2"]

    page = records.steps(run)
    rest = records.steps(run, after=page[-1].id)
    assert (len(page), len(rest)) == (1000, 500)
    assert {each.name for each in page + rest} == set(names.values())


def test_runs_are_listed_newest_first_in_pages(workspace: Workspace) -> None:
    for number in range(5):
        run_once(workspace, f"e{number % 2}.yaml")
    assert [each.id for each in workspace.records.runs(limit=2)] == [5, 4]
    assert [each.id for each in workspace.records.runs(limit=2, before=4)] == [3, 2]
    assert [each.id for each in workspace.records.runs(experiment="e1.yaml")] == [4, 2]


def test_a_run_or_step_that_does_not_exist_is_said(workspace: Workspace) -> None:
    with pytest.raises(InputError, match=r"no run 7 in this workspace\. None was made yet"):
        workspace.records.run(7)
    run = workspace.records.start_run("e", "", [])
    with pytest.raises(InputError, match="The newest is run 1"):
        workspace.records.step(7, "a")
    with pytest.raises(InputError, match="Run 1 has no record of a step 'a'"):
        workspace.records.step(run, "a")


def test_runs_open_when_the_host_leaves_are_interrupted(open_workspace: OPEN) -> None:
    first = open_workspace()
    run = first.records.start_run("e.yaml", "", [])
    first.records.step_started(run, "a", module="m", key="k")
    other = open_workspace()
    assert other.records.run(run).status == "running", "the host is alive"
    assert other.notices == ()
    first.close()
    found = other.records.run(run)
    assert (found.status, found.message) == (
        "interrupted",
        "Interrupted: its host closed the workspace before the end.",
    )
    assert other.records.steps(run)[0].status == "interrupted"
    assert open_workspace().notices == ()
