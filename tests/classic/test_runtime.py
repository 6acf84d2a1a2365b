"""`compat: classic`: for one run, in that process alone, and said at the user's own line."""

from __future__ import annotations

import builtins
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drawloom.errors import InputError
from drawloom.script.classic.runtime import enable
from drawloom.script.classic.warn import ClassicWarning
from drawloom.script.execute import Job, execute, prepare

from .running import classic

SCRIPT = "def azureml_main(frame):\n    import helper\n    return helper.half(frame)\n"


@pytest.mark.filterwarnings("ignore::drawloom.script.classic.warn.ClassicWarning")
def test_nothing_is_patched_before_or_after(tmp_path: Path) -> None:
    owners = (pd, pd.DataFrame, pd.Series, np, sys, builtins)
    import sklearn.model_selection  # which loads more of NumPy as it comes

    before = [dict(vars(owner)) for owner in owners]
    finders = list(sys.meta_path)
    with enable(str(tmp_path)):
        assert hasattr(pd.DataFrame, "ix")
        assert hasattr(pd, "rolling_mean")
        import sklearn.cross_validation
    assert [dict(vars(owner)) for owner in owners] == before
    assert sys.meta_path == finders
    assert "sklearn.cross_validation" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        import sklearn.cross_validation  # noqa: F401


def test_nothing_is_patched_where_the_script_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), enable(str(tmp_path)):
        raise ZeroDivisionError
    assert not hasattr(pd.DataFrame, "ix")


def test_a_line_warns_once_however_often_it_runs_and_every_line_does(tmp_path: Path) -> None:
    ran = classic(
        """
        import pandas as pd
        df = pd.DataFrame({"a": [1, 2]})
        for i in range(3):
            df.ix[0]
        df.ix[1]
        """,
        tmp_path,
    )
    assert [(warning.lineno, warning.filename) for warning in ran.warned] == [(5, "old.py"), (6, "old.py")]


def test_calls_of_today_warn_of_nothing(tmp_path: Path) -> None:
    ran = classic(
        """
        import numpy as np
        import pandas as pd
        from sklearn.ensemble import RandomForestClassifier
        df = pd.DataFrame({"a": [1.0, 2.0, None], "b": [0, 1, 1]})
        df["a"] = df["a"].fillna(0)
        df = df.drop("b", axis=1).sort_values("a").drop_duplicates("a")
        s = pd.Series([1.0, 2.0], index=pd.date_range("2015-01-01", periods=2, freq="ME"))
        s.resample("QE").sum()
        answer = RandomForestClassifier(n_estimators=2).fit(df, [0, 1, 1]).predict(df).shape
        """,
        tmp_path,
    )
    assert ran.error is None
    assert ran.answer == (3,)
    assert not ran.warned


def test_a_model_made_with_old_parameters_can_be_cloned_and_pickled(tmp_path: Path) -> None:
    ran = classic(
        """
        import pickle
        from sklearn.base import clone
        from sklearn.ensemble import GradientBoostingClassifier
        model = clone(GradientBoostingClassifier(loss="deviance", n_estimators=2))
        answer = pickle.loads(pickle.dumps(model)).get_params()["loss"]
        """,
        tmp_path,
    )
    assert ran.answer == "log_loss"


def test_modules_beside_the_script_may_be_python_2_too(tmp_path: Path) -> None:
    helper = "def half(frame):\n    print 'half of', len(frame)\n    return frame[:len(frame) / 2]\n"
    job = Job(SCRIPT, tables=["dataset1"], siblings={"helper.py": helper}, compat="classic")
    done = execute(prepare(job), {"dataset1": pd.DataFrame({"a": [1, 2, 3]})}, str(tmp_path))
    assert done.error is None
    assert done.log == [("stdout", "half of 3\n")]
    assert len(done.deliveries[0].value) == 1


def test_a_failure_shows_the_line_as_the_user_wrote_it(tmp_path: Path) -> None:
    text = "def azureml_main(frame):\n    print 'a'\n    print frame['zz'], 1\n"
    job = Job(text, "old.py", tables=["dataset1"], compat="classic")
    with pytest.warns(ClassicWarning):
        done = execute(prepare(job), {"dataset1": pd.DataFrame({"a": [1]})}, str(tmp_path))
    assert done.error is not None
    assert done.error.line == 3  # type: ignore[attr-defined]
    assert "print frame['zz'], 1" in done.error.traceback  # type: ignore[attr-defined]


def test_an_unknown_compat_is_refused() -> None:
    with pytest.raises(InputError, match="compat 'modern'"):
        prepare(Job("def azureml_main(): pass", compat="modern"))


@pytest.mark.parametrize(
    ("index", "key", "value"),
    [
        ([0, 1, 2], "0:1", ["a", "b"]),
        ([10, 20, 30], "10:20", ["a", "b"]),
        (["x", "y", "z"], "0:1", ["a"]),
        (["x", "y", "z"], "'x':'y'", ["a", "b"]),
        (["x", "y", "z"], "[0, 2]", ["a", "c"]),
        (["x", "y", "z"], "-1:", ["c"]),
        ([2, 1, 0], "[0]", ["c"]),
    ],
)
def test_ix_takes_whole_numbers_for_labels_or_positions_as_the_index_is(
    index: list[object], key: str, value: list[str], tmp_path: Path
) -> None:
    code = f"import pandas as pd\ndf = pd.DataFrame({{'v': ['a', 'b', 'c']}}, index={index})\n"
    ran = classic(f"{code}answer = df.ix[{key}, 'v'].tolist()\n", tmp_path)
    assert ran.answer == value


def test_the_command_runs_an_old_script_behind_walls_and_warns_on_stderr(
    tmp_path: Path, drawloom: Path
) -> None:
    (tmp_path / "old.py").write_text(
        textwrap.dedent(
            """
            import pandas as pd
            def azureml_main(dataframe1=None):
                print "rows", len(dataframe1)
                return dataframe1.drop("b", 1)
            """
        )
    )
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    command = [drawloom, "run", "old.py", "--dataset1", "in.csv", "--compat", "classic"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rows 1" in done.stderr
    assert "old.py:5: ClassicWarning: DataFrame.drop(x, 1) is gone since pandas 2.0" in done.stderr
