"""`drawloom run` as a user calls it: a real sandbox, the streams, the folder, the exit status."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

DOUBLE = """
def azureml_main(dataframe1, factor: int = 2):
    print("doubling", len(dataframe1), "rows")
    dataframe1["a"] *= factor
    return dataframe1,
"""
FAILING = """
import sys

def azureml_main(dataframe1):
    print("so far so good", file=sys.stderr)
    divisor = 0
    return dataframe1 / (1 // divisor),
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(public_path: Path) -> Callable[[str], Path]:
    """Write a script."""

    def write(text: str) -> Path:
        path = public_path / "script.py"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def table(public_path: Path) -> Path:
    """A file of three rows."""
    path = public_path / "table.csv"
    path.write_text("a,b\n1,x\n2,\n3,z\n")
    return path


@pytest.fixture
def run(public_path: Path, drawloom: Path) -> Run:
    """Call `drawloom run` in a folder of its own."""

    def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [drawloom, "run", *words]
        return subprocess.run(
            command, cwd=public_path, capture_output=True, text=True, timeout=60, check=False
        )

    return call


def test_the_table_goes_to_stdout_and_what_the_script_prints_to_stderr(
    run: Run, script: Callable[[str], Path], table: Path
) -> None:
    done = run(script(DOUBLE), "--dataset1", table, "--param", "factor=10")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "    a  b",
        "int64  string",
        "   10  x",
        "   20  NA",
        "   30  z",
        "3 rows x 2 columns",
    ]
    assert "doubling 3 rows\n" in done.stderr


@pytest.mark.parametrize("walls", [(), ("--no-sandbox",)], ids=["walled", "without walls"])
def test_json_is_the_only_thing_on_stdout(
    run: Run, script: Callable[[str], Path], table: Path, walls: tuple[str, ...]
) -> None:
    done = run(script(DOUBLE), "--dataset1", table, "--json", *walls)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "ok"
    assert result["error"] is None
    assert result["dataset"]["rows"] == 3
    assert [column["name"] for column in result["dataset"]["columns"]] == ["a", "b"]
    assert result["dataset2"] is None
    assert result["graphics"] == []
    assert set(result) >= {"conversions", "walls", "timings"}
    assert "doubling 3 rows" in done.stderr


def test_it_runs_for_root_and_for_an_ordinary_user(
    run_as: Run, drawloom: Path, script: Callable[[str], Path], table: Path
) -> None:
    done = run_as([drawloom, "run", script(DOUBLE), "--dataset1", table, "--json"])
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["dataset"]["rows"] == 3
    assert result["walls"]["level"] >= 3


def test_the_folder_of_out_holds_the_whole_run(
    run: Run, script: Callable[[str], Path], table: Path, public_path: Path
) -> None:
    plot = "import matplotlib.pyplot as plt\n" + DOUBLE.replace(
        "    return", "    plt.plot([1, 2])\n    plt.savefig('line.png')\n    plt.close()\n    return"
    )
    done = run(script(plot), "--dataset1", table, "--out", "out")
    assert done.returncode == 0, done.stderr
    out = public_path / "out"
    assert (out / "dataset.csv").read_text().splitlines() == ["a,b", "2,x", "4,", "6,z"]
    assert (out / "dataset.parquet").read_bytes()[:4] == b"PAR1"
    assert (out / "graphics/line.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "stdout.txt").read_text() == "doubling 3 rows\n"
    assert (out / "stderr.txt").read_text() == ""
    record = json.loads((out / "run.json").read_text())
    assert record["dataset"]["rows"] == 3
    assert [picture["name"] for picture in record["graphics"]] == ["line.png"]


@pytest.mark.parametrize("walls", [(), ("--no-sandbox",)], ids=["walled", "without walls"])
def test_a_failing_script_is_status_1_with_its_own_traceback_and_locals(
    run: Run, script: Callable[[str], Path], table: Path, walls: tuple[str, ...]
) -> None:
    done = run(script(FAILING), "--dataset1", table, *walls)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "so far so good\nError 0085: " in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "divisor = 0" in done.stderr
    assert "drawloom/" not in done.stderr


def test_a_failure_as_json_says_code_line_traceback_and_locals(
    run: Run, script: Callable[[str], Path], table: Path
) -> None:
    done = run(script(FAILING), "--dataset1", table, "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert result["dataset"] is None
    assert result["error"]["code"] == "0085"
    assert result["error"]["line"] == 7
    assert "ZeroDivisionError" in result["error"]["traceback"]
    assert result["error"]["locals"]["divisor"] == "0"


def test_a_missing_file_is_status_2_and_named(run: Run, script: Callable[[str], Path]) -> None:
    done = run(script(DOUBLE), "--dataset1", "absent.csv")
    assert done.returncode == 2
    assert "absent.csv" in done.stderr
    as_json = run(script(DOUBLE), "--dataset1", "absent.csv", "--json")
    assert as_json.returncode == 2
    assert "absent.csv" in json.loads(as_json.stdout)["error"]["message"]


def test_a_missing_script_is_status_2_and_named(run: Run) -> None:
    done = run("absent.py")
    assert done.returncode == 2
    assert "absent.py" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--memory", "much"],
        ["--memory", "0"],
        ["--timeout", "-1"],
        ["--timeout", "nan"],
        ["--param", "novalue"],
        ["--input", "=file"],
        ["--nosuch"],
        ["--dataset1", "table.csv", "--input", "dataset1=table.csv"],
        ["--dataset1", "table.csv", "--param", "nosuch=1"],
        ["--dataset1", "table.csv", "--param", "factor=x"],
    ],
)
def test_bad_usage_is_status_2(
    run: Run, script: Callable[[str], Path], table: Path, words: list[str]
) -> None:
    done = run(script(DOUBLE), *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_over_its_time_is_status_4(run: Run, script: Callable[[str], Path]) -> None:
    started = time.monotonic()
    done = run(script("import time\ndef azureml_main():\n    time.sleep(60)\n"), "--timeout", "1.5", "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["status"] == "failed"
    assert time.monotonic() - started < 30


def test_a_script_over_its_memory_is_status_4(run: Run, script: Callable[[str], Path]) -> None:
    done = run(script("def azureml_main():\n    return bytearray(3 << 30)\n"), "--memory", "512M", "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["error"]["code"] == "0138"


def test_too_few_walls_is_status_3_and_nothing_is_run(
    run: Run, script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWLOOM_MIN_WALLS", "5")
    done = run(script("def azureml_main():\n    print('I ran')\n"))
    assert done.returncode == 3
    assert "I ran" not in done.stderr
    assert "drawloom doctor" in done.stderr


def test_without_walls_it_says_so(run: Run, script: Callable[[str], Path], table: Path) -> None:
    done = run(script(DOUBLE), "--dataset1", table, "--no-sandbox")
    assert done.returncode == 0, done.stderr
    assert "no walls" in done.stderr.lower()


def test_output_appears_while_the_script_runs(
    script: Callable[[str], Path], drawloom: Path, public_path: Path
) -> None:
    text = "import time\ndef azureml_main():\n    print('now')\n    time.sleep(3)\n"
    command = [drawloom, "run", script(text), "--json"]
    with subprocess.Popen(
        command, cwd=public_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert "now\n" in lines
        assert process.poll() is None
        assert process.wait(30) == 0


def test_a_run_of_more_than_a_second_says_that_it_is_running(run: Run, script: Callable[[str], Path]) -> None:
    done = run(script("import time\ndef azureml_main():\n    time.sleep(1.5)\n"))
    assert done.stderr == "drawloom: running script.py ...\n"


def test_a_terminal_gets_no_escape_sequences_of_the_script(
    script: Callable[[str], Path], drawloom: Path, public_path: Path
) -> None:
    text = "def azureml_main():\n    print('\\x1b]0;owned\\x07')\n    return {'a': ['\\x1b[2J']}\n"
    ours, theirs = pty.openpty()
    command = [drawloom, "run", script(text)]
    with subprocess.Popen(command, cwd=public_path, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:
            pass
        assert process.wait(30) == 0
    os.close(ours)
    assert b"owned" in shown
    assert b"\x1b]" not in shown
    assert b"\x1b[2J" not in shown


def test_a_reader_that_leaves_early_is_no_error(
    script: Callable[[str], Path], drawloom: Path, table: Path, public_path: Path
) -> None:
    command = [drawloom, "run", script(DOUBLE), "--dataset1", table]
    with subprocess.Popen(
        command, cwd=public_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(30) == 0


def test_a_second_script_opens_the_object_the_first_one_gave(
    run: Run, script: Callable[[str], Path], public_path: Path
) -> None:
    give = "def azureml_main() -> tuple[None, object]:\n    return None, {'weight': 7}\n"
    done = run(script(give), "--out", "first")
    assert done.returncode == 0, done.stderr
    (pickle,) = (public_path / "first").glob("*.pkl")
    versions = json.loads(pickle.with_suffix(".versions.json").read_text())
    assert "python" in {name.lower() for name in versions}
    take = "def azureml_main(model: object):\n    return {'weight': [model['weight']]}\n"
    done = run(script(take), "--input", f"model={pickle}", "--out", "second")
    assert done.returncode == 0, done.stderr
    assert (public_path / "second/dataset.csv").read_text() == "weight\n7\n"
