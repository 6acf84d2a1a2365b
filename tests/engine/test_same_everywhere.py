"""One script, one table, four places: bits, types, missing values, printed text and pictures are the same."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import importlib.util
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from drawloom import run_script
from drawloom.sandbox.outputs import new_memory_file
from drawloom.table import bridge

from table.strategies import assert_same  # isort: skip

SCRIPT = '''
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd


def azureml_main(frame, factor: float = 0.5):
    """Touch every column, seed what is random, print, warn and draw."""
    print("columns:", frame.dtypes.to_dict())
    print(frame.to_string())
    print("to stderr", len(frame), file=sys.stderr)
    np.random.seed(7)
    random = np.random.default_rng(7)
    frame["legacy"] = np.random.rand(len(frame))
    frame["normal"] = random.normal(size=len(frame)) * factor
    frame["float64"] = frame["float64"].cumsum() / 3
    frame["int8"] += 1
    frame["Int64"] = frame["Int64"] * 3
    frame["str"] = frame["str"].str.upper()
    frame["zoned"] += pd.Timedelta(days=1)
    square = frame[["float32", "legacy", "normal"]].fillna(0).clip(-9, 9).to_numpy(dtype="float64")
    product = square @ square.T
    frame["product"] = product.diagonal()
    frame.loc[1, "float64"] = np.nan
    groups = frame.groupby("category", observed=False)[["int64", "normal"]].agg(["mean", "sum"])
    figure, axes = plt.subplots(figsize=(2, 2), dpi=40)
    axes.plot(frame["normal"])
    figure.savefig("line.png", metadata={"Software": None})
    plt.close(figure)
    return frame, groups.reset_index()
'''


def _frame() -> pd.DataFrame:
    day, price = datetime.date(2026, 2, 28), decimal.Decimal("-1.25")
    texts = ["2026-03-29 00:30", None, "1969-12-31 23:59:59.123456", "2030-01-01"]
    times = pd.to_datetime(pd.Series(texts), format="ISO8601")
    return pd.DataFrame(
        {
            "float64": [0.1, np.nan, np.inf, -0.0],
            "float32": np.array([0.1, np.nan, -np.inf, 1e-40], "f4"),
            "int8": np.array([-128, 0, 1, 126], "i1"),
            "int64": [2**62, -1, 0, 3],
            "uint64": np.array([2**64 - 1, 0, 1, 2], "u8"),
            "bool": [True, False, True, False],
            "boolean": pd.array([True, None, False, None], "boolean"),
            "Int64": pd.array([2**60, None, 3, 4], "Int64"),
            "Float64": pd.array([0.5, None, 3.0, 4.0], "Float64"),
            "str": pd.array(["straße", None, "", "\U0001f9f5"], "str"),
            "category": pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "unused"], ordered=True),
            "numbers": pd.Categorical([30, 10, None, 30]),
            "time": times,
            "zoned": times.dt.tz_localize("Europe/Berlin"),
            "delta": pd.to_timedelta(pd.Series([1, None, -5, 10**15]), unit="ns"),
            "date": pd.Series([day, None, day, day], dtype=object),
            "decimal": pd.Series([price, None, price * 3, None], dtype=object),
            "bytes": pd.Series([b"\0\xff", None, b"", b"x"], dtype=object),
            "list": pd.Series([[1, 2], None, [], [3]], dtype=object),
        }
    )


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("same") / "everything.py"
    path.write_text(SCRIPT)
    return path


class Direct:
    """What the function gives where it is simply called."""

    def __init__(self, script: Path, folder: Path) -> None:
        spec = importlib.util.spec_from_file_location("everything", script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            spec.loader.exec_module(module)
            self.dataset, groups = module.azureml_main(_frame())
        # The documented mapping: names go through str, and the categories of a group column stay.
        self.dataset2 = groups.set_axis([str(name) for name in groups.columns], axis=1)
        self.stdout, self.stderr = out.getvalue(), err.getvalue()
        self.picture = (folder / "line.png").read_bytes()


@pytest.fixture(scope="module")
def direct(script: Path, tmp_path_factory: pytest.TempPathFactory) -> Direct:
    return Direct(script, tmp_path_factory.mktemp("direct"))


@pytest.mark.parametrize("sandbox", [True, False], ids=["walled", "without walls"])
def test_run_script_gives_what_the_function_gives(script: Path, direct: Direct, sandbox: bool) -> None:
    given = _frame()
    result = run_script(script, given, sandbox=sandbox)
    assert_same(direct.dataset, result.dataset)
    assert result.dataset2 is not None
    assert_same(direct.dataset2, result.dataset2)
    assert result.stdout == direct.stdout
    assert result.stderr == direct.stderr
    assert result.graphics == [("line.png", "png", direct.picture)]
    assert_same(given, _frame())


def test_it_gives_the_same_twice(script: Path) -> None:
    first, second = (run_script(script, _frame()) for _ in range(2))
    assert_same(first.dataset, second.dataset)


def _through_the_bridge(table: pa.Table) -> pd.DataFrame:
    fd = new_memory_file("table")
    bridge.write_table(table, fd)
    frame, _ = bridge.read_frame(fd)
    os.close(fd)
    return frame


def _held_by_parquet(frame: pd.DataFrame) -> pd.DataFrame:
    """Give what docs/files.md says of Parquet: categories of anything but text become plain values."""
    return frame.assign(numbers=frame["numbers"].astype("Int64")) if "numbers" in frame else frame


def _as_file(path: Path) -> pd.DataFrame:
    """Write the table as an Arrow file that anybody could have written, and give what it is in a script."""
    fd = new_memory_file("table")
    bridge.write_frame(_frame(), fd)
    table = bridge.read_table(fd)
    os.close(fd)
    plain = pa.table(list(table.columns), names=table.column_names)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, plain.schema) as writer:
        writer.write_table(plain)
    return _through_the_bridge(plain)


@pytest.mark.parametrize("walls", [[], ["--no-sandbox"]], ids=["walled", "without walls"])
def test_the_command_line_gives_what_run_script_gives_on_the_same_file(
    script: Path, tmp_path: Path, drawloom: Path, walls: list[str]
) -> None:
    _as_file(tmp_path / "table.arrow")
    expected = run_script(script, tmp_path / "table.arrow")
    command: list[Any] = [drawloom, "run", script, "--dataset1", tmp_path / "table.arrow", "--out", tmp_path]
    done = subprocess.run([*command, "--json", *walls], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for port, frame in expected.tables.items():
        written = pyarrow.parquet.read_table(tmp_path / f"{port}.parquet")
        assert_same(_held_by_parquet(frame), _through_the_bridge(written))
        shown = json.loads(done.stdout)[port]
        assert shown["rows"] == len(frame)
        assert [column["name"] for column in shown["columns"]] == list(frame.columns)
    assert (tmp_path / "stdout.txt").read_text() == expected.stdout
    assert (tmp_path / "stderr.txt").read_text() == expected.stderr
    assert (tmp_path / "graphics/line.png").read_bytes() == expected.graphics[0][2]


def test_a_file_and_the_frame_it_holds_are_one_table(script: Path, tmp_path: Path) -> None:
    frame = _as_file(tmp_path / "table.arrow")
    from_file = run_script(script, tmp_path / "table.arrow")
    assert_same(run_script(script, frame).dataset, from_file.dataset)


def test_pytest_sees_what_the_step_gives(script: Path, direct: Direct, tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(
        f"import sys\nsys.path.insert(0, {str(script.parent)!r})\n"
        f"import pandas as pd\nfrom everything import azureml_main\n"
        f"def test_it():\n"
        f"    azureml_main(pd.read_pickle('in.pkl'))[0].to_pickle('out.pkl')\n"
    )
    _frame().to_pickle(tmp_path / "in.pkl")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert_same(direct.dataset, pd.read_pickle(tmp_path / "out.pkl"))
