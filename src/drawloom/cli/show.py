"""`drawloom show`: a run, a step of it, or what came out at a port."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns, folder, reference, steps
from drawloom.cli import options as common
from drawloom.cli.console import harmless
from drawloom.errors import InputError

if TYPE_CHECKING:
    from drawloom.workspace.runs import Output, Run, Step
    from drawloom.workspace.workspace import Workspace

ROWS = 20
STEPS = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = parser.add_argument
    add("what", metavar=reference.FORM, help="41, 41.rank, 41.rank.dataset; `last` is the newest run")
    add("--profile", action="store_true", help="the statistics of a table's columns, in place of its rows")
    add("--rows", metavar="N", type=common.positive, default=ROWS, help=f"how many rows of a table ({ROWS})")
    add("--log", action="store_true", help="the whole log of a step, and nothing else")
    add("--walls", action="store_true", help="also the walls a step ran behind")
    add(
        "--out",
        metavar="PATH",
        type=Path,
        help="write what came out at a port: a table to a .csv, .parquet or .arrow, pictures to a folder",
    )
    add("--overwrite", action="store_true", help="--out may replace a file")
    add("--limit", metavar="N", type=common.positive, default=STEPS, help=f"how many steps to list ({STEPS})")
    add("--json", action="store_true", help="print one JSON object")
    common.add_workspace(parser)


def execute(options: argparse.Namespace) -> int:
    """Show it."""
    wanted = reference.parse(options.what)
    with common.opened(options.workspace) as workspace:
        run = reference.run_of(workspace, wanted)
        if wanted.step is None:
            _run(workspace, run, options)
            return 0
        step = reference.step_of(workspace, run, wanted.step)
        if wanted.port is None:
            _step(step, options)
        else:
            _port(workspace, step, reference.output_of(step, wanted.port), options)
    return 0


def _run(workspace: Workspace, run: Run, options: argparse.Namespace) -> None:
    recorded = steps.of_run(workspace, run.id)
    if options.json:
        shown = [steps.record(each) for each in recorded]
        print(json.dumps(steps.run_record(run) | {"steps": shown}, indent=2))
        return
    room = columns.width()
    about = [
        ("run", f"{run.id}, {run.status}" + (f": {run.message}" if run.message else "")),
        ("experiment", run.experiment + (f" --to {run.target}" if run.target else "")),
        ("started", columns.moment(run.started_at)),
        ("took", "" if run.finished_at is None else columns.seconds(run.finished_at - run.started_at)),
        ("parameters", ", ".join(f"{name}={value}" for name, value in run.parameters.items())),
    ]
    print("\n".join(columns.pairs(about, room=room)))
    reached = {each.name for each in recorded}
    place = {str(each["name"]): at for at, each in enumerate(run.plan)}
    recorded.sort(key=lambda each: place.get(each.name, len(place)))
    print("\n" + "\n".join(steps.table(recorded[: options.limit], room=room)))
    if len(recorded) > options.limit:
        print(f"... {len(recorded) - options.limit} more steps (--limit)")
    missing = [name for name in place if name not in reached]
    if missing:
        print(f"not reached: {harmless(', '.join(missing[:10]))}" + (", ..." if len(missing) > 10 else ""))


def _step(step: Step, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(steps.record(step) | steps.details(step), indent=2))
    elif options.log:
        print(harmless(steps.log(step)), end="")
    else:
        print("\n".join(steps.lines(step, walls=options.walls, room=columns.width())))


def _port(workspace: Workspace, step: Step, output: Output, options: argparse.Namespace) -> None:
    fd = reference.open_output(workspace, step, output)
    try:
        if options.out is not None:
            _write(fd, step, output, options)
        elif output.kind == "table":
            _table(fd, output, options)
        elif options.json:
            print(json.dumps(steps.output_record(output), indent=2))
        else:
            print("\n".join(_opaque(step, output)))
    finally:
        os.close(fd)


def _table(fd: int, output: Output, options: argparse.Namespace) -> None:
    """Have a child read, render and describe the table: the host decodes none."""
    from drawloom.cli import profile
    from drawloom.engine import pools, tables
    from drawloom.engine.work import Walled
    from drawloom.sandbox.worker import WorkLimits

    room = columns.width()
    with closing(pools.one_shot_pool()) as pool:
        table = tables.validate(
            Walled(pool),
            fd,
            limits=WorkLimits(memory_bytes=pools.default_memory_bytes()),
            preview=(options.rows, room),
            profile=options.profile or options.json,
        )
    if options.json:
        found: dict[str, Any] = {"preview": table.preview, "profile": table.profile}
        print(json.dumps(steps.output_record(output) | found, indent=2))
    elif options.profile:
        print("\n".join(profile.lines(table.profile, room=room)))
    else:
        print(harmless(table.preview).rstrip())


def _opaque(step: Step, output: Output) -> Iterator[str]:
    """Tell of pictures and objects what is known without opening them."""
    if output.kind == "graphics":
        rows = [(each["name"], each["kind"], columns.size(each["size"])) for each in output.schema]
        yield from columns.table(("picture", "kind", "size"), rows, room=columns.width())
        yield f"drawloom show {step.run}.{step.name}.{output.port} --out DIR writes them."
        return
    held = output.entry.size if output.entry else 0
    yield f"{output.kind}, {columns.size(held)}"
    versions = (output.schema or {}).get("versions", {})
    if versions:
        yield harmless("made with " + ", ".join(f"{name} {text}" for name, text in versions.items()))


def _write(fd: int, step: Step, output: Output, options: argparse.Namespace) -> None:
    from drawloom.cli import exporting

    if output.kind == "table":
        exporting.write(fd, exporting.form_of(options.out), options.out, overwrite=options.overwrite)
        print(f"{step.name}.{output.port} is in {options.out}.")
    elif output.kind == "graphics":
        from drawloom.engine import graphics
        from drawloom.sandbox.outputs import new_memory_file

        for name, _, data in graphics.cut(fd, output.schema):
            picture = new_memory_file("picture", data)
            try:
                exporting.place(picture, options.out / folder.plain(name), overwrite=options.overwrite)
            finally:
                os.close(picture)
        print(f"{columns.count(len(output.schema), 'picture')} in {options.out}.")
    else:
        raise InputError(
            f"{output.kind} at {output.port!r} is no table and no picture.",
            code="0002",
            remedy="Models and transformations are opened inside steps only.",
        )
