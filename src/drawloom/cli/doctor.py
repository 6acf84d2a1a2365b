"""`drawloom doctor`: whether steps can be run behind walls here, and if not, why not."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator

from drawloom.cli.console import harmless
from drawloom.errors import SandboxError
from drawloom.sandbox.doctor import Diagnosis, Wall, diagnose

PIPED_WIDTH = 80


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the text")


def execute(options: argparse.Namespace) -> int:
    """Print the diagnosis.

    Returns
    -------
    int
        0 where steps can be run, 3 where a wall they need is missing.
    """
    diagnosis = diagnose()
    if options.json:
        print(json.dumps(diagnosis.to_dict(), indent=2))
    else:
        width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns if sys.stdout.isatty() else PIPED_WIDTH
        print("\n".join(_lines(diagnosis, width)))
    return (
        0 if diagnosis.level >= int(diagnosis.machine["lowest level accepted"]) else SandboxError.exit_status
    )


def _lines(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    column = max(len(name) for name in [*diagnosis.machine, *(wall.name for wall in diagnosis.walls)])
    for name, value in diagnosis.machine.items():
        yield from _row("", name, value, column, width)
    yield ""
    for wall in diagnosis.walls:
        yield from _wall(wall, column, width)
    yield ""
    yield from textwrap.wrap(f"Level {diagnosis.level}, {diagnosis.verdict}.", width)
    if diagnosis.ready_seconds:
        first, following = diagnosis.ready_seconds.values()
        yield f"The first child stood after {first * 1e3:.0f} ms, the next after {following * 1e3:.1f} ms."


def _wall(wall: Wall, column: int, width: int) -> Iterator[str]:
    yield from _row("ok" if wall.stands else "MISSING", wall.name, wall.found, column, width)
    if wall.remedy:
        yield from _row("", "", f"-> {wall.remedy}", column, width)


def _row(mark: str, name: str, text: str, column: int, width: int) -> list[str]:
    start = f"{mark:7}  {name:{column}}  "
    indent = " " * len(start)
    return textwrap.wrap(harmless(text), width, initial_indent=start, subsequent_indent=indent) or [
        start.rstrip()
    ]
