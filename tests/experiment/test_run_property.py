"""Random graphs, random edits, the real runner: never stale, never run again without a reason."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from running import Lab

SOURCES = ("one.csv", "two.csv")
SCRIPTS = ("add.py", "times.py")


@dataclass
class Step:
    """What a step of the model is: a way to compute a list of numbers from others."""

    kind: str
    value: int
    inputs: list[str] = field(default_factory=list)


@dataclass
class Model:
    """An experiment that computes everything anew each time."""

    files: dict[str, int]
    scripts: dict[str, int]
    steps: dict[str, Step]

    def computed(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for name, step in self.steps.items():
            inputs = [found[source] for source in step.inputs]
            if step.kind == "import":
                file = self.files[SOURCES[step.value % 2]]
                found[name] = [file, file + 1]
            elif step.kind == "manual":
                found[name] = [step.value]
            elif step.kind == "sql":
                found[name] = [row + step.value for row in inputs[0]]
            elif step.kind == "rows":
                found[name] = [row for each in inputs for row in each]
            else:
                constant = self.scripts[SCRIPTS[step.value % 2]]
                total = sum(sum(each) for each in inputs)
                found[name] = [total + constant if step.value % 2 == 0 else total * constant]
        return found

    def write(self, lab: Lab) -> None:
        for name, value in self.files.items():
            lab.write(f"data/{name}", f"x\n{value}\n{value + 1}\n")
        for name, constant in self.scripts.items():
            operator = "+" if name == "add.py" else "*"
            lab.write(
                name,
                "import pandas as pd\n\n\ndef azureml_main(one, two=None):\n"
                "    total = sum(int(t['x'].sum()) for t in (one, two) if t is not None)\n"
                f"    return pd.DataFrame({{'x': [total {operator} {constant}]}})\n",
            )
        lab.steps("\n".join(f"{name}: {self._text(step)}" for name, step in self.steps.items()))

    def _text(self, step: Step) -> str:
        ports = {"sql": ["t1"], "rows": ["dataset1", "dataset2"]}.get(step.kind, ["dataset1", "dataset2"])
        wires = ", ".join(f"{port}: {source}" for port, source in zip(ports, step.inputs, strict=False))
        inputs = f"inputs: {{{wires}}}"
        if step.kind == "import":
            return f"{{module: import-data, params: {{path: data/{SOURCES[step.value % 2]}}}}}"
        if step.kind == "manual":
            return f'{{module: enter-data-manually, params: {{data: "x\\n{step.value}\\n"}}}}'
        if step.kind == "sql":
            query = f"select x + {step.value} as x from t1"
            return f'{{module: apply-sql-transformation, {inputs}, params: {{script: "{query}"}}}}'
        if step.kind == "rows":
            return f"{{module: add-rows, {inputs}}}"
        return f"{{module: execute-python-script, script: {SCRIPTS[step.value % 2]}, {inputs}}}"


@st.composite
def models(draw: st.DrawFn) -> Model:
    steps = {"s0": Step(draw(st.sampled_from(["import", "manual"])), draw(st.integers(0, 9)))}
    for number in range(1, draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(["import", "manual", "sql", "rows", "script", "script"]))
        wanted = {"sql": 1, "rows": 2, "script": draw(st.integers(1, 2))}.get(kind, 0)
        inputs = [draw(st.sampled_from(sorted(steps))) for _ in range(wanted)]
        steps[f"s{number}"] = Step(kind, draw(st.integers(0, 9)), inputs)
    return Model(dict.fromkeys(SOURCES, 1) | {"two.csv": 5}, {"add.py": 3, "times.py": 2}, steps)


def edit(model: Model, what: str, where: int, value: int) -> None:
    """Change one thing of an experiment."""
    if what == "file":
        model.files[SOURCES[where % 2]] = value
    elif what == "script":
        model.scripts[SCRIPTS[where % 2]] = value
    elif what == "value":
        list(model.steps.values())[where % len(model.steps)].value = value
    elif what == "wire":
        names = list(model.steps)
        step = model.steps[names[where % len(names)]]
        if step.inputs:
            step.inputs[value % len(step.inputs)] = names[value % (where % len(names))]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["nothing", "file", "script", "value", "wire"]), st.integers(0, 9), st.integers(0, 9)
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes with real children
)
@given(models(), EDITS)
def test_what_is_served_is_what_a_run_from_scratch_gives(
    model: Model, edits: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        before: dict[str, list[int]] = {}
        for what, where, value in [("nothing", 0, 0), *edits]:
            edit(model, what, where, value)
            model.write(lab)
            run = lab.run()
            assert run.error is None
            expected = model.computed()
            assert {name: step.dataset["x"].tolist() for name, step in run.items()} == expected
            assert all(step.reason for step in run.values())
            if before and what == "nothing":
                assert {step.status for step in run.values()} == {"reused"}
            ran = [name for name, step in run.items() if step.status == "ok"]
            if before and ran:
                assert what != "nothing"
                assert not any(run[name].reason == "first run" for name in ran)
            before = expected
        lab.workspace.close()
