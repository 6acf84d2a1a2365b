"""Scripts of each family that people still have: run whole, under classic and upgraded."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
import pytest

from drawloom.errors import ScriptError
from drawloom.script.classic.upgrade import upgrade
from drawloom.script.execute import Job, Outcome, execute, prepare
from drawloom.script.result import Delivery

TABLE = pd.DataFrame(
    {"id": [1, 2, 3, 4], "x": [4.0, 3.0, 2.0, 1.0], "name": ["d", "c", "b", "a"], "y": [0, 1, 0, 1]}
)
FAMILIES = {
    "printing Python 2": """
        import sys
        def azureml_main(dataframe1 = None, dataframe2 = None):
            print "Input pandas.DataFrame #1:\\r\\n\\r\\n{0}".format(dataframe1)
            print >>sys.stderr, "rows:", len(dataframe1)
            try:
                raise ValueError, "none"
            except ValueError, e:
                print "failed", e
            half = len(dataframe1) / 2
            counts = {}
            for name, column in dataframe1.iteritems():
                if not counts.has_key(name):
                    counts[name] = column.nunique()
            keys = counts.keys()
            keys.sort()
            for i in xrange(half):
                print keys[i],
            dataframe1["half"] = half
            return dataframe1,
    """,
    ".ix with labels and positions": """
        def azureml_main(frame1):
            frame1.ix[frame1.x > 2, "y"] = 9
            frame1.ix[0, "name"] = "first"
            first = frame1.ix[0:1, ["id", "x"]]
            second = frame1.ix[2:, 0:3]
            both = first.ix[:, 0].sum() + second.ix[:, "x"].sum()
            frame1["both"] = both
            named = frame1.set_index("name")
            named.ix["b", "x"] = 0.5
            return named.reset_index()
    """,
    "as_matrix": """
        import numpy as np
        def azureml_main(dataframe1=None):
            values = dataframe1[["x", "y"]].as_matrix()
            target = dataframe1["id"].as_matrix()
            dataframe1["norm"] = np.sqrt((values ** 2).sum(axis=1)).astype(np.float)
            dataframe1["target"] = target
            return dataframe1
    """,
    "scatter_matrix": """
        import matplotlib
        matplotlib.use("agg")
        import matplotlib.pyplot as plt
        from pandas.tools.plotting import scatter_matrix
        def azureml_main(dataframe1=None):
            fig = plt.figure(1, figsize=(4, 4))
            ax = fig.gca()
            scatter_matrix(dataframe1[["x", "y"]], alpha=0.2, ax=ax)
            fig.savefig("scatter.png")
            return dataframe1
    """,
    "train_test_split": """
        from sklearn.cross_validation import train_test_split
        from sklearn import cross_validation
        import pandas as pd
        def azureml_main(dataframe1=None):
            train, test = train_test_split(dataframe1, test_size=0.5, random_state=3)
            again, _ = cross_validation.train_test_split(dataframe1, test_size=0.5, random_state=3)
            return pd.DataFrame({"train": train["id"].values, "again": again["id"].values})
    """,
    "append in a loop": """
        import pandas as pd
        def azureml_main(dataframe1=None):
            result = pd.DataFrame()
            rows = []
            for i in range(len(dataframe1)):
                part = pd.DataFrame({"id": [dataframe1["id"][i]], "twice": [dataframe1["x"][i] * 2]})
                result = result.append(part, ignore_index=True)
                rows.append(i)
            result["row"] = rows
            return result
    """,
    "drop(x, 1)": """
        def azureml_main(dataframe1=None):
            dataframe1 = dataframe1.drop("name", 1)
            return dataframe1.drop(["id"], 1).sort("x")
    """,
}


def _run(text: str, folder: Path, compat: str | None) -> Outcome:
    folder.mkdir()
    plan = prepare(Job(text, "old.py", tables=["dataset1"], compat=compat))
    return execute(plan, {"dataset1": TABLE.copy()}, str(folder))


def _result(outcome: Outcome) -> Delivery:
    assert outcome.error is None, (outcome.error, outcome.error.to_dict() if outcome.error else "")
    return next(delivery for delivery in outcome.deliveries if delivery.port == "dataset")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_script_of_the_family_runs_and_its_upgrade_gives_the_same(family: str, tmp_path: Path) -> None:
    text = textwrap.dedent(FAMILIES[family])
    old = _run(text, tmp_path / "old", "classic")
    done = upgrade(text)
    new = _run(done.text, tmp_path / "new", None)
    pd.testing.assert_frame_equal(_result(old).value, _result(new).value)
    assert [out for stream, out in old.log if stream == "stdout"] == [
        out for stream, out in new.log if stream == "stdout"
    ]
    assert [picture.name for picture in old.pictures] == [picture.name for picture in new.pictures]
    assert done.text != text
    assert upgrade(done.text).text == done.text


@pytest.mark.parametrize("family", FAMILIES)
def test_none_of_them_runs_without(family: str, tmp_path: Path) -> None:
    text = textwrap.dedent(FAMILIES[family])
    try:
        error: Exception | None = _run(text, tmp_path / "plain", None).error
    except ScriptError as failed:
        error = failed
    assert isinstance(error, ScriptError)
