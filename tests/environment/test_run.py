from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from drawloom import run_script
from drawloom.errors import ScriptError
from drawloom.experiment.facade import Experiment

SCRIPT = """\
# /// script
# dependencies = ["toolz=={version}"]
# ///
import pandas as pd
import toolz


def azureml_main(frame=None):
    return pd.DataFrame({{"toolz": [toolz.__version__]}})
"""
PLAIN = (
    "import pandas as pd\nimport toolz\n\n\ndef azureml_main(frame=None):\n"
    + SCRIPT.splitlines()[-1].format()
)

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(drawloom: Path, tmp_path: Path) -> Command:
    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [drawloom, *words],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_one_command_runs_a_script_whose_package_is_not_installed(command: Command, tmp_path: Path) -> None:
    """No other test uses this version: here it has to be fetched and built."""
    (tmp_path / "s.py").write_text(SCRIPT.format(version="0.12.0"))
    first = command("run", "s.py")
    assert (first.returncode, "0.12.0" in first.stdout) == (0, True), first.stderr
    assert "drawloom: resolving toolz==0.12.0" in first.stderr
    assert "drawloom: building an environment with toolz 0.12.0" in first.stderr
    again = command("run", "s.py", DRAWLOOM_OFFLINE="1")
    assert again.stdout == first.stdout
    assert "resolving" not in again.stderr
    assert "building" not in again.stderr


def test_a_wrong_name_ends_with_status_2_and_no_traceback(command: Command, tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(SCRIPT.format(version="99"))
    done = command("run", "s.py")
    assert done.returncode == 2
    assert "There is no version toolz==99" in done.stderr
    assert "Traceback" not in done.stderr


def test_warm_runs_find_each_script_its_own_version() -> None:
    for version in ("0.12.1", "1.0.0", "0.12.1"):
        assert run_script(SCRIPT.format(version=version)).dataset["toolz"].tolist() == [version]


def test_an_environment_may_have_another_version_of_what_is_installed() -> None:
    script = SCRIPT.replace("toolz", "cloudpickle").format(version="3.1.0")
    assert run_script(script).dataset["cloudpickle"].tolist() == ["3.1.0"]


def test_a_missing_module_names_its_package_and_the_command_that_adds_it() -> None:
    with pytest.raises(ScriptError) as raised:
        run_script("import skimage\n\n\ndef azureml_main(frame=None):\n    return frame\n")
    assert "The package scikit-image brings it" in raised.value.remedy
    assert "drawloom env add script.py scikit-image" in raised.value.remedy


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[str], Experiment]:
    (tmp_path / "one.py").write_text(SCRIPT.format(version="0.12.1"))
    (tmp_path / "two.py").write_text(SCRIPT.format(version="1.0.0"))
    (tmp_path / "plain.py").write_text(PLAIN)

    def load(steps: str, head: str = "") -> Experiment:
        (tmp_path / "x.yaml").write_text(f"version: 1\n{head}steps:\n{steps}")
        return Experiment.load(tmp_path / "x.yaml")

    return load


def test_two_steps_of_one_experiment_use_conflicting_versions(
    experiment: Callable[[str], Experiment],
) -> None:
    steps = "  one: {module: execute-python-script, script: one.py}\n"
    steps += "  two: {module: execute-python-script, script: two.py}\n"
    with experiment(steps) as loaded:
        run = loaded.run()
        assert run.status == "ok", {name: step.error for name, step in run.steps.items()}
        found = {name: run.steps[name].dataset["toolz"].tolist() for name in ("one", "two")}
    assert found == {"one": ["0.12.1"], "two": ["1.0.0"]}


def test_a_named_environment_is_part_of_the_key_and_why_names_the_package_that_changed(
    experiment: Callable[..., Experiment], command: Command
) -> None:
    assert command("env", "add", "science", "toolz==0.12.1").returncode == 0
    step = "  plain: {module: execute-python-script, script: plain.py}\n"
    with experiment(step, "environment: science\n") as loaded:
        assert loaded.run().steps["plain"].dataset["toolz"].tolist() == ["0.12.1"]
        assert loaded.run().steps["plain"].status == "reused"
    assert command("env", "add", "science", "toolz==1.0.0").returncode == 0
    with experiment(step, "environment: science\n") as loaded:
        run = loaded.run()
        assert run.steps["plain"].dataset["toolz"].tolist() == ["1.0.0"]
        assert "package toolz 0.12.1 -> 1.0.0" in run.steps["plain"].reason


def test_an_environment_that_is_not_there_is_named(experiment: Callable[[str], Experiment]) -> None:
    step = "  plain: {module: execute-python-script, script: plain.py, environment: scince}\n"
    with experiment(step) as loaded, pytest.raises(Exception, match='no environment "scince"'):
        loaded.plan()


def test_the_command_keeps_environments(command: Command, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("toolz==1.0.0\n")
    assert "toolz 1.0.0" in command("env", "add", "science", "--from", "requirements.txt").stdout
    assert "science" in command("env", "list").stdout
    assert "toolz==1.0.0" in command("env", "show", "science").stdout.splitlines()
    assert "pandas==" in command("env", "show").stdout
    assert command("env", "remove", "science").returncode == 0
    assert command("env", "show", "science").returncode == 2


def test_the_command_adds_a_package_to_a_script(command: Command, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    done = command("env", "add", "plain.py", "toolz==1.0.0")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "plain.py").read_text().endswith(PLAIN)
    assert "1.0.0" in command("run", "plain.py").stdout
