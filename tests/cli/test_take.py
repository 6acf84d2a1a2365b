"""`drawloom take`: the folder reproduces the result, or the failure, where there is no drawloom."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.people import Call

NO_DRAWLOOM = "raise ModuleNotFoundError('this machine has no drawloom')\n"


Outcomes = Callable[[Path], list[str]]


@pytest.fixture
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run pytest beneath a folder where drawloom cannot be imported, and give how each test ended."""
    path = tmp_path_factory.mktemp("path")
    (path / "drawloom.py").write_text(NO_DRAWLOOM)

    def run(folder: Path) -> list[str]:
        options = ["-v", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:randomly"]
        command = [sys.executable, "-m", "pytest", *options, *sorted(path.name for path in folder.iterdir())]
        env = {**os.environ, "PYTHONPATH": str(path)}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        return re.findall(r"::\S+ (PASSED|FAILED|ERROR)", done.stdout)

    return run


def changed(home: Path, old: str, new: str) -> None:
    """Put a copy with another script beside what was taken home: its test has to fail."""
    other = home.with_name(f"{home.name}-changed")
    shutil.copytree(home, other)
    script = other / "older.py"
    script.write_text(script.read_text().replace(old, new))


def test_a_step_that_went_well_gives_the_same_at_home(
    call: Call, ran: Path, tmp_path: Path, outcomes: Outcomes
) -> None:
    home = tmp_path / "home"
    said = call("take", "run:2.older", home, cwd=ran)
    assert said.status == 0
    assert sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()) == [
        "expected/dataset.parquet",
        "inputs/dataset1.parquet",
        "older.py",
        "requirements.txt",
        "test_step.py",
    ]
    assert (home / "older.py").read_text() == (ran / "older.py").read_text()
    assert re.search(r"^pandas==\d", (home / "requirements.txt").read_text(), re.MULTILINE)
    assert "drawloom" not in (home / "requirements.txt").read_text()
    changed(home, "+= years", "-= years")
    assert outcomes(tmp_path) == ["PASSED", "FAILED"]


def test_a_step_that_failed_fails_the_same_at_home(call: Call, folder: Path, outcomes: Outcomes) -> None:
    (folder / "older.py").write_text("def azureml_main(frame, years: int = 0):\n    return frame['nmae']\n")
    assert call("run", "people.yaml", cwd=folder).status == 1
    assert call("take", "last.older", "taken/home", cwd=folder).status == 0
    changed(folder / "taken/home", "nmae", "name")
    assert outcomes(folder / "taken") == ["PASSED", "FAILED"]


def test_types_two_inputs_a_bundle_and_imported_files_come_along(
    call: Call, folder: Path, outcomes: Outcomes
) -> None:
    (folder / "older.py").write_text(
        "import pandas as pd\nfrom rules import limit\nfrom shared import words\n\n"
        "def azureml_main(frame, other, years: int = 1, *, note: str = 'x'):\n"
        "    assert str(frame['n'].dtype) == 'Int64'\n"
        "    assert str(frame['kind'].dtype) == 'category'\n"
        "    frame['late'] = pd.to_timedelta(frame['n'].fillna(limit), unit='h')\n"
        "    return frame.set_index('kind'), other.assign(note=words(note, years))\n"
    )
    (folder / "rules.py").write_text("limit = 3\n")
    (folder / "pack").mkdir()
    (folder / "pack/shared.py").write_text("def words(note, years):\n    return note * years\n")
    (folder / "typed.py").write_text(
        "import pandas as pd\n\ndef azureml_main():\n"
        "    n = pd.array([1, None], 'Int64')\n"
        "    return pd.DataFrame({'n': n, 'kind': pd.Categorical(['a', 'b'])})\n"
    )
    (folder / "people.yaml").write_text(
        "version: 1\nname: Types\nsteps:\n"
        "  people: {module: import-data, params: {path: people.csv}}\n"
        "  typed: {module: execute-python-script, script: typed.py}\n"
        "  older:\n    module: execute-python-script\n    script: older.py\n    bundle: pack\n"
        "    inputs: {dataset1: typed, dataset2: people}\n    params: {years: 2, note: it's}\n"
    )
    ran = call("run", "people.yaml", cwd=folder)
    assert ran.status == 0, ran.err
    assert call("take", "1.older", "taken/home", cwd=folder).status == 0
    assert {path.name for path in (folder / "taken/home").iterdir()} >= {"rules.py", "bundle.zip"}
    assert outcomes(folder / "taken") == ["PASSED"]


def test_a_script_that_changed_since_is_not_passed_off_as_the_one_that_ran(call: Call, folder: Path) -> None:
    assert call("run", "people.yaml", cwd=folder).status == 0
    (folder / "older.py").write_text((folder / "older.py").read_text() + "# later\n")
    said = call("take", "1.older", "home", cwd=folder)
    assert said.status == 2
    assert "older.py is not as it was in run 1." in said.err
    assert not (folder / "home").exists()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("run:1", "does not name a step"),
        ("run:1.mean", "'mean' is apply-sql-transformation, and not a Python script."),
        ("run:1.absent", "Run 1 has no step 'absent'."),
    ],
)
def test_what_cannot_be_taken_home_is_said(
    what: str, message: str, call: Call, ran: Path, tmp_path: Path
) -> None:
    said = call("take", what, tmp_path / "home", cwd=ran)
    assert said.status == 2
    assert message in said.err
    assert not (tmp_path / "home").exists()


def test_a_folder_that_is_not_empty_is_left_alone(call: Call, ran: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    said = call("take", "1.older", tmp_path, cwd=ran)
    assert (said.status, f"{tmp_path} is not empty." in said.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
