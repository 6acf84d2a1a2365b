"""pdb at the line where a script failed, driven by lines on standard input; and runs that want a keyboard."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from drawloom.experiment.facade import Experiment
from drawloom.workspace import Workspace

FAILS = """\
def inner(frame):
    key = "nope"
    return frame[key]


def azureml_main(dataframe1, cutoff: int = 1):
    x = 7
    return inner(dataframe1[dataframe1["a"] > cutoff])
"""
STEPS = """\
version: 1
steps:
  table: {module: enter-data-manually, params: {data: "a\\n1\\n2\\n3\\n"}}
  fails: {module: execute-python-script, script: script.py, inputs: {dataset1: table}, params: {cutoff: 2}}
  works: {module: execute-python-script, script: works.py, inputs: {dataset1: table}}
"""


def _debug(drawloom: Path, folder: Path, typed: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [drawloom, "debug", *words], cwd=folder, input=typed, capture_output=True, text=True, timeout=60
    )


def test_pdb_opens_at_the_failing_line_of_a_script(drawloom: Path, folder: Path) -> None:
    (folder / "script.py").write_text(FAILS)
    typed = "p key\np frame.shape\nwhere\nup\np x\np cutoff\nup\nq\n"
    done = _debug(
        drawloom, folder, typed, "--post-mortem", "script.py", "--dataset1", "t.csv", "--param", "cutoff=2"
    )
    answers = done.stdout.split("(Pdb) ")
    assert "KeyError: 'nope'" in answers[0]
    assert answers[0].endswith("> /w/script.py(3)inner()\n-> return frame[key]\n")
    assert answers[1:3] == ["'nope'\n", "(1, 2)\n"]
    assert "script.py(8)azureml_main()" in answers[3]
    assert "/drawloom/" not in answers[3]
    assert answers[4].startswith("> /w/script.py(8)azureml_main()")
    assert answers[5:8] == ["7\n", "2\n", "*** Oldest frame\n"]
    assert done.returncode == 1
    assert "Error 0085: script.py, line 3, in inner: KeyError: 'nope'" in done.stderr


def test_a_session_without_a_word_ends_by_itself(drawloom: Path, folder: Path) -> None:
    (folder / "script.py").write_text(FAILS)
    done = _debug(drawloom, folder, "", "--post-mortem", "script.py", "--dataset1", "t.csv")
    assert done.returncode == 1
    assert done.stdout.count("(Pdb) ") == 1


def test_the_walls_stand_at_the_prompt_and_nothing_steers_the_terminal(drawloom: Path, folder: Path) -> None:
    (folder / "script.py").write_text(FAILS)
    secret = folder / "secret.txt"
    secret.write_text("the secret")
    typed = (
        f"p open({str(secret)!r}).read()\n"
        "p __import__('socket').socket()\n"
        "p __import__('os').memfd_create('x')\n"
        "!print('\\x1b[2J')\n"
        "q\n"
    )
    done = _debug(drawloom, folder, typed, "--post-mortem", "script.py", "--dataset1", "t.csv")
    answers = done.stdout.split("(Pdb) ")
    assert answers[1].startswith("*** FileNotFoundError")
    assert answers[2].startswith("*** PermissionError")
    assert answers[3].startswith("*** PermissionError")
    assert "\x1b" not in done.stdout


def test_a_script_that_works_gives_its_table(drawloom: Path, folder: Path) -> None:
    (folder / "script.py").write_text("def azureml_main(d):\n    return d\n")
    done = _debug(drawloom, folder, "", "--post-mortem", "script.py", "--dataset1", "t.csv")
    assert done.returncode == 0
    assert "3 rows x 2 columns" in done.stdout
    assert "(Pdb)" not in done.stdout


def test_a_failed_step_of_a_run_is_done_again_on_what_arrived_at_it_then(
    drawloom: Path, folder: Path
) -> None:
    (folder / "script.py").write_text(FAILS)
    (folder / "works.py").write_text("def azureml_main(d):\n    return d\n")
    (folder / "small.yaml").write_text(STEPS)
    with Workspace.open(folder) as workspace:
        run = Experiment.load(folder / "small.yaml", workspace=workspace).run()
        assert {name: step.status for name, step in run.items()} == {
            "table": "ok",
            "fails": "failed",
            "works": "ok",
        }
    done = _debug(drawloom, folder, "p frame['a'].tolist()\nup\np cutoff\nq\n", "run:last.fails")
    answers = done.stdout.split("(Pdb) ")
    assert answers[0].endswith("> /w/script.py(3)inner()\n-> return frame[key]\n")
    assert answers[1] == "[3]\n"
    assert answers[3] == "2\n"
    assert done.returncode == 1
    assert 'Step "fails"' in done.stderr

    done = _debug(drawloom, folder, "", "run:last.works")
    assert (done.returncode, done.stdout) == (0, "")
    assert "did not fail this time" in done.stderr

    for words, said in [
        (["run:last.table"], "not a Python script"),
        (["run:last"], "does not name a step"),
        (["run:last.fails", "--param", "cutoff=1"], "--param is given"),
    ]:
        done = _debug(drawloom, folder, "", *words)
        assert done.returncode == 2
        assert said in done.stderr

    (folder / "script.py").write_text(FAILS + "\n")
    done = _debug(drawloom, folder, "", "run:last.fails")
    assert done.returncode == 2
    assert "script.py is not as it was in run 1" in done.stderr


@pytest.mark.parametrize(
    ("line", "said", "remedy"),
    [
        ("breakpoint()", "breakpoint() was called", "drawloom debug"),
        ("import pdb; pdb.set_trace()", "set_trace() was called", "drawloom debug"),
        ("input('name? ')", "EOF when reading a line", "--param"),
    ],
)
def test_a_run_says_what_to_do_instead_of_waiting_for_a_keyboard(
    drawloom: Path, folder: Path, line: str, said: str, remedy: str
) -> None:
    (folder / "script.py").write_text(f"def azureml_main(d):\n    x = 1\n    {line}\n    return d\n")
    done = subprocess.run(
        [drawloom, "run", "script.py", "--dataset1", "t.csv"], cwd=folder, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Error 0085: script.py, line 3, in azureml_main: " in done.stderr
    assert said in done.stderr
    assert remedy in done.stderr
