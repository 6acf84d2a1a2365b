"""What a run gave, as text for a reader: plain, within the width, the same when piped."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli.console import harmless
from drawloom.errors import DrawloomError, ScriptError

if TYPE_CHECKING:
    from drawloom.engine.run import RunResult

WIDTH = 80
CHANGES = 5
_WAYS = {"files": "file of ", "in": "input ", "out": "result ", "": ""}


def tables(result: RunResult) -> str:
    """Give the first rows of each table of the result, with its name where there are several."""
    shown = {name: harmless(table.preview).rstrip() for name, table in result.outputs.items()}
    if len(shown) == 1:
        return next(iter(shown.values()))
    return "\n\n".join(f"{harmless(name)}\n{text}" for name, text in shown.items()) or "no table"


def failure(error: DrawloomError, *, script: str) -> str:
    """Give an error: code and sentence, the remedy, then the user's own traceback and the locals there."""
    parts = [f"Error {error.code}: {error.message}"]
    if error.remedy:
        parts.append(error.remedy)
    if isinstance(error, ScriptError):
        if error.traceback:
            parts.append("\n" + error.traceback.rstrip())
        if error.locals:
            at = f" at line {error.line} of {script}" if error.line is not None else ""
            shown = "\n".join(f"  {name} ={_hanging(value)}" for name, value in error.locals.items())
            parts.append(f"\nLocal variables{at}:\n{shown}")
    return harmless("\n".join(parts))


def remarks(result: RunResult, *, folder: Path | None, kept: Sequence[str]) -> Iterator[str]:
    """Give what else a user should know, a line each: notes, changed columns, what was kept and the walls."""
    yield from map(_wrapped, result.notes)
    changed = changes(result.conversions)
    yield from map(_wrapped, changed[:CHANGES])
    if len(changed) > CHANGES:
        yield f"... {len(changed) - CHANGES} more columns changed (--json lists them)"
    match result.walls.get("level"):
        case 0:
            yield "No walls: the script ran in this process, with all your rights."
        case 3:
            yield _wrapped(
                f"Walls without a cgroup ({result.walls['cgroup']}): memory is watched, not walled."
            )
    if folder is not None:
        yield _wrapped(f"kept in {folder}: {', '.join(kept)}")
    elif result.graphics or result.objects:
        things = [name for name, _, _ in result.graphics] + list(result.objects)
        yield _wrapped(f"not kept: {', '.join(things)} (give --out DIR to keep them)")


def changes(conversions: Mapping[str, Any]) -> list[str]:
    """Say what became of each changed column; the report is the worker's, and nobody vouches for its form."""
    try:
        return [
            f"{_WAYS[way]}{port}, column {change['column']!r}: {_change(change)}"
            for way, ports in conversions.items()
            for port, changes in ports.items()
            for change in changes
        ]
    except (AttributeError, KeyError, TypeError):
        return ["The report of changed columns has an unknown form."]


def _change(change: Mapping[str, Any]) -> str:
    said = [f"was called {change['renamed_from']}"] if change["renamed_from"] is not None else []
    if change["type_there"] != change["type_here"]:
        said.append(f"{change['type_there']} became {change['type_here']}")
    if change["missing_before"] != change["missing_after"]:
        said.append(f"{change['missing_before']} missing became {change['missing_after']}")
    return "; ".join([*said, change["note"]] if change["note"] else said)


def _hanging(value: str) -> str:
    return f" {value}" if "\n" not in value else "\n" + textwrap.indent(value, "    ")


def _wrapped(text: str) -> str:
    return textwrap.fill(
        harmless(text), WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
