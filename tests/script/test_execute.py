"""One script, executed: where it runs, what it is called, and that nothing of it stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from drawloom.script.execute import Job, execute, prepare

from .running import outcome, value

FRAME = pd.DataFrame({"a": [1.0, 2.0]})


def test_a_frame_goes_in_and_comes_out(tmp_path: Path) -> None:
    script = "def azureml_main(df):\n    df['b'] = df['a'] * 2\n    return df,\n"
    assert value(script, tmp_path, FRAME.copy())["b"].tolist() == [2.0, 4.0]


def test_a_script_finds_itself_where_studio_put_it(tmp_path: Path) -> None:
    script = """
    import os, sys
    def azureml_main():
        return {
            "name": [__name__],
            "file": [os.path.basename(__file__)],
            "beside": [os.path.samefile(os.path.dirname(__file__), ".")],
            "written": [os.path.exists("azuremod.py")],
            "literal": [".\\\\Script Bundle" in sys.path],
            "first": [os.path.samefile(sys.path[0], os.getcwd())],
            "module": [sys.modules["azuremod"].azureml_main is azureml_main],
        }
    """
    row = value(script, tmp_path).iloc[0].to_dict()
    assert row == {
        "name": "azuremod",
        "file": "azuremod.py",
        "beside": True,
        "written": True,
        "literal": True,
        "first": True,
        "module": True,
    }


def test_a_main_guard_does_not_run(tmp_path: Path) -> None:
    script = """
    def azureml_main():
        return 1
    if __name__ == "__main__":
        raise SystemExit(3)
    """
    assert outcome(script, tmp_path).error is None


def test_a_call_of_the_entry_point_at_import_is_left_out_and_said(tmp_path: Path) -> None:
    script = """\
    calls = []
    def azureml_main(df=None):
        calls.append(1)
        return len(calls)
    azureml_main(
        None
    ); print("still here")
    azureml_main()
    """
    done = outcome(script, tmp_path)
    assert done.deliveries[0].value["column"].tolist() == [1]
    assert done.log == [("stdout", "still here\n")]
    assert [note.split(":")[0] for note in done.notes] == ["Line 5", "Line 8"]


def test_the_file_of_a_script_does_not_call_itself_either(tmp_path: Path) -> None:
    script = """\
    def azureml_main():
        raise RuntimeError
    azureml_main(
    ); é = 1; azureml_main()
    def later():
        return 6
    """
    outcome(script, tmp_path)
    code = "import azuremod, inspect; print(azuremod.é, inspect.getsourcelines(azuremod.later)[1])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 5\n"


def test_the_last_of_two_definitions_is_called(tmp_path: Path) -> None:
    script = "def azureml_main(a): return 1\ndef azureml_main(a, b): return 2\n"
    assert value(script, tmp_path)["column"].tolist() == [2]


def test_siblings_are_importable(tmp_path: Path) -> None:
    script = "import helper\nfrom pack.inner import two\ndef azureml_main():\n    return helper.one() + two\n"
    siblings = {
        "helper.py": "def one():\n    return 1\n",
        "pack/__init__.py": "",
        "pack/inner.py": "from . import base\ntwo = base.two\n",
        "pack/base.py": "two = 2\n",
    }
    assert value(script, tmp_path, siblings=siblings)["column"].tolist() == [3]


def test_a_sibling_hides_a_library_of_its_name_for_this_run_only(tmp_path: Path) -> None:
    import colorsys

    script = "import colorsys\ndef azureml_main():\n    return colorsys.answer\n"
    assert value(script, tmp_path, siblings={"colorsys.py": "answer = 42\n"})["column"].tolist() == [42]
    assert sys.modules["colorsys"] is colorsys


def test_nothing_of_a_run_stays_in_the_process(tmp_path: Path) -> None:
    script = """
    import os, sys, helper
    sys.setrecursionlimit(5000)
    sys.path.append("/nowhere")
    os.makedirs("deep")
    os.chdir("deep")
    def azureml_main():
        sys.stdout = None
        return 1
    """
    before = _state()
    assert outcome(script, tmp_path, siblings={"helper.py": ""}).error is None
    assert _state() == before


def _state() -> list[object]:
    modules, streams = set(sys.modules), (sys.stdout, sys.stderr)
    return [os.getcwd(), list(sys.path), modules, sys.getrecursionlimit(), dict(os.environ), streams]


def test_parameters_reach_the_function(tmp_path: Path) -> None:
    script = "def azureml_main(df, cutoff=0.5):\n    return cutoff\n"
    assert value(script, tmp_path, FRAME, params={"cutoff": "0.25"})["column"].tolist() == [0.25]


def test_ctrl_c_is_the_users_in_the_callers_process(tmp_path: Path) -> None:
    plan = prepare(Job("def azureml_main():\n    raise KeyboardInterrupt\n"))
    with pytest.raises(KeyboardInterrupt):
        execute(plan, {}, str(tmp_path))
    assert Path.cwd() != tmp_path


def test_an_interrupt_is_the_scripts_own_in_a_child(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from drawloom.script.execute import Job, execute, prepare\n"
        "plan = prepare(Job('def azureml_main():\\n    raise KeyboardInterrupt'))\n"
        "print(execute(plan, {}, sys.argv[1], borrowed=False).error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "script.py, line 2, in azureml_main: KeyboardInterrupt\n"


def test_a_class_of_the_script_can_be_pickled_while_it_runs(tmp_path: Path) -> None:
    script = """
    import pickle
    class Model:
        pass
    def azureml_main():
        return type(pickle.loads(pickle.dumps(Model()))).__module__
    """
    assert value(script, tmp_path)["column"].tolist() == ["azuremod"]


def test_the_same_script_gives_the_same_called_directly(tmp_path: Path) -> None:
    script = "def azureml_main(df):\n    return df.assign(b=df['a'].rank())\n"
    space: dict[str, object] = {}
    exec(script, space)
    pd.testing.assert_frame_equal(space["azureml_main"](FRAME), value(script, tmp_path, FRAME))  # type: ignore[operator]
