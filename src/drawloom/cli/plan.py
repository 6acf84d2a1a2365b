"""`drawloom plan FILE`: which steps would run, which would be reused, and why."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from drawloom.cli import columns
from drawloom.cli import options as common
from drawloom.experiment.facade import Experiment

STEPS = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="the experiment")
    common.add_choice_of_steps(parser)
    parser.add_argument(
        "--limit", metavar="N", type=common.positive, default=STEPS, help=f"how many steps to list ({STEPS})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    common.add_workspace(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the plan."""
    file, chosen = common.chosen_steps(options)
    with Experiment.load(file, workspace=options.workspace) as experiment:
        common.tell_notices(experiment.workspace)
        plan = experiment.plan(**chosen)
    if options.json:
        print(json.dumps({"steps": plan.to_list()}, indent=2))
        return 0
    rows = [(step.name, "run" if step.runs else "reuse", step.reason) for step in plan.steps]
    print("\n".join(columns.table(("step", "will", "why"), rows[: options.limit], room=columns.width())))
    if len(rows) > options.limit:
        print(f"... {len(rows) - options.limit} more steps (--limit)")
    count = len(plan.to_run)
    print(f"\n{count} of {columns.count(len(rows), 'step')} would run")
    return 0
