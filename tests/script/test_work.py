"""The work function: from mapped inputs to host-made outputs."""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from drawloom.errors import InputError, LimitError, ScriptError
from drawloom.script.work import run
from drawloom.table import bridge

from .running import as_file, finished

FRAME = pd.DataFrame({"n": [1, 2, 3], "x": [0.5, None, 2.5], "s": ["a", None, "c"]})


def test_tables_go_in_and_come_out(tmp_path: Path) -> None:
    script = "def azureml_main(a, b):\n    return a, b\n"
    done = finished(script, tmp_path, {"dataset1": FRAME, "dataset2": FRAME[["n"]]})
    assert done.error is None
    pd.testing.assert_frame_equal(done.frame(), FRAME)
    pd.testing.assert_frame_equal(done.frame("dataset2"), FRAME[["n"]])
    assert done.counts is not None
    assert (done.counts["dataset.rows"], done.counts["dataset2.columns"]) == (3, 1)
    assert all(isinstance(count, int | float) for count in done.counts.values())


def test_an_output_nothing_was_returned_for_stays_empty(tmp_path: Path) -> None:
    done = finished("def azureml_main(a):\n    return a\n", tmp_path, {"dataset1": FRAME})
    assert done.files["dataset2"] == b""


def test_the_inputs_never_change(tmp_path: Path) -> None:
    script = """
    def azureml_main(df):
        df["n"] += 1
        df.loc[0, "x"] = 9.0
        df["n"].to_numpy().setflags(write=True)
        return df
    """
    fd = as_file(FRAME)
    before = os.pread(fd, 1 << 20, 0)
    outputs = {name: as_file(b"") for name in ("report", "dataset")}
    spec = {"text": textwrap.dedent(script), "tables": ["dataset1"], "workdir": str(tmp_path)}
    run(spec, {"dataset1": os.dup(fd)}, outputs)
    assert os.pread(fd, 1 << 20, 0) == before
    assert bridge.read_frame(outputs["dataset"])[0]["n"].tolist() == [2, 3, 4]
    for each in (fd, *outputs.values()):
        os.close(each)


def test_inputs_are_closed_before_the_script_runs(tmp_path: Path) -> None:
    script = """
    import os
    FOUND = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            FOUND.append(os.readlink(f"/proc/self/fd/{fd}"))
        except OSError:
            pass
    def azureml_main(df, name: str):
        return FOUND.count(name)
    """
    path = tmp_path / "input.arrow"
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    bridge.write_frame(FRAME, fd)
    outputs = {name: as_file(b"") for name in ("report", "dataset")}
    spec = {"text": textwrap.dedent(script), "tables": ["dataset1"], "params": {"name": str(path)}}
    run(spec | {"workdir": str(tmp_path)}, {"dataset1": fd}, outputs)
    assert bridge.read_frame(outputs["dataset"])[0]["column"].tolist() == [0]
    for each in outputs.values():
        os.close(each)


def test_conversions_are_reported_both_ways(tmp_path: Path) -> None:
    script = (
        "import pandas as pd\ndef azureml_main(df):\n    return pd.concat([df[['n']], df[['n']]], axis=1)\n"
    )
    done = finished(script, tmp_path, {"dataset1": FRAME})
    assert list(done.report["conversions"]["in"]) == ["dataset1"]
    (renamed,) = done.report["conversions"]["out"]["dataset"]
    assert renamed["column"] == "n (2)"
    assert list(done.frame()) == ["n", "n (2)"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("pl.DataFrame", "polars.DataFrame"),
        ("pl.LazyFrame", "polars.LazyFrame"),
        ("pa.Table", "pyarrow.Table"),
    ],
)
def test_annotated_tables_arrive_as_their_type_and_leave_again(
    annotation: str, expected: str, tmp_path: Path
) -> None:
    script = f"""
    import polars as pl, pyarrow as pa
    def azureml_main(df: {annotation}):
        assert isinstance(df, {annotation})
        return df
    """
    done = finished(script, tmp_path, {"df": FRAME})
    assert done.error is None
    pd.testing.assert_frame_equal(done.frame(), FRAME)


def test_a_polars_frame_made_in_the_script_leaves(tmp_path: Path) -> None:
    script = """
    import polars as pl
    def azureml_main():
        return pl.DataFrame({"a": [1, None], "s": ["x", None]}),
    """
    frame = finished(script, tmp_path).frame()
    assert frame["s"].tolist()[0] == "x"
    assert frame.isna().to_numpy().tolist() == [[False, False], [True, True]]


MODEL = """
import numpy as np
from sklearn.linear_model import LinearRegression
def azureml_main(df) -> "tuple[pd.DataFrame, object]":
    return df, LinearRegression().fit(df[["n"]].to_numpy(), df["n"])
"""
USE = "def azureml_main(df, model: object):\n    return model.predict(df[['n']].to_numpy())\n"


def test_a_model_travels_from_one_script_to_another(tmp_path: Path) -> None:
    trained = finished(MODEL, tmp_path, {"dataset1": FRAME}, ports=("dataset", "object"))
    assert trained.error is None
    versions = trained.report["objects"]["object"]
    assert {"python", "numpy", "sklearn"} <= set(versions)
    data = trained.files["object"]
    assert isinstance(pickle.loads(data), LinearRegression)
    used = finished(USE, tmp_path, {"dataset1": FRAME}, objects={"model": data}, versions={"model": versions})
    assert used.error is None
    assert used.report["notes"] == []
    np.testing.assert_allclose(used.frame()["column"], FRAME["n"])


def test_other_versions_are_said(tmp_path: Path) -> None:
    data = pickle.dumps(5)
    versions = {"model": {"python": "3.1.0", "sklearn": "0.14"}}
    done = finished(
        "def azureml_main(model: object):\n    return model\n",
        tmp_path,
        objects={"model": data},
        versions=versions,
    )
    assert done.error is None
    (note,) = done.report["notes"]
    assert "python 3.1.0 (here: 3." in note
    assert "sklearn 0.14" in note


@pytest.mark.parametrize("data", [b"", b"no pickle", pickle.dumps([1, 2, 3])[:-3], b"cno_such_module\nX\n."])
def test_an_object_that_cannot_be_opened_is_error_0082(data: bytes, tmp_path: Path) -> None:
    done = finished(
        USE, tmp_path, {"dataset1": FRAME}, objects={"model": data}, versions={"model": {"python": "2.7.7"}}
    )
    assert isinstance(done.error, InputError)
    assert done.error.code == "0082"
    assert "'model'" in done.error.message
    assert "python 2.7.7" in done.error.message


def test_an_object_of_the_scripts_own_class_opens_where_the_class_is_defined(tmp_path: Path) -> None:
    define = "class Rule:\n    def __init__(self, n): self.n = n\n"
    give = define + "def azureml_main() -> object:\n    return Rule(7)\n"
    made = finished(give, tmp_path, ports=("dataset", "object"))
    assert "a script that opens it needs it too" in made.report["notes"][0]
    data = {"rule": made.files["object"]}
    take = "def azureml_main(rule: object):\n    return rule.n\n"
    assert finished(define + take, tmp_path, objects=data).frame()["column"].tolist() == [7]
    error = finished(take, tmp_path, objects=data).error
    assert error is not None
    assert error.code == "0082"


@pytest.mark.parametrize("value", ["lambda: 1", "threading.Lock()", "(n for n in [1])"])
def test_what_cannot_be_pickled_is_an_error_of_the_script(value: str, tmp_path: Path) -> None:
    done = finished(
        f"import threading\ndef azureml_main() -> object:\n    return {value}\n",
        tmp_path,
        ports=("dataset", "object"),
    )
    assert isinstance(done.error, ScriptError)
    assert done.error.code == "0085"
    assert "cannot be pickled" in done.error.message


def test_a_pickle_that_fails_by_its_own_code_has_its_line(tmp_path: Path) -> None:
    script = """
    class Odd:
        def __reduce__(self):
            raise ZeroDivisionError
    def azureml_main() -> object:
        return Odd()
    """
    done = finished(script, tmp_path, ports=("dataset", "object"))
    assert isinstance(done.error, ScriptError)
    assert done.error.line == 4


def test_an_object_that_does_not_fit_is_a_limit(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        script = "def azureml_main() -> object:\n    return bytes(4 << 20)\n"
        done = finished(script, tmp_path, ports=("dataset", "object"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(done.error, LimitError)
    assert "'object' does not fit" in done.error.message


def test_a_wrong_input_is_an_error_before_anything_runs(tmp_path: Path) -> None:
    done = finished(
        "raise SystemExit\ndef azureml_main(df, n: int): ...\n",
        tmp_path,
        {"dataset1": FRAME},
        params={"n": "x"},
    )
    assert isinstance(done.error, InputError)
    assert done.error.code == "0002"
    assert done.report["log"] == []


def test_what_nothing_takes_is_a_note(tmp_path: Path) -> None:
    done = finished("def azureml_main():\n    return 1\n", tmp_path, ports=())
    assert done.error is None
    assert done.report["notes"] == ["dataset was returned, but nothing takes it here."]


def test_notes_of_all_stages_are_reported(tmp_path: Path) -> None:
    script = "def azureml_main(a):\n    open('x.png', 'w').close()\n    return a, a, a\nazureml_main(None)\n"
    done = finished(script, tmp_path, {"dataset1": FRAME, "dataset2": FRAME})
    said = " | ".join(done.report["notes"])
    assert [word in said for word in ("Line 4", "dataset2 is connected", "Value 3", "x.png")] == [True] * 4


THREADS = """
import os
from threadpoolctl import threadpool_info
def azureml_main():
    before = len(threadpool_info())
    import sklearn.utils._openmp_helpers
    after = threadpool_info()
    counts = {info["num_threads"] for info in after}
    return [os.environ["OMP_NUM_THREADS"], str(counts), str(len(after) - before)]
"""


@pytest.mark.parametrize(("now", "later"), [("numpy", True), ("sklearn.utils._openmp_helpers", False)])
def test_threads_are_set_for_libraries_of_now_and_later(
    now: str, later: bool, tmp_path: Path, checkout: Path
) -> None:
    # A process of its own: what other tests have loaded here, no child has loaded when its step begins.
    code = f"""
from pathlib import Path

import {now}
from threadpoolctl import threadpool_info, threadpool_limits

from script.running import finished

threadpool_limits(3)
assert {{info["num_threads"] for info in threadpool_info()}} == {{3}}
done = finished({THREADS!r}, Path({str(tmp_path)!r}), threads=1)
assert done.error is None, done.error
print(*done.frame()["column"])
"""
    environment = os.environ | {"PYTHONPATH": str(checkout / "tests")}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    threads, counts, loaded_later = ended.stdout.split()
    assert (threads, counts) == ("1", "{1}")
    assert (int(loaded_later) > 0) is later


def test_memory_that_runs_out_is_a_limit_with_its_report(tmp_path: Path) -> None:
    done = finished("def azureml_main():\n    print('so far')\n    bytearray(1 << 62)\n", tmp_path)
    assert isinstance(done.error, LimitError)
    assert done.report["log"] == [["stdout", "so far\n"]]
    assert 'File "script.py", line 3' in done.report["traceback"]
