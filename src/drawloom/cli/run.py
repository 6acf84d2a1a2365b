"""`drawloom run SCRIPT.py`: one script on tables, behind walls."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from drawloom.cli import folder, record, report
from drawloom.cli.console import Console
from drawloom.engine.run import RunRequest, RunResult, run
from drawloom.errors import DrawloomError, InputError

PREVIEW_ROWS = 20
PIPED_WIDTH = 80

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = parser.add_argument
    add("script", metavar="SCRIPT.py", type=Path, help="the script; its function azureml_main is called")
    add_inputs(parser)
    add("--timeout", metavar="SECONDS", type=_seconds, help="stop the script after this long (3600)")
    add("--no-sandbox", action="store_true", help="run in this process, without walls (for a debugger)")
    add("--json", action="store_true", help="print one JSON object in place of the table")


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Declare what a script is run with, and where the results go."""
    add = parser.add_argument
    add("--dataset1", metavar="FILE", type=Path, help="the first table: CSV, TSV, Parquet, Arrow, Excel, ...")
    add("--dataset2", metavar="FILE", type=Path, help="the second table")
    add(
        "--input",
        metavar="NAME=FILE",
        type=_input,
        action="append",
        default=[],
        help="feed the port NAME: a table, or an object another script gave (NAME.pkl); may be repeated",
    )
    add("--bundle", metavar="ZIP_OR_FOLDER", type=Path, help="unpacked under `Script Bundle`, importable")
    add(
        "--param",
        metavar="NAME=VALUE",
        type=_pair,
        action="append",
        default=[],
        help="set the parameter NAME of the function; may be repeated",
    )
    add("--out", metavar="DIR", type=Path, help="keep tables, plots, objects and logs in this folder")
    add(
        "--memory",
        metavar="SIZE",
        type=_size,
        help="the memory it may take, such as 512M (14G, or 3/4 of the machine)",
    )
    add(
        "--compat",
        choices=["classic"],
        help="let Python 2 and names that libraries dropped work, with warnings",
    )


def execute(options: argparse.Namespace) -> int:
    """Run the script, show what came out, keep it where asked.

    Returns
    -------
    int
        0, or the exit status of the error the run ended with.
    """
    request = request_of(options)
    console = Console(sys.stderr)
    try:
        # Without walls the streams are the script's own, and such a line would be taken for one of its.
        telling = console.waiting(f"running {options.script.name}") if request.sandbox else nullcontext()
        with telling, _stdout_for_results(options.no_sandbox):
            result = run(request, console.write, tell=lambda text: console.line(f"drawloom: {text} ..."))
    except DrawloomError as error:
        if not options.json:
            raise
        print(json.dumps(record.of_refusal(error), indent=2))
        return error.exit_status
    with closing(result):
        return show(result, options, request, console)


def show(result: RunResult, options: argparse.Namespace, request: RunRequest, console: Console) -> int:
    """Show what came out, keep it where asked; gives the exit status."""
    kept: list[str] = []
    if options.out is not None:
        try:
            kept = folder.write(options.out, request, result)
        except DrawloomError as error:
            result.status, result.error = "failed", result.error or error
    if options.json:
        print(json.dumps(record.of_run(result), indent=2))
    elif result.error is None:
        print(report.tables(result))
    else:
        console.line(report.failure(result.error, script=options.script.name))
    for line in report.remarks(result, folder=options.out, kept=kept):
        console.line(line)
    return 0 if result.error is None else result.error.exit_status


@contextmanager
def _stdout_for_results(no_sandbox: bool) -> Iterator[None]:
    """Send to stderr what a script without walls, which shares our descriptors, writes to stdout."""
    if not no_sandbox:
        yield
        return
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def request_of(options: argparse.Namespace) -> RunRequest:
    """Give what is to be run on what.

    Raises
    ------
    InputError
        0003: an input is given twice.
    """
    inputs: dict[str, Path] = {}
    given = [("dataset1", options.dataset1), ("dataset2", options.dataset2), *options.input]
    for name, path in given:
        if path is None:
            continue
        if name in inputs:
            raise InputError(
                f"The input {name!r} is given twice.", code="0003", remedy="Name each port once."
            )
        inputs[name] = path
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns if sys.stdout.isatty() else PIPED_WIDTH
    limits: dict[str, Any] = {"timeout_seconds": options.timeout, "memory_bytes": options.memory}
    return RunRequest(
        script=options.script,
        inputs=inputs,
        bundle=options.bundle,
        params=dict(options.param),
        sandbox=not options.no_sandbox,
        exports=frozenset({"csv", "parquet"}) if options.out is not None else frozenset(),
        compat=options.compat,
        preview=None if options.json else (PREVIEW_ROWS, width),
        **{name: value for name, value in limits.items() if value is not None},
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _input(text: str) -> tuple[str, Path]:
    name, value = _pair(text)
    return name, Path(value)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    size = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if size <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 512M or 4G")
    return size
