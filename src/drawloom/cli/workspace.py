"""`drawloom workspace`: whether the store is what it was, and room for more."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from drawloom.cli import columns
from drawloom.cli import options as common
from drawloom.cli.console import harmless

if TYPE_CHECKING:
    from drawloom.workspace.upkeep import Problem
    from drawloom.workspace.workspace import Workspace

WEEK = 7 * 86_400.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    commands = parser.add_subparsers(dest="do", metavar="check|gc", required=True)
    check = commands.add_parser(
        "check",
        help="read the whole store and compare it with the records",
        description="Read every file of the store and compare it with its checksum. The status is 2 where "
        "something is wrong.",
    )
    check.add_argument(
        "--mend",
        action="store_true",
        help="drop what is damaged (its steps run again), take what is proven, remove what nobody names",
    )
    gc = commands.add_parser(
        "gc",
        help="free what no dataset and no last successful run needs",
        description="Free outputs by age, then by size, least recently used first. Datasets, running runs, "
        "the last successful run of each experiment and what was used within the hour always stay.",
    )
    gc.add_argument(
        "--older-than", metavar="AGE", type=common.age, help="not used for so long, such as 30d (7d)"
    )
    gc.add_argument(
        "--max-size", metavar="SIZE", type=common.size, help="shrink the store to this, such as 20GB"
    )
    gc.add_argument("--dry-run", action="store_true", help="only tell what would go")
    for each in (check, gc):
        each.add_argument("--json", action="store_true", help="print one JSON object")
        common.add_workspace(each)


def execute(options: argparse.Namespace) -> int:
    """Check or collect.

    Returns
    -------
    int
        2 where `check` found something that was not mended.
    """
    with common.opened(options.workspace) as workspace:
        return _check(workspace, options) if options.do == "check" else _collect(workspace, options)


def _check(workspace: Workspace, options: argparse.Namespace) -> int:
    if options.json:
        problems = list(workspace.check(mend=options.mend))
        shown = [
            {
                "kind": each.kind,
                "path": str(each.path),
                "message": each.message,
                "named_by": list(each.named_by),
            }
            for each in problems
        ]
        print(json.dumps({"problems": shown, "mended": options.mend}, indent=2))
        found = len(problems)
    else:
        found = 0
        for problem in workspace.check(mend=options.mend):
            found += 1
            print("\n".join(_lines(problem)))
        entries, held = workspace.store.usage()
        said = f"{columns.count(found, 'problem')}" if found else "no problems"
        done = ", mended" if found and options.mend else ""
        print(f"{columns.count(entries, 'file')}, {columns.size(held)}: {said}{done}")
        if found and not options.mend:
            print("`drawloom workspace check --mend` mends what can be mended.")
    return 2 if found and not options.mend else 0


def _lines(problem: Problem) -> Iterator[str]:
    yield harmless(f"{problem.kind}: {problem.path}: {problem.message}")
    if problem.named_by:
        yield harmless(f"  named by {'; '.join(problem.named_by)}")


def _collect(workspace: Workspace, options: argparse.Namespace) -> int:
    oldest = options.older_than
    if oldest is None and options.max_size is None:
        oldest = WEEK
    freed = workspace.collect(max_age_seconds=oldest, max_bytes=options.max_size, dry_run=options.dry_run)
    if options.json:
        print(
            json.dumps(
                {
                    "freed_entries": freed.freed_entries,
                    "freed_bytes": freed.freed_bytes,
                    "kept_entries": freed.kept_entries,
                    "kept_bytes": freed.kept_bytes,
                    "dry_run": options.dry_run,
                },
                indent=2,
            )
        )
    else:
        did = "would free" if options.dry_run else "freed"
        went = f"{columns.count(freed.freed_entries, 'file')}, {columns.size(freed.freed_bytes)}"
        stays = f"{columns.count(freed.kept_entries, 'file')}, {columns.size(freed.kept_bytes)}"
        print(f"{did} {went}; {'would keep' if options.dry_run else 'kept'} {stays}")
    return 0
