"""`drawloom check FILE`: all problems of an experiment at once."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from drawloom.cli import columns
from drawloom.cli import options as common
from drawloom.cli.console import harmless
from drawloom.errors import InputError
from drawloom.experiment.facade import Experiment


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the experiment")
    common.add_param(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Print a line for each problem.

    Returns
    -------
    int
        2 where one of them is an error.
    """
    experiment = Experiment.load(options.file)
    problems = experiment.check(params=dict(options.param))
    if options.json:
        print(json.dumps({"problems": [problem.to_dict() for problem in problems]}, indent=2))
    else:
        for problem in problems:
            print(harmless(problem.render(str(options.file))))
        if not problems:
            print(f"{options.file}: {columns.count(len(experiment.document.steps), 'step')}, no problems")
    return InputError.exit_status if any(problem.severity == "error" for problem in problems) else 0
