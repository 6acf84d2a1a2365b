"""Each experiment among the examples runs, is reused as a whole, and runs again from where it was edited."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import drawloom

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EXPERIMENTS = sorted(path for path in EXAMPLES.glob("*/*.yaml") if not path.name.endswith(".layout.yaml"))
BY_HAND = """
  python:
    module: execute-python-script
    script: by_hand.py
    inputs: {dataset1: cars, dataset2: makes}
  sql:
    module: apply-sql-transformation
    script: by_hand.sql
    inputs: {t1: cars, t2: makes}
"""
PYTHON = """
import numpy as np

GROUPS = {"two": "few", "three": "few", "four": "few", "five": "six", "six": "six"}

def azureml_main(cars, makes):
    cars = cars.merge(makes, on="make_id", how="left").drop(columns=["make_id", "losses"])
    cars["cylinders"] = cars["cylinders"].map(lambda count: GROUPS.get(count, "many"))
    cars = cars.dropna().drop_duplicates()
    cars["Ln(price)"] = np.log(cars["price"])
    return cars[cars["horsepower"] <= 190]
"""
SQL = """
create table complete as
select distinct fuel, doors,
  case when cylinders in ('two', 'three', 'four') then 'few'
       when cylinders in ('five', 'six') then 'six' else 'many' end as cylinders,
  horsepower, weight, length, mpg, price, make
from t1 left join t2 on t2.make_id = t1.make_id
where doors is not null and horsepower is not null and price is not null and make is not null;
select *, log(price) as "Ln(price)" from complete where horsepower <= 190;
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(drawloom: Path) -> Run:
    """Run an experiment by the command, and give its record."""

    def call(file: Path) -> dict[str, Any]:
        command = [drawloom, "run", file, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        record: dict[str, Any] = json.loads(done.stdout)
        return record

    return call


@pytest.mark.parametrize("example", EXPERIMENTS, ids=lambda path: path.stem)
def test_it_runs_and_then_every_step_is_reused(example: Path, run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(example.parent, tmp_path / "here", ignore=shutil.ignore_patterns(".drawloom"))
    first = run(folder / example.name)
    assert {step["status"] for step in first["steps"]} == {"ok"}
    again = run(folder / example.name)
    assert {(step["status"], step["reason"]) for step in again["steps"]} == {("reused", "same as in run 1")}


def test_an_edited_line_runs_its_step_and_what_depends_on_it(run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "pima", tmp_path / "pima", ignore=shutil.ignore_patterns(".drawloom"))
    run(folder / "diabetes.yaml")
    script = folder / "keep_best.py"
    script.write_text(script.read_text().replace("[[*best, label]]", "[[label, *best]]"))
    steps = {step["name"]: step for step in run(folder / "diabetes.yaml")["steps"]}
    ran = {name for name, step in steps.items() if step["status"] == "ok"}
    assert ran == {"keep", "split", "train", "score", "evaluate"}
    assert steps["keep"]["reason"] == "line 6 of keep_best.py changed"


def test_cars_prepared_by_modules_by_python_and_by_sql_are_the_same(tmp_path: Path) -> None:
    folder = shutil.copytree(
        EXAMPLES / "automobile", tmp_path / "here", ignore=shutil.ignore_patterns(".drawloom")
    )
    (folder / "by_hand.py").write_text(PYTHON)
    (folder / "by_hand.sql").write_text(SQL)
    with (folder / "automobile.yaml").open("a") as file:
        file.write(BY_HAND)
    with drawloom.Experiment.load(folder / "automobile.yaml") as experiment:
        done = experiment.run()
        assert done.error is None
        rows = {name: len(done[name].dataset) for name in ("join", "complete", "once", "usual")}
        modules, python, sql = (done[name].dataset for name in ("usual", "python", "sql"))
        (measured,) = done["evaluate"].dataset["Coefficient of Determination"]
    assert rows == {"join": 230, "complete": 220, "once": 210, "usual": 200}
    by = ["price", "weight", "length"]
    modules, python, sql = (frame.sort_values(by, ignore_index=True) for frame in (modules, python, sql))
    pd.testing.assert_frame_equal(
        modules, python[list(modules)], check_dtype=False, check_categorical=False, check_exact=True
    )
    np.testing.assert_allclose(sql["Ln(price)"], modules["Ln(price)"], rtol=1e-12)
    assert sql["make"].tolist() == modules["make"].tolist()
    assert measured > 0.8


@pytest.mark.parametrize("name", ["automobile", "workflow"])
def test_the_data_are_what_their_script_draws(name: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / name / "make_data.py", tmp_path)
    runpy.run_path(str(tmp_path / "make_data.py"), run_name="__main__")
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in (EXAMPLES / name).glob("*.csv")}
