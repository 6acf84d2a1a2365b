"""`drawloom new NAME`: a folder with an experiment that runs, made from a template."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from drawloom.cli import columns
from drawloom.cli.console import harmless
from drawloom.errors import InputError
from drawloom.experiment import document
from drawloom.experiment.problem import did_you_mean

STARTER = "starter"
EXPERIMENT = ".yaml"
LAYOUT = ".layout.yaml"
_NAME = re.compile(r"\w[\w .+-]{0,99}(?<![ .])")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("name", metavar="NAME", type=Path, nargs="?", help="the folder to make")
    parser.add_argument(
        "--template", metavar="T", default=STARTER, help="what to begin with (starter); see --templates"
    )
    parser.add_argument("--templates", action="store_true", help="list the templates")


def execute(options: argparse.Namespace) -> int:
    """Copy the template, its experiment named as the folder."""
    with as_file(files("drawloom") / "templates") as gallery:
        if options.templates:
            rows = [(name, _experiment(gallery / name).description) for name in _names(gallery)]
            print("\n".join(columns.table(("template", "shows"), rows, room=columns.width())))
            return 0
        if options.name is None:
            raise InputError("No folder is named.", code="0003", remedy="Write: drawloom new NAME")
        if options.template not in _names(gallery):
            raise InputError(
                f"There is no template {options.template!r}.",
                code="0001",
                remedy=did_you_mean(options.template, _names(gallery)),
            )
        made = make(gallery / options.template, options.name)
    print(harmless(f"made {options.name}{os.sep}: {', '.join(made)}"))
    run = f"cd {shlex.quote(str(options.name))} && drawloom run {options.name.name}{EXPERIMENT}"
    print(harmless(f"run it: {run}"))
    return 0


def make(template: Path, folder: Path) -> list[str]:
    """Copy a template into a new folder, and give its files; the experiment gets the folder's name.

    Raises
    ------
    InputError
        0002: the folder cannot be named so; 0057: there is something in it; 0048: it cannot be written.
    """
    if not _NAME.fullmatch(folder.name):
        raise InputError(
            f"An experiment cannot be named {folder.name!r}.",
            code="0002",
            remedy="Use letters, digits, spaces and _ . + -; first a letter, a digit or _.",
        )
    stem = _file(template).name.removesuffix(EXPERIMENT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(
                f"{folder} is not empty.", code="0057", remedy="Name a folder that is not there yet."
            )
        made = []
        for name in _kept(template):
            ending = next((each for each in (LAYOUT, EXPERIMENT) if name == f"{stem}{each}"), None)
            target = folder / (f"{folder.name}{ending}" if ending else name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(template / name, target)
            made.append(str(target.relative_to(folder)))
    except OSError as error:
        raise InputError(
            f"{folder} cannot be made ({error.strerror}).", code="0048", remedy="Check the path."
        ) from None
    return sorted(made)


def _names(gallery: Path) -> list[str]:
    return sorted(path.name for path in gallery.iterdir() if path.is_dir())


def _kept(template: Path) -> list[str]:
    """Give the files of a template; what running it in place left there is no part of it."""
    found = []
    for folder, inner, names in os.walk(template):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        found += [
            str((Path(folder) / name).relative_to(template)) for name in names if not name.startswith(".")
        ]
    return sorted(found)


def _file(template: Path) -> Path:
    (path,) = [path for path in template.glob(f"*{EXPERIMENT}") if not path.name.endswith(LAYOUT)]
    return path


def _experiment(template: Path) -> document.Experiment:
    return document.load(_file(template))
