"""A small catalogue of real `Module` values, and an experiment folder to play with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ConfigDict, Field

from drawloom.errors import ScriptError
from drawloom.experiment.check import Checked, check
from drawloom.experiment.document import load
from drawloom.modules.parameters import NoParameters, Parameters
from drawloom.modules.spec import Module, Port, Ports

WORK = "drawloom.script.work:run"


class ImportData(Parameters):
    path: str | None = Field(None, title="File")
    url: str | None = Field(None, title="URL")


class SplitData(Parameters):
    fraction: float = Field(0.5, ge=0, le=1, title="Fraction")


class Forest(Parameters):
    trees: int = Field(8, gt=0, title="Trees")
    criterion: Literal["gini", "entropy"] = Field("gini", title="Criterion")
    replication: bool = Field(True, title="Replication")


class Label(Parameters):
    label: str = Field(title="Label", description="Name the column to learn.")


class Anything(Parameters):
    model_config = ConfigDict(extra="allow", frozen=True)


class Sql(Parameters):
    script: str = Field(title="SQL Query Script")
    engine: Literal["sqlite", "duckdb"] = Field("sqlite", title="Engine")


def script_ports(settings: Mapping[str, Any]) -> Ports:
    """Ports like a script's: one table for each word `dataset` in it."""
    text = settings["script"]
    if "syntax error" in text:
        raise ScriptError("line 1 is not Python.", line=1)
    tables = tuple(Port(f"dataset{n}", optional=True) for n in (1, 2, 3) if f"dataset{n}" in text)
    return Ports(
        (*tables, Port("bundle", "bundle", optional=True)), (Port("dataset"), Port("object", "object"))
    )


def catalogue() -> dict[str, Module]:
    def module(name: str, parameters: type[Parameters] = NoParameters, **more: Any) -> Module:
        return Module(name, name.title(), "tests", "A module.", parameters, **({"work": WORK} | more))

    table = (Port("dataset"),)
    every = [
        module("import-data", ImportData, outputs=table, reads="path", fetches="url", reuse=_reuse_of_import),
        module("export-data", ImportData, inputs=table, writes="path", reuse="always-run"),
        module("execute-python-script", Anything, ports_from=script_ports),
        module("split-data", SplitData, inputs=table, outputs=(Port("dataset1"), Port("dataset2"))),
        module("two-class-decision-forest", Forest, outputs=(Port("model", "untrained-model"),)),
        module(
            "train-model",
            Label,
            inputs=(Port("model", "untrained-model"), Port("dataset")),
            outputs=(Port("model", "trained-model"),),
        ),
        module("score-model", inputs=(Port("model", "trained-model"), Port("dataset")), outputs=table),
        module(
            "apply-sql-transformation",
            Sql,
            inputs=(Port("t1"), Port("t2", optional=True)),
            outputs=table,
        ),
        module(
            "evaluate-model",
            inputs=(Port("dataset1"), Port("dataset2", optional=True)),
            outputs=table,
        ),
    ]
    return {each.name: each for each in every}


def _reuse_of_import(params: ImportData) -> Literal["by-key", "always-run"]:
    return "always-run" if params.url is not None else "by-key"


DIABETES = """\
version: 1
name: Diabetes risk
environment: default                   # or a name from the workspace; a step may name its own
seed: 876
steps:
  pima:
    module: import-data
    params: {path: data/pima.csv}
  clean:
    module: execute-python-script
    script: clean.py                   # a real file beside this one
    bundle: helpers                    # zip or folder
    inputs: {dataset1: pima}           # port: step, or step.port
    params: {cutoff: "${cutoff}"}
  split:  {module: split-data, inputs: {dataset: clean}, params: {fraction: 0.7}}
  train:  {module: train-model, inputs: {model: forest, dataset: split.dataset1}, params: {label: diabetes}}
  forest: {module: two-class-decision-forest, params: {trees: 50}}
  score:  {module: score-model, inputs: {model: train, dataset: split.dataset2}}
parameters:
  cutoff: {type: number, default: 0}
service:                               # optional: what publishing exposes
  inputs:
    input1: {like: pima, into: [clean.dataset1]}   # request rows enter at clean.dataset1
  outputs: {output1: score}
"""

CLEAN = "def azureml_main(dataset1, cutoff=0):\n    kept = dataset1\n    return kept,\n"


@pytest.fixture(name="catalogue")
def _catalogue() -> dict[str, Module]:
    return catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the diabetes experiment and everything it names."""
    (tmp_path / "data").mkdir()
    (tmp_path / "helpers").mkdir()
    (tmp_path / "data/pima.csv").write_text("age,diabetes\n50,1\n")
    (tmp_path / "helpers/x.py").write_text("X = 1\n")
    (tmp_path / "clean.py").write_text(CLEAN)
    (tmp_path / "diabetes.yaml").write_text(DIABETES)
    return tmp_path


@pytest.fixture
def checked(folder: Path, catalogue: dict[str, Module]) -> Callable[..., Checked]:
    """Check a text as if it were the diabetes file (itself by default)."""

    def run(text: str = DIABETES, **options: Any) -> Checked:
        (folder / "diabetes.yaml").write_bytes(text.encode())
        return check(load(folder / "diabetes.yaml"), catalogue, **options)

    return run


@pytest.fixture
def problems(checked: Callable[..., Checked]) -> Callable[..., list[str]]:
    """Give the problems of a text as a compiler would print them."""

    def run(text: str = DIABETES, **options: Any) -> list[str]:
        return [problem.render("diabetes.yaml") for problem in checked(text, **options).problems]

    return run


@pytest.fixture
def diabetes() -> str:
    """The text of the diabetes experiment."""
    return DIABETES
