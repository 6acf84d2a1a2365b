"""Random graphs, random edits, random runs: never stale, never again without a named reason."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom.experiment import writing
from drawloom.experiment.check import check
from drawloom.experiment.document import load
from drawloom.experiment.keys import Surroundings
from drawloom.experiment.plan import Plan, Planned, plan
from drawloom.modules.spec import Module

KINDS = {
    "import-data": (),
    "execute-python-script": ("dataset1", "dataset2"),
    "evaluate-model": ("dataset1",),
    "split-data": ("dataset",),
}
FILES = ("one.csv", "two.csv")
SCRIPTS = ("one.py", "two.py")
OUTSIDE = "https://host/table.csv"


@dataclass(frozen=True)
class Output:
    """What a step would have computed: its own settings, what it was given, and when if that matters."""

    settings: str
    given: tuple[tuple[str, Any], ...]
    moment: int


@dataclass
class Kept:
    run: int
    output: Output
    problem: str | None = None


@dataclass
class Last:
    run: int
    status: str
    key: str | None
    key_parts: Any


@dataclass
class World:
    """A folder, an experiment as plain values, and a workspace that keeps what each step computed."""

    folder: Path
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    seed: int = 0
    kept: dict[str, Kept] = field(default_factory=dict)
    last: dict[str, Last] = field(default_factory=dict)
    runs: int = 0
    ever: set[Output] = field(default_factory=set)
    has_been_fresh: bool = False

    def find_reusable_many(self, keys: Iterable[str]) -> dict[str, Kept]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def last_step_records(self, experiment: str, names: Iterable[str]) -> dict[str, Last]:
        return {name: self.last[name] for name in names if name in self.last}

    def write(self) -> None:
        lines = ["version: 1", f"seed: {self.seed}", "steps:"]
        lines += [f"  {name}: {writing.flow(step)}" for name, step in self.steps.items()]
        (self.folder / "x.yaml").write_text("\n".join(lines) + "\n")

    def settings_of(self, name: str) -> str:
        """Give all that decides what a step computes, read from the folder anew."""
        step = self.steps[name]
        read = [self.read(step.get("script", "")), self.read(step.get("params", {}).get("path", ""))]
        return json.dumps([step["module"], step.get("params", {}), read, self.seed], sort_keys=True)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text() if name else ""

    def compute(self, step: Planned, outputs: dict[str, Output], anew: bool) -> Output:
        given = tuple((wire.target_port, wire.source_port, outputs[wire.source]) for wire in step.box.wires)
        return Output(self.settings_of(step.name), tuple(sorted(given)), self.runs if anew else 0)

    def go(self, catalogue: dict[str, Module], fail: str | None, **options: Any) -> Plan:
        """Plan, compare the plan with what a run would compute, and run it."""
        self.write()
        graph = check(load(self.folder / "x.yaml"), catalogue).require("x.yaml")
        made = plan(graph, self, Surroundings(lambda box: "lock"), **options)
        self.runs += 1
        outputs: dict[str, Output] = {}
        broken: set[str] = set()
        earlier = set(self.ever)
        for step in made.steps:
            if any(wire.source in broken for wire in step.box.wires):
                broken.add(step.name)
                continue
            if not all(wire.source in outputs for wire in step.box.wires):
                assert not step.runs  # a step that runs has all it needs in the plan
                outputs[step.name] = step.found.output
                continue
            anew = step.reason in ("asked for with --fresh", "uses an outside source")
            self.has_been_fresh |= anew
            output = self.compute(step, outputs, anew)
            if step.runs:
                assert step.reason
                assert self.has_been_fresh or output not in earlier or "failed" in step.reason
            else:
                reused = step.found.output
                assert reused == Output(output.settings, output.given, reused.moment), "stale"
                output = reused
            status = "failed" if step.name == fail and step.runs else "succeeded" if step.runs else "reused"
            self.last[step.name] = Last(
                self.runs, status, step.key, json.loads(json.dumps(step.parts.to_dict()))
            )
            if status == "failed":
                broken.add(step.name)
                continue
            if step.runs:
                self.kept[step.key] = Kept(self.runs, output)
                self.ever.add(output)
            outputs[step.name] = output
        return made


def random_wires(data: Any, world: World, module: str, before: list[str]) -> dict[str, str]:
    wires = {}
    for port in KINDS[module]:
        if before and (port != "dataset2" or data.draw(st.booleans())):
            source = data.draw(st.sampled_from(before))
            splits = world.steps[source]["module"] == "split-data"
            wires[port] = f"{source}.dataset{data.draw(st.integers(1, 2))}" if splits else source
    return wires


def random_step(data: Any, world: World, before: list[str]) -> dict[str, Any]:
    module = data.draw(st.sampled_from(list(KINDS) if before else ["import-data"]))
    step: dict[str, Any] = {"module": module, "inputs": random_wires(data, world, module, before)}
    if module == "import-data":
        source = data.draw(st.sampled_from([*FILES, *FILES, OUTSIDE]))
        step["params"] = {"url" if source == OUTSIDE else "path": source}
    if module == "execute-python-script":
        step |= {"script": data.draw(st.sampled_from(SCRIPTS)), "params": {"x": data.draw(st.integers(0, 2))}}
    return step


def random_edit(data: Any, world: World) -> None:
    name = data.draw(st.sampled_from(list(world.steps)))
    before = list(world.steps)[: list(world.steps).index(name)]
    kind = data.draw(
        st.sampled_from(["nothing", "step", "comment", "script", "file", "seed", "wires", "swap"])
    )
    if kind == "step":
        world.steps[name] = random_step(data, world, before)
        for step in world.steps.values():  # wires into ports it no longer has go to its first one
            for port, wire in step["inputs"].items():
                if wire.partition(".")[0] == name:
                    step["inputs"][port] = name
    elif kind == "comment":
        world.steps[name]["comment"] = data.draw(st.text("ab", min_size=1, max_size=3))
    elif kind == "script":
        path = world.folder / data.draw(st.sampled_from(SCRIPTS))
        path.write_text(f"# dataset1 dataset2\nx = {data.draw(st.integers(0, 2))}\n")
    elif kind == "file":
        path = world.folder / data.draw(st.sampled_from(FILES))
        path.write_text(f"a\n{data.draw(st.integers(0, 2))}\n")
    elif kind == "seed":
        world.seed = data.draw(st.integers(0, 1))
    elif kind == "wires":
        world.steps[name]["inputs"] = random_wires(data, world, world.steps[name]["module"], before)
    elif kind == "swap" and not world.steps[name]["inputs"]:
        world.steps = {name: world.steps.pop(name)} | world.steps  # the order in the file says nothing


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_edits_never_give_a_stale_output_nor_a_run_without_a_reason(
    catalogue: dict[str, Module], data: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for name in FILES:
            (world.folder / name).write_text("a\n0\n")
        for name in SCRIPTS:
            (world.folder / name).write_text("# dataset1 dataset2\n")
        for number in range(data.draw(st.integers(2, 8))):
            world.steps[f"s{number}"] = random_step(data, world, list(world.steps))
        for _ in range(data.draw(st.integers(2, 6))):
            some = st.sampled_from(list(world.steps))
            fail = data.draw(st.one_of(st.none(), st.none(), some))
            options = data.draw(
                st.one_of(
                    st.just({}),
                    st.just({}),
                    st.fixed_dictionaries({"to": some}),
                    st.fixed_dictionaries({"fresh": st.lists(some, max_size=1)}),
                )
            )
            world.go(catalogue, fail, **options)
            if (
                fail is None
                and not options
                and not any(OUTSIDE in str(step) for step in world.steps.values())
            ):
                again = world.go(catalogue, None)
                assert again.to_run == ()
            random_edit(data, world)
