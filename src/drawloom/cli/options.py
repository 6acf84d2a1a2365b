"""What several commands have in common: the workspace they look into, pages, and their own sub-commands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli.console import harmless
from drawloom.errors import InputError

if TYPE_CHECKING:
    from drawloom.workspace.workspace import Workspace

_EVERYTHING = ""
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?")
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Declare `--workspace`."""
    parser.add_argument(
        "--workspace",
        metavar="DIR",
        type=Path,
        help="the folder that holds .drawloom; by default the nearest one from here upwards",
    )


def add_param(parser: argparse.ArgumentParser) -> None:
    """Declare `--param`."""
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        type=pair,
        action="append",
        default=[],
        help="a parameter of the experiment; may be repeated",
    )


def add_choice_of_steps(parser: argparse.ArgumentParser) -> None:
    """Declare the options that tell which steps are to run; `chosen_steps` reads them, and the file."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--to", metavar="STEP", help="only this step and what it needs")
    one.add_argument("--only", metavar="STEP", help="only this step; what it needs has to be kept")
    parser.add_argument(
        "--fresh",
        metavar="STEP",
        nargs="?",
        const=_EVERYTHING,
        action="append",
        default=[],
        help="run it even if its outputs are kept; without STEP, all of them; may be repeated",
    )
    add_param(parser)


def chosen_steps(options: argparse.Namespace) -> tuple[Path, dict[str, Any]]:
    """Give the experiment file, and the arguments for `Experiment.plan` and `.run`.

    `--fresh FILE.yaml` means the file, not a step of this name.

    Raises
    ------
    InputError
        0003: no file is named.
    """
    file: Path | None = options.file
    fresh = list(options.fresh)
    if file is None and fresh and fresh[-1] != _EVERYTHING:
        file, fresh[-1] = Path(fresh[-1]), _EVERYTHING
    if file is None:
        raise InputError("No experiment is named.", code="0003", remedy="Give the path of a .yaml file.")
    return file, {
        "to": options.to,
        "only": options.only,
        "fresh": "everything" if _EVERYTHING in fresh else fresh,
        "params": dict(options.param),
    }


def add_limit(parser: argparse.ArgumentParser, default: int) -> None:
    """Declare `--limit`."""
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=default, help=f"how many to list ({default})"
    )


@contextmanager
def opened(folder: Path | None, *, create: bool = False, start: Path | None = None) -> Iterator[Workspace]:
    """Open the workspace, tell on stderr what was found and mended in it, and close it at the end."""
    from drawloom.workspace.workspace import Workspace

    with Workspace.open(folder, start=start, create=create) as workspace:
        tell_notices(workspace)
        yield workspace


def tell_notices(workspace: Workspace) -> None:
    """Say on stderr what was found and mended while the workspace was opened."""
    for notice in workspace.notices:
        print(harmless(notice), file=sys.stderr)


def positive(text: str) -> int:
    """Read a whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def size(text: str) -> int:
    """Read a number of bytes: "500MB", "2GiB"."""
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500MB or 2GiB")
    step: float = 1024 if found[3] else 1000
    return round(float(found[1]) * step ** " kmgt".index(found[2] or " "))


def age(text: str) -> float:
    """Read a length of time in seconds: "12h", "30d"."""
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an age such as 12h, 30d or 4w")
    return float(found[1]) * _SECONDS[found[2]]


def pair(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
