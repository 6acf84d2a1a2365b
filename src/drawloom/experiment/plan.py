"""Which steps run, which are reused, and why.

A step is reused if the workspace keeps intact outputs under its key. What gives something new each time (a
source outside, `--fresh`) gets a token into its key, so that whatever is made from it runs again as well; the
token stays with the step until it changes, so that the newest result is the one that is reused.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from drawloom.errors import InputError
from drawloom.experiment import fill, why
from drawloom.experiment.check import Box, Graph
from drawloom.experiment.keys import KeyParts, Surroundings, fixed_content, parts_of
from drawloom.experiment.problem import did_you_mean

Everything = Literal["everything"]


class Kept(Protocol):
    """The last successful run of a key, as the workspace finds it."""

    @property
    def run(self) -> int:
        """The number of the run."""
        ...

    @property
    def problem(self) -> str | None:
        """Why its outputs cannot be reused, or None."""
        ...


class Last(Protocol):
    """What a step of the experiment was when it was last planned."""

    @property
    def run(self) -> int:
        """The number of the run."""
        ...

    @property
    def status(self) -> str:
        """How it went: "succeeded", "reused", "failed", "cancelled", "interrupted"."""
        ...

    @property
    def key(self) -> str | None:
        """Its key then."""
        ...

    @property
    def key_parts(self) -> Any:
        """What `KeyParts.to_dict` gave then."""
        ...


class Records(Protocol):
    """What a plan asks the workspace."""

    def find_reusable_many(self, keys: Iterable[str]) -> Mapping[str, Any]:
        """Give what is `Kept` under each key that has something."""
        ...

    def last_step_records(self, experiment: str, names: Iterable[str]) -> Mapping[str, Any]:
        """Give the `Last` record of each step that has one."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of a step: ``found`` is what is reused, None where it runs."""

    box: Box
    key: str
    parts: KeyParts
    reason: str
    found: Any

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.box.name

    @property
    def runs(self) -> bool:
        """Whether the step runs."""
        return self.found is None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that a target needs, each after its sources."""

    graph: Graph
    target: str
    steps: tuple[Planned, ...]

    def __getitem__(self, name: str) -> Planned:
        """Give one step of the plan."""
        return next(step for step in self.steps if step.name == name)

    @property
    def to_run(self) -> tuple[Planned, ...]:
        """The steps that run."""
        return tuple(step for step in self.steps if step.runs)

    def to_list(self) -> list[dict[str, Any]]:
        """Give the plan as plain JSON values."""
        return [
            {
                "name": step.name,
                "module": step.box.module.name,
                "action": "run" if step.runs else "reuse",
                "reason": step.reason,
                "key": step.key,
            }
            for step in self.steps
        ]


def plan(
    graph: Graph,
    records: Records,
    around: Surroundings,
    *,
    experiment: str = "",
    to: str | None = None,
    only: str | None = None,
    fresh: Collection[str] | Everything = (),
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    experiment
        What tells the experiment from others in the workspace; the path of its file if empty.
    to
        Only this step and what it needs. What it needs runs only if its output is wanted and not kept.
    only
        Only this step; all its inputs have to be kept for what they are now.
    fresh
        Steps that run even if their outputs are kept, or "everything".

    Raises
    ------
    InputError
        0001: a step that does not exist; 0003: a parameter without a value, or an input that is not kept.
    """
    names = graph.boxes
    for name in [*filter(None, (to, only)), *(() if fresh == "everything" else fresh)]:
        if name not in names:
            raise InputError(
                f'The experiment has no step "{name}".', code="0001", remedy=did_you_mean(name, names)
            )
    target = only or to
    needed = list(names) if target is None else [name for name in names if name in _upstream(graph, target)]
    _require_values(graph, [target] if only and target else needed)
    last = dict(records.last_step_records(experiment or str(graph.experiment.path.absolute()), needed))
    anew = dict(_anew(graph, needed, fresh, only))
    parts, keys = _keys(graph, needed, around, last, anew)
    kept = records.find_reusable_many(keys[name] for name in needed if name not in anew)
    planned = _reasons(graph, needed, parts, keys, last, anew, kept)
    wanted = set(needed) if target is None else _wanted(planned, target, only)
    if only is None:
        wanted |= {name for name in needed if not planned[name].runs}
    return Plan(graph, target or "", tuple(planned[name] for name in needed if name in wanted))


def _anew(
    graph: Graph, needed: list[str], fresh: Collection[str] | Everything, only: str | None
) -> Iterator[tuple[str, str]]:
    """Give the steps that run whatever is kept, and why; with `only`, its sources stay as they were."""
    for name in needed:
        box = graph.boxes[name]
        if fresh == "everything" or name in fresh:
            yield name, "asked for with --fresh"
        elif only is not None and name != only:
            continue
        elif box.module.reuse_of(box.parameters) == "always-run":
            yield name, "writes outside the workspace" if box.module.writes else "uses an outside source"


def _keys(
    graph: Graph,
    needed: list[str],
    around: Surroundings,
    last: Mapping[str, Last],
    anew: Mapping[str, str],
) -> tuple[dict[str, KeyParts], dict[str, str]]:
    parts: dict[str, KeyParts] = {}
    keys: dict[str, str] = {}
    for name in needed:
        box = graph.boxes[name]
        fixed = fixed_content(box, graph, around)
        made = parts_of(box, keys, fixed, secrets.token_hex(8) if name in anew else "")
        key = made.key
        before = last.get(name)
        token = before.key_parts.get("token") if before is not None and before.key_parts else ""
        if token and before is not None and name not in anew:
            same = parts_of(box, keys, fixed, token)
            if same.key == before.key:
                made, key = same, same.key
        parts[name], keys[name] = made, key
    return parts, keys


def _reasons(
    graph: Graph,
    needed: list[str],
    parts: Mapping[str, KeyParts],
    keys: Mapping[str, str],
    last: Mapping[str, Last],
    anew: Mapping[str, str],
    kept: Mapping[str, Kept],
) -> dict[str, Planned]:
    planned: dict[str, Planned] = {}
    causes: dict[str, why.Cause] = {}
    for name in needed:
        key, before, found = keys[name], last.get(name), kept.get(keys[name])
        change = None
        if name in anew:
            change = why.Cause(name, anew[name]), anew[name]
        elif before is None or before.key != key:
            change = _change(before, parts[name], causes)
        if change is not None:
            causes[name] = change[0]
        if name not in anew and found is not None and found.problem is None:
            reason = f"same as in run {found.run}"
        else:
            reason, found = change[1] if change is not None else _without_change(before, found), None
        planned[name] = Planned(graph.boxes[name], key, parts[name], reason, found)
    return planned


def _change(before: Last | None, parts: KeyParts, causes: Mapping[str, why.Cause]) -> tuple[why.Cause, str]:
    """Say why a key is another than before: where that began, and the step's own reason."""
    name = parts.name
    if before is None:
        return why.Cause(name, "first run"), "first run"
    if not before.key_parts:
        said = f"run {before.run} did not come to it"
        return why.Cause(name, said), said
    own = list(why.own_differences(before.key_parts, parts))
    inputs = list(why.input_differences(before.key_parts, parts, causes))
    reason = why.summary([*own, *(said for said, _ in inputs)])
    roots = [causes[source] for _, source in inputs if source is not None and source in causes]
    if not own and roots:
        return roots[0], reason
    return why.Cause(name, why.summary(own) if own else reason), reason


def _without_change(before: Last | None, found: Kept | None) -> str:
    """Say why a step runs though its key is as before."""
    if found is not None and found.problem is not None:
        return f"the stored output was changed on disk: {found.problem}"
    if before is not None and before.status not in ("succeeded", "reused"):
        said = {"cancelled": "was cancelled", "interrupted": "was interrupted", "running": "did not finish"}
        return f"it {said.get(before.status, 'failed')} in run {before.run}"
    return "its stored output is gone"


def _wanted(planned: Mapping[str, Planned], target: str, only: str | None) -> set[str]:
    """Go from the target to its sources, and on through those that run: nothing else is needed."""
    wanted: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        step = planned[name]
        if not step.runs:
            continue
        if only is not None and name != only:
            raise InputError(
                f'"{only}" alone cannot run: its input from "{name}" is not kept ({step.reason}).',
                code="0003",
                remedy=f"Run what it needs too: --to {only}",
            )
        waiting.extend(wire.source for wire in step.box.wires)
    return wanted


def _upstream(graph: Graph, target: str) -> set[str]:
    found: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(wire.source for wire in graph.boxes[name].wires)
    return found


def _require_values(graph: Graph, needed: Iterable[str]) -> None:
    for name in needed:
        for _, text in fill.placeholders(graph.boxes[name].step.parameters):
            whole = fill.WHOLE.fullmatch(text)
            if whole and whole[1] not in graph.values:
                raise InputError(
                    f'The parameter "{whole[1]}" has no value.',
                    code="0003",
                    remedy=f"Give one: --param {whole[1]}=VALUE, or a default in the file.",
                )
