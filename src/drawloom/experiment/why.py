"""Why a step runs again: the parts of its key that differ from when it last ran, in plain words."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drawloom.experiment.digest import canonical
from drawloom.experiment.keys import FORMAT, KeyParts

MAXIMUM_DIFFERENCES = 3
_MARK = 4


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a step gives something else than before: ``root`` is the step where it began."""

    root: str
    text: str


def own_differences(before: Mapping[str, Any], after: KeyParts) -> Iterator[str]:
    """Name the parts of a key that differ, its inputs left aside.

    Parameters
    ----------
    before
        What `KeyParts.to_dict` gave when the step last ran.
    """
    return recorded_differences(before, after.to_dict())


def recorded_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Name the parts that differ between two keys, both as `KeyParts.to_dict` gave them."""
    if before.get("format") != after.get("format"):
        yield "keys are made in another way (drawloom upgraded)"
        return
    old, new = before["content"], after["content"]
    if old["module"] != new["module"]:
        yield f"module {old['module']} -> {new['module']}"
        return
    yield from _texts(before["lines"], after["lines"], old, new)
    yield from _parameters(old["params"], new["params"])
    yield from _named("bundle file", old["bundle"], new["bundle"])
    for name in sorted(old["files"].keys() | new["files"].keys()):
        yield from _named("file", old["files"].get(name, {}), new["files"].get(name, {}))
    if old["workspace"] != new["workspace"]:
        yield "the dataset in the workspace changed"
    for key, said in (("apply", "apply"), ("compat", "compat"), ("seed", "seed")):
        if old[key] != new[key]:
            yield f"{said} {_shown(old[key])} -> {_shown(new[key])}"
    if old["environment"] != new["environment"]:
        yield from _packages(old["environment"], new["environment"])
    for name in sorted(old["versions"].keys() | new["versions"].keys()):
        if old["versions"].get(name) != new["versions"].get(name):
            yield f"{name} {old['versions'].get(name)} -> {new['versions'].get(name)}"
    if (old["zone"], old["locale"]) != (new["zone"], new["locale"]):
        yield "time zone or locale changed"
    if (old["source"], old["version"]) != (new["source"], new["version"]):
        yield "module source changed (drawloom upgraded)"


def summary(found: list[str]) -> str:
    """Join differences into one reason."""
    shown = "; ".join(found[:MAXIMUM_DIFFERENCES])
    more = len(found) - MAXIMUM_DIFFERENCES
    return f"{shown}; and {more} more" if more > 0 else shown


def _texts(
    lines: Mapping[str, str], lines_now: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[str]:
    own_before = [name for name in lines if name not in old["siblings"]]
    own_now = [name for name in lines_now if name not in new["siblings"]]
    if old["script"] != new["script"]:
        if own_before and own_now:
            yield _text_change(lines[own_before[0]], lines_now[own_now[0]], own_now[0])
        else:
            yield "the script was added" if own_now else "the script was removed"
    for name in sorted(old["siblings"].keys() | new["siblings"].keys()):
        if name not in new["siblings"]:
            yield f"{name} is no longer imported"
        elif name not in old["siblings"]:
            yield f"{name} is imported now"
        elif old["siblings"][name] != new["siblings"][name]:
            yield _text_change(lines.get(name, ""), lines_now[name], name)


@functools.lru_cache(maxsize=1024)
def _text_change(before: str, after: str, name: str) -> str:
    """Name the first lines that differ: "line 12 of rank.py changed"."""
    old = [before[at : at + _MARK] for at in range(0, len(before), _MARK)]
    new = [after[at : at + _MARK] for at in range(0, len(after), _MARK)]
    changes = [
        code
        for code in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if code[0] != "equal"
    ]
    if not changes:
        return f"{name} changed at its line ends"
    kind, old_start, old_end, start, end = changes[0]
    if kind == "delete":
        said = f"{_lines(old_start, old_end)} of {name} {_was(old_end - old_start)} removed"
    elif kind == "insert":
        said = f"{_lines(start, end)} of {name} {_was(end - start)} added"
    else:
        said = f"{_lines(start, end)} of {name} changed"
    return said if len(changes) == 1 else f"{said} (and {len(changes) - 1} more places)"


def _lines(start: int, end: int) -> str:
    return f"line {start + 1}" if end - start == 1 else f"lines {start + 1}-{end}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in new:
        if name not in old:
            yield f"parameter `{name}` {_shown(new[name])} is new"
        elif canonical(old[name]) != canonical(new[name]):
            yield f"parameter `{name}` {_shown(old[name])} -> {_shown(new[name])}"
    for name in old:
        if name not in new:
            yield f"parameter `{name}` was removed"


def _packages(old: Any, new: Any) -> Iterator[str]:
    """Name the packages that differ; where none does, it is the interpreter."""
    before, after = (each.get("packages", {}) if isinstance(each, dict) else {} for each in (old, new))
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not before or not after or not names:
        yield "environment changed"
    for name in names if before and after else ():
        if name not in after:
            yield f"package {name} {before[name]} was removed"
        elif name not in before:
            yield f"package {name} {after[name]} was added"
        else:
            yield f"package {name} {before[name]} -> {after[name]}"


def _named(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield f"{kind} {name} was removed"
        elif name not in old:
            yield f"{kind} {name} was added"
        elif old[name] != new[name]:
            yield f"{kind} {name} changed"


def input_differences(
    before: Mapping[str, Any], after: KeyParts, causes: Mapping[str, Cause]
) -> Iterator[tuple[str, str | None]]:
    """Name the inputs that differ, each with the step that is behind it (None: the wire itself is another).

    Parameters
    ----------
    causes
        For each source whose output is another now, why.
    """
    if before.get("format") != FORMAT or before["content"]["module"] != after.content["module"]:
        return
    old, new = before["content"]["inputs"], after.content["inputs"]
    for port in sorted(old.keys() | new.keys()):
        if port not in new:
            yield f"input `{port}` is no longer connected", None
        elif port not in old:
            yield f"input `{port}` is connected now", None
        elif old[port] != new[port]:
            source, was = after.sources[port], before["sources"].get(port)
            cause = causes.get(source)
            if source != was and old[port][0] != new[port][0]:
                yield f"input `{port}` comes from step {source} now, not from step {was}", None
            elif old[port][0] == new[port][0]:
                yield f"input `{port}` comes from port {new[port][1]} now, not from {old[port][1]}", None
            elif cause is None:
                yield f"input `{port}` changed (step {source} gives something else)", source
            elif cause.root == source:
                yield f"input `{port}` changed (because step {source} ran again: {cause.text})", source
            else:
                said = f"because step {cause.root}, further up, ran again: {cause.text}"
                yield f"input `{port}` changed ({said})", source


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) and (not value or " " in value) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
