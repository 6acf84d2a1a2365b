"""`drawloom run FILE.yaml`: an experiment, its steps side by side, what is kept reused."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns, live, report, steps
from drawloom.cli import options as common
from drawloom.cli.console import harmless
from drawloom.errors import DrawloomError
from drawloom.experiment.facade import Experiment, Run

if TYPE_CHECKING:
    from drawloom.workspace.runs import Step

FAILURES = 3
INTERRUPTED = 130
STATUSES = ("reused", "ok", "failed", "skipped", "cancelled")
LISTED = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.usage = (
        "drawloom run FILE.yaml [--to STEP | --only STEP] [--fresh [STEP]]\n"
        "                    [--param NAME=VALUE] [--workspace DIR] [--json]"
    )
    parser.add_argument("file", metavar="FILE.yaml", type=Path, nargs="?", help="the experiment")
    common.add_choice_of_steps(parser)
    common.add_workspace(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")


def execute(options: argparse.Namespace) -> int:
    """Run the experiment, and tell of each step how it went and why it ran or not.

    Returns
    -------
    int
        0, or the exit status of the first error; 130 where it was interrupted.
    """
    file, chosen = common.chosen_steps(options)
    try:
        with Experiment.load(file, workspace=options.workspace) as experiment:
            common.tell_notices(experiment.workspace)
            return _run(experiment, chosen, as_json=options.json)
    except DrawloomError as error:
        if not options.json:
            raise
        refusal: dict[str, Any] = {"run": None, "status": "failed", "steps": [], "error": error.to_dict()}
        print(json.dumps(refusal, indent=2))
        return error.exit_status


def _run(experiment: Experiment, chosen: dict[str, Any], *, as_json: bool) -> int:
    started: list[int] = []
    watcher, drawing = _watcher(as_json=as_json)

    def take(event: Any) -> None:
        if not started and hasattr(event, "run"):
            started.append(event.run)
        watcher.take(event)

    try:
        with drawing:
            run = experiment.run(**chosen, on_event=take)
    except KeyboardInterrupt:
        if as_json and started:
            print(json.dumps(_record(experiment, started[0], {}), indent=2))
        elif started:
            print(
                f"Interrupted. Run {started[0]} is recorded as cancelled; what it finished is reused.",
                file=sys.stderr,
            )
        return INTERRUPTED
    if as_json:
        errors = {name: step.error for name, step in run.steps.items() if step.error is not None}
        print(json.dumps(_record(experiment, run.number, errors), indent=2))
    else:
        if isinstance(watcher, live.Drawn):
            recorded = _recorded(experiment, run.number)
            print("\n".join(steps.table(recorded[:LISTED], room=columns.width())))
            if len(recorded) > LISTED:
                print(f"... {len(recorded) - LISTED} more steps: drawloom show {run.number} --limit N")
        print(_summary(run))
        for text in _failures(experiment, run):
            print(f"\n{text}", file=sys.stderr)
    return 0 if run.error is None else run.error.exit_status


def _watcher(*, as_json: bool) -> tuple[live.Watcher, AbstractContextManager[None]]:
    if as_json:
        return live.Silent(), nullcontext()
    if sys.stdout.isatty():
        drawn = live.Drawn(sys.stdout)
        return drawn, drawn.drawing()
    return live.Plain(sys.stdout), nullcontext()


def _recorded(experiment: Experiment, number: int) -> list[Step]:
    """Give the steps of the run as recorded, in the order of the plan."""
    workspace = experiment.workspace
    place = {str(each["name"]): at for at, each in enumerate(workspace.records.run(number).plan)}
    return sorted(steps.of_run(workspace, number), key=lambda step: place.get(step.name, len(place)))


def _record(experiment: Experiment, number: int, errors: dict[str, DrawloomError]) -> dict[str, Any]:
    listed = [
        steps.record(step) | {"error": errors[step.name].to_dict() if step.name in errors else None}
        for step in _recorded(experiment, number)
    ]
    first = next(iter(errors.values()), None)
    run = steps.run_record(experiment.workspace.records.run(number))
    return run | {"steps": listed, "error": None if first is None else first.to_dict()}


def _summary(run: Run) -> str:
    counts = Counter(step.status for step in run.steps.values())
    said = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    return f"run {run.number}: {said or 'no steps'}"


def _failures(experiment: Experiment, run: Run) -> Iterator[str]:
    """Give the errors of the first steps that failed, in full."""
    failed = [step for step in run.steps.values() if step.error is not None]
    for step in failed[:FAILURES]:
        script = experiment.document.steps[step.name].script
        name = script.path if script is not None and script.path else "its script"
        yield report.failure(step.error, script=name) if step.error is not None else ""
    if len(failed) > FAILURES:
        yield harmless(f"{len(failed) - FAILURES} more steps failed: `drawloom show {run.number}`")
