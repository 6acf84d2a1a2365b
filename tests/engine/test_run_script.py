"""`run_script` from programs and notebooks: every kind of input, threads, forks, interrupts, what stays."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import drawloom
from drawloom import ScriptError, run_script
from drawloom.engine import pools
from drawloom.engine.api import ScriptObject
from drawloom.errors import InputError

DOUBLE = "def azureml_main(df):\n    df['a'] = df['a'] * 2\n    return df\n"
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]})


@pytest.mark.parametrize(
    "make",
    [
        lambda frame: frame,
        pl.from_pandas,
        pa.Table.from_pandas,
        lambda frame: pa.Table.from_pandas(frame).to_reader(),
    ],
    ids=["pandas", "Polars", "Arrow table", "Arrow reader"],
)
def test_a_table_of_any_library_is_an_input(make: Callable[[pd.DataFrame], object]) -> None:
    result = run_script(DOUBLE, make(FRAME))
    assert result.dataset["a"].tolist() == [2, 4, 6]
    assert result.dataset["b"].isna().tolist() == [False, True, False]


def test_a_path_is_an_input_and_so_is_its_text(csv: Callable[..., Path], tmp_path: Path) -> None:
    path = csv(a=[1, 2], b=["x", ""])
    script = tmp_path / "double.py"
    script.write_text(DOUBLE)
    for one, other in ((path, script), (str(path), str(script))):
        result = run_script(other, one)
        assert result.dataset["a"].tolist() == [2, 4]
        assert list(result.conversions["files"]) == ["dataset1"]


def test_what_changed_in_a_parsed_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("a,a\n1,2\n")
    (change,) = run_script("def azureml_main(df):\n    return df\n", path).conversions["files"]["dataset1"]
    assert change["column"] == "a (2)"
    assert change["renamed_from"] == "'a'"


def test_an_object_of_one_script_is_an_input_of_another(tmp_path: Path) -> None:
    maker = (
        "def azureml_main(df) -> tuple['pd.DataFrame', object]:\n    return df, {'mean': df['a'].mean()}\n"
    )
    taker = "def azureml_main(df, model: object):\n    return df.assign(mean=model['mean'])\n"
    made = run_script("import pandas as pd\n" + maker, FRAME)
    model = made.objects["object"]
    assert isinstance(model, ScriptObject)
    assert "python" in model.versions
    assert repr(model) == f"ScriptObject({len(model.data)} bytes)"
    assert run_script(taker, FRAME, inputs={"model": model}).dataset["mean"].tolist() == [2.0, 2.0, 2.0]
    path = tmp_path / "model.pkl"
    path.write_bytes(model.data)
    assert run_script(taker, FRAME, inputs={"model": path}).dataset["mean"].tolist() == [2.0, 2.0, 2.0]


def test_what_is_no_table_is_refused_by_port_and_type() -> None:
    with pytest.raises(InputError, match="Input dataset1: a list is no table"):
        run_script(DOUBLE, [1, 2, 3])


def test_a_bundle_is_a_folder_or_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "tool.py").write_text("def triple(x):\n    return x * 3\n")
    os.utime(folder / "tool.py", (0, 0))  # a zip has no year before 1980
    script = "import tool\ndef azureml_main(df):\n    return tool.triple(df[['a']])\n"
    assert run_script(script, FRAME, bundle=folder).dataset["a"].tolist() == [3, 6, 9]


def test_a_link_in_a_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts").symlink_to("/etc/hosts")
    with pytest.raises(InputError, match="holds hosts, which is a link"):
        run_script(DOUBLE, FRAME, bundle=tmp_path)


def test_threads_that_run_scripts_at_once_get_their_own_results() -> None:
    results: dict[int, list[float]] = {}

    def work(n: int) -> None:
        for turn in range(3):
            frame = pd.DataFrame({"a": [n * 100 + turn]})
            results[n * 10 + turn] = run_script(DOUBLE, frame).dataset["a"].tolist()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {n * 10 + turn: [(n * 100 + turn) * 2] for n in range(4) for turn in range(3)}


def test_a_thread_that_started_the_pool_may_end(tmp_path: Path) -> None:
    program = (
        "import threading, pandas as pd\n"
        "from drawloom import run_script\n"
        f"def work():\n    print(run_script({DOUBLE!r}, pd.DataFrame({{'a': [4]}})).dataset['a'][0])\n"
        "for _ in range(2):\n"
        "    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()\n"
        "work()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("8\n8\n8\n", "")


def test_a_fork_of_the_host_makes_a_pool_of_its_own() -> None:
    assert run_script(DOUBLE, FRAME).dataset["a"].tolist() == [2, 4, 6]
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside the pool's thread
        pid = os.fork()
    if pid == 0:
        said = b"failed"
        try:
            said = repr(run_script(DOUBLE, FRAME).dataset["a"].tolist()).encode()
            pools.close_warm_pool()
        finally:
            os.write(writer, said)
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read() == b"[2, 4, 6]"
    assert os.waitpid(pid, 0)[1] == 0
    assert run_script(DOUBLE, FRAME).dataset["a"].tolist() == [2, 4, 6]


def test_an_interrupt_leaves_the_pool_usable_and_no_file_open() -> None:
    run_script(DOUBLE, FRAME)
    before = _memory_files()
    sleep = "import time\ndef azureml_main(df):\n    time.sleep(30)\n"
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test runner's may differ
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_script(sleep, FRAME)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert time.monotonic() - started < 10
    assert run_script(DOUBLE, FRAME).dataset["a"].tolist() == [2, 4, 6]
    gc.collect()
    assert _memory_files() <= before


def test_results_that_are_let_go_leave_no_file_open() -> None:
    run_script(DOUBLE, FRAME)
    gc.collect()
    before = _memory_files()
    for _ in range(10):
        assert len(run_script(DOUBLE, FRAME).dataset) == 3
        with pytest.raises(ScriptError):
            run_script("def azureml_main(df):\n    raise ValueError\n", FRAME)
    gc.collect()
    assert _memory_files() <= before


def _memory_files() -> int:
    """Count the memory files of this process that tables and reports live in."""
    found = 0
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        found += any(
            f"memfd:{name} " in target for name in ("dataset", "dataset1", "dataset2", "graphics", "report")
        )
    return found


def test_results_outlive_the_pool() -> None:
    result = run_script(DOUBLE, FRAME)
    pools.close_warm_pool()
    assert result.dataset["a"].tolist() == [2, 4, 6]
    frame = result.dataset
    del result
    gc.collect()
    frame.loc[0, "a"] = 7
    assert frame["a"].tolist() == [7, 4, 6]
    assert run_script(DOUBLE, FRAME).dataset["a"].tolist() == [2, 4, 6]


def test_a_notebook_shows_tables_and_pictures_and_none_of_it_runs() -> None:
    evil = "<script>alert(1)</script>"
    script = (
        f"EVIL = {evil!r}\n"
        "import pandas as pd\n"
        "def azureml_main():\n"
        "    print(EVIL)\n"
        "    with open('\"><script>alert(1)<.svg', 'w') as file:\n"
        "        file.write('<svg><script>alert(1)</script></svg>')\n"
        "    return pd.DataFrame({EVIL: [EVIL], 'b': [EVIL]})\n"
    )
    shown = run_script(script)._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert shown.count("<img ") == 1
    assert 'src="data:image/svg+xml;base64,' in shown
    assert "1 rows" in shown


def test_a_result_says_its_shape() -> None:
    result = run_script("def azureml_main(df):\n    return df, df[['a']]\n", FRAME)
    assert repr(result) == "ScriptResult(dataset: 3 rows x 2 columns, dataset2: 3 rows x 1 columns)"
    assert result.dataset2 is not None
    assert run_script(DOUBLE, FRAME).dataset2 is None


def test_a_result_tells_walls_timings_and_notes() -> None:
    result = run_script("def azureml_main(df):\n    return df\nazureml_main(1)\n", FRAME)
    assert result.walls["level"] >= 3
    assert {"wait_seconds", "work_seconds", "validate_seconds", "total_seconds"} <= result.timings.keys()
    assert any("Line 3" in note for note in result.notes)


def test_a_failure_tells_code_line_traceback_and_locals() -> None:
    with pytest.raises(drawloom.ScriptError) as caught:
        run_script("def azureml_main(df):\n    divisor = 0\n    return df / (1 // divisor)\n", FRAME)
    error = caught.value
    assert (error.code, error.line) == ("0085", 3)
    assert "ZeroDivisionError" in error.traceback
    assert error.locals["divisor"] == "0"


def test_the_frame_that_was_given_is_never_changed() -> None:
    frame = pd.DataFrame({"a": np.arange(5), "c": pd.Categorical(list("abcab"))})
    before = frame.copy(deep=True)
    run_script("def azureml_main(df):\n    df['a'] = 0\n    df['c'] = 'a'\n    return df\n", frame)
    pd.testing.assert_frame_equal(frame, before)


def test_it_imports_nothing_of_the_table_libraries_until_it_is_called() -> None:
    program = (
        "import sys, drawloom\ndrawloom.run_script\ndrawloom.ScriptError\n"
        "print(sorted({'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
