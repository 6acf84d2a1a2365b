"""`drawloom dataset`: named, versioned tables of the workspace, imported once."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns, profile
from drawloom.cli import options as common
from drawloom.cli.console import Console, harmless

if TYPE_CHECKING:
    from drawloom.workspace.datasets import Dataset
    from drawloom.workspace.workspace import Workspace

PAGE = 50
_READING = ("format", "delimiter", "decimal", "encoding", "sheet", "missing")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    commands = parser.add_subparsers(dest="do", metavar="add|list|show|export|remove", required=True)
    _configure_add(commands.add_parser("add", help="import a file, as a new dataset or a new version"))
    listing = commands.add_parser("list", help="list the datasets, or the versions of one")
    listing.add_argument("name", metavar="NAME", nargs="?", help="list the versions of this one")
    common.add_limit(listing, PAGE)
    listing.add_argument("--after", metavar="NAME", default="", help="only datasets after this name")
    listing.add_argument("--before", metavar="VERSION", type=common.positive, help="only earlier versions")
    show = commands.add_parser("show", help="show the first rows and the statistics of a dataset")
    export = commands.add_parser("export", help="write a dataset to a CSV, Parquet or Arrow file")
    remove = commands.add_parser("remove", help="remove a dataset or one version of it")
    for each in (show, export, remove):
        each.add_argument("name", metavar="NAME")
        each.add_argument("--version", metavar="N", type=common.positive, help="not the newest but this one")
    show.add_argument("--profile", action="store_true", help="the statistics of its columns")
    export.add_argument("file", metavar="FILE", type=Path, help="the ending tells: .csv, .parquet, .arrow")
    export.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    for name, each in commands.choices.items():
        common.add_workspace(each)
        if name in ("add", "list", "show"):
            each.add_argument("--json", action="store_true", help="print one JSON object")


def _configure_add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="CSV, TSV, Parquet, Arrow, ARFF, Excel, JSON lines, SVMLight")
    add("--name", metavar="NAME", help="what to call it; by default the file's name without its ending")
    add("--format", metavar="FORMAT", help="csv, tsv, parquet, ...; otherwise the ending tells")
    add("--no-header", action="store_true", help="the first line holds data; columns are Col1, Col2, ...")
    add("--delimiter", metavar="CHARACTER", help="otherwise found from the first lines")
    add("--decimal", choices=[".", ","], help="the decimal mark")
    add("--missing", metavar="TEXT", action="append", help="also stands for a missing value; may be repeated")
    add("--encoding", metavar="NAME", help="otherwise UTF-8, or a guess")
    add("--sheet", metavar="NAME", help="of an Excel file; otherwise the first")


def execute(options: argparse.Namespace) -> int:
    """Add, list, show, export or remove."""
    do = {"add": _add, "list": _list, "show": _show, "export": _export, "remove": _remove}[options.do]
    with common.opened(options.workspace, create=options.do == "add") as workspace:
        do(workspace, options)
    return 0


def _add(workspace: Workspace, options: argparse.Namespace) -> None:
    from drawloom.engine import datasets, pools
    from drawloom.engine.work import Walled
    from drawloom.sandbox.worker import WorkLimits

    reading: dict[str, Any] = {
        name: value for name in _READING if (value := getattr(options, name)) is not None
    }
    if options.no_header:
        reading["header"] = False
    limits = WorkLimits(memory_bytes=pools.default_memory_bytes())
    with closing(pools.one_shot_pool()) as pool, Console(sys.stderr).waiting(f"reading {options.file.name}"):
        pool.prepare(pools.PARSE)
        dataset = datasets.add(
            workspace,
            Walled(pool),
            options.file,
            name=options.name or options.file.stem,
            options=reading,
            limits=limits,
        )
    if options.json:
        print(json.dumps(_record(dataset) | {"schema": dataset.schema}, indent=2))
    else:
        print(f"{dataset.name} version {dataset.version}: {_shape(dataset)}")


def _list(workspace: Workspace, options: argparse.Namespace) -> None:
    wanted = options.limit + 1
    if options.name is None:
        found = workspace.datasets.list(wanted, after=options.after)
    else:
        workspace.datasets.get(options.name)
        found = workspace.datasets.versions(options.name, wanted, before=options.before)
    page, more = found[: options.limit], len(found) > options.limit
    if options.json:
        print(json.dumps({"datasets": [_record(each) for each in page], "more": more}, indent=2))
        return
    if not page:
        print("no datasets; `drawloom dataset add FILE` imports one", file=sys.stderr)
        return
    rows = [
        (
            each.name,
            str(each.version),
            columns.shape(each.rows, each.columns),
            columns.size(each.entry.size) if each.entry else "lost",
            columns.moment(each.created_at),
            each.source,
        )
        for each in page
    ]
    header = ("name", "version", "rows x columns", "size", "imported", "from")
    print("\n".join(columns.table(header, rows, right=(1, 2, 3), room=columns.width())))
    if more and options.name is None:
        print(f"... more: drawloom dataset list --after {page[-1].name!r}")
    elif more:
        print(f"... older ones: drawloom dataset list {options.name!r} --before {page[-1].version}")


def _show(workspace: Workspace, options: argparse.Namespace) -> None:
    dataset = workspace.datasets.get(options.name, options.version)
    if options.json:
        kept = {"schema": dataset.schema, "profile": dataset.profile, "preview": dataset.preview}
        print(json.dumps(_record(dataset) | kept, indent=2))
        return
    lost = "" if dataset.entry else " (its content is lost: import the file again)"
    print(harmless(f"{dataset.name} version {dataset.version}, from {dataset.source}{lost}\n"))
    if options.profile:
        print("\n".join(profile.lines(dataset.profile, room=columns.width())))
    else:
        print(harmless(dataset.preview).rstrip())


def _export(workspace: Workspace, options: argparse.Namespace) -> None:
    from drawloom.cli import exporting

    form = exporting.form_of(options.file)
    fd = workspace.datasets.open(options.name, options.version)
    try:
        exporting.write(fd, form, options.file, overwrite=options.overwrite)
    finally:
        os.close(fd)
    print(f"{options.name} is in {options.file}.")


def _remove(workspace: Workspace, options: argparse.Namespace) -> None:
    removed = workspace.datasets.remove(options.name, options.version)
    went = columns.count(removed, "version")
    print(f"{options.name}: {went} removed; runs that used it keep their outputs.")


def _record(dataset: Dataset) -> dict[str, Any]:
    names = ("name", "version", "rows", "columns", "source", "created_at")
    kept = dataset.entry
    return {name: getattr(dataset, name) for name in names} | {"bytes": kept.size if kept else None}


def _shape(dataset: Dataset) -> str:
    return f"{columns.count(dataset.rows, 'row')} x {columns.count(dataset.columns, 'column')}"
