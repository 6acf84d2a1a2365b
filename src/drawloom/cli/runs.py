"""`drawloom runs`: what was run in this workspace, newest first."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns
from drawloom.cli import options as common

if TYPE_CHECKING:
    from drawloom.workspace.runs import Run

PAGE = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "experiment", metavar="FILE", type=Path, nargs="?", help="only runs of this experiment"
    )
    common.add_limit(parser, PAGE)
    parser.add_argument("--before", metavar="RUN", type=common.positive, help="only runs before this one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    common.add_workspace(parser)


def execute(options: argparse.Namespace) -> int:
    """List a page of runs."""
    start = options.experiment.parent if options.experiment is not None else None
    with common.opened(options.workspace, start=start) as workspace:
        experiment = None if options.experiment is None else str(options.experiment.absolute())
        found = workspace.records.runs(options.limit + 1, before=options.before, experiment=experiment)
    page, more = found[: options.limit], len(found) > options.limit
    if options.json:
        print(json.dumps({"runs": [_record(run) for run in page], "more": more}, indent=2))
        return 0
    if not page:
        print("no runs", file=sys.stderr)
        return 0
    rows = [(str(run.id), columns.moment(run.started_at), run.status, _took(run), _what(run)) for run in page]
    header = ("run", "started", "status", "took", "experiment")
    print("\n".join(columns.table(header, rows, right=(0, 3), room=columns.width())))
    if more:
        print(f"... older ones: drawloom runs --before {page[-1].id}")
    return 0


def _record(run: Run) -> dict[str, Any]:
    names = ("experiment", "target", "status", "message", "started_at", "finished_at", "parameters")
    return {"run": run.id} | {name: getattr(run, name) for name in names}


def _took(run: Run) -> str:
    return "" if run.finished_at is None else columns.seconds(run.finished_at - run.started_at)


def _what(run: Run) -> str:
    path = os.path.relpath(run.experiment)
    shown = run.experiment if path.startswith("..") else path
    return f"{shown} --to {run.target}" if run.target else shown
