"""`drawloom diff RUN RUN`: what differs between two runs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns, reference, steps
from drawloom.cli import options as common
from drawloom.errors import InputError

if TYPE_CHECKING:
    from drawloom.experiment.compare import Difference

SHOWN = 200
HEADINGS = {
    "parameter": "parameters",
    "graph": "graph",
    "step": "steps",
    "status": "status",
    "rows": "rows x columns",
    "value": "values of small tables",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    for name in ("one", "other"):
        parser.add_argument(name, metavar="RUN", help="its number, or `last`")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=common.positive,
        default=SHOWN,
        help=f"how many to tell of each kind ({SHOWN})",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    common.add_workspace(parser)


def execute(options: argparse.Namespace) -> int:
    """Compare them."""
    from drawloom.engine import pools
    from drawloom.engine.work import Walled
    from drawloom.experiment.compare import compare, reader

    with common.opened(options.workspace) as workspace, closing(pools.one_shot_pool()) as pool:
        runs = []
        for text in (options.one, options.other):
            wanted = reference.parse(text)
            if wanted.step is not None:
                raise InputError(
                    f"{text!r} is more than a run.", code="0002", remedy="Write its number alone."
                )
            runs.append(reference.run_of(workspace, wanted))
        one, other = runs
        before, after = ({step.name: step for step in steps.of_run(workspace, run.id)} for run in runs)
        found = compare(workspace, one, other, before, after, reader(workspace, Walled(pool)))
    if options.json:
        said = {"runs": [steps.run_record(run) for run in runs]}
        print(json.dumps(said | {"differences": [each.to_dict() for each in found]}, indent=2))
        return 0
    for run in runs:
        print(f"run {run.id}, {columns.moment(run.started_at)}, {run.status}: {run.experiment}")
    print("\n".join(_lines(found, options.limit)) if found else "\nno differences")
    return 0


def _lines(found: list[Difference], limit: int) -> Iterator[str]:
    order = list(HEADINGS)
    by_kind = sorted(found, key=lambda each: order.index(each.kind))
    for kind, group in groupby(by_kind, key=lambda each: each.kind):
        differences = list(group)
        yield f"\n{HEADINGS[kind]}"
        rows = [(f"  {each.what}", _change(each)) for each in differences[:limit]]
        yield from columns.pairs(rows, room=columns.width())
        if len(differences) > limit:
            yield f"  ... {len(differences) - limit} more (--limit)"


def _change(difference: Difference) -> str:
    before, after = difference.before, difference.after
    if difference.kind == "step":
        return str(after)
    if before is None or after is None:
        return f"new: {after}" if before is None else f"gone: {before}"
    said = f"{_value(before)} -> {_value(after)}"
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    return f"{said} ({after - before:+.3g})" if numbers else said


def _value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
