"""`drawloom take run:RUN.STEP DIR`: a step as a folder that plain Python runs."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from drawloom.cli import options as common
from drawloom.cli import reference
from drawloom.cli.console import harmless
from drawloom.errors import InputError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.description = (
        "Take a step home: its script, its inputs as Parquet, the versions of its packages, and a pytest "
        "that reproduces its result or its failure. Nothing in the folder needs drawloom."
    )
    parser.add_argument("what", metavar="run:RUN.STEP", help="such as run:41.rank; `last` is the newest run")
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is not there yet")
    common.add_workspace(parser)


def execute(options: argparse.Namespace) -> int:
    """Take it."""
    from drawloom.engine import pools
    from drawloom.engine.work import Walled
    from drawloom.experiment import take_home
    from drawloom.sandbox.worker import WorkLimits

    wanted = reference.parse(options.what)
    if wanted.step is None or wanted.port is not None:
        raise InputError(
            f"{options.what!r} does not name a step.",
            code="0002",
            remedy="Write run:RUN.STEP, such as run:41.rank.",
        )
    with common.opened(options.workspace) as workspace, closing(pools.one_shot_pool()) as pool:
        run = reference.run_of(workspace, wanted)
        step = reference.step_of(workspace, run, wanted.step)
        limits = WorkLimits(memory_bytes=pools.default_memory_bytes())
        files = take_home.take(workspace, Walled(pool), run, step, options.folder, limits=limits)
    print(harmless(f"{options.folder}: {', '.join(sorted(files))}"))
    print(harmless(f"prove it: pytest {options.folder / take_home.TEST}"))
    return 0
