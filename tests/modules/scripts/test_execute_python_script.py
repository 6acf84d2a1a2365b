"""Execute Python Script: ports from the signature, the whole table or pieces of it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drawloom.errors import DrawloomError, InputError, ScriptError
from drawloom.experiment.document import load
from drawloom.modules.registry import module
from drawloom.modules.scripts.execute_python_script.pieces import pieces_of
from drawloom.table import bridge
from modules import running
from modules.running import memory, parameters, table, whole, work_of

from . import walled

NAME = "execute-python-script"
CARS = pd.DataFrame(
    {
        "make": ["bmw", "audi", None, "bmw", "fiat", None],
        "price": [30.0, 17.5, 8.25, np.nan, 5.0, 7.0],
        "doors": pd.array([2, 4, None, 2, 4, 4], dtype="Int64"),
        "diesel": [True, False, False, True, True, False],
        "body": pd.Categorical(["b", "a", "b", None, "a", "b"]),
    }
)


def ports(script: str, inputs: list[str] | None = None, apply: Any = "whole") -> Any:
    return module(NAME).ports({"params": {}, "script": script, "inputs": inputs or [], "apply": apply})


def run(
    script: str, apply: Any = "whole", params: dict[str, Any] | None = None, **inputs: Any
) -> running.Result:
    spec = {"params": parameters(NAME, {"script": script, **(params or {})}), "apply": apply}
    given = {
        port: memory(value if isinstance(value, bytes) else table(value)) for port, value in inputs.items()
    }
    names = ["report", "graphics", *(port.name for port in ports(script).outputs)]
    outputs = {name: memory() for name in names}
    try:
        counts = work_of(NAME)(spec, given, outputs)
    finally:
        files = {name: whole(fd) for name, fd in outputs.items()}
    return running.Result(counts, json.loads(files.pop("report")), files)


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Ports and parameters


def test_a_plain_function_has_the_ports_of_studio() -> None:
    found = ports("def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1\n")
    assert [(port.name, port.kind, port.optional) for port in found.inputs] == [
        ("dataset1", "table", True),
        ("dataset2", "table", True),
        ("bundle", "bundle", True),
    ]
    assert [(port.name, port.kind) for port in found.outputs] == [("dataset", "table"), ("dataset2", "table")]


def test_annotated_tables_and_objects_are_ports_by_name() -> None:
    script = (
        "import pandas as pd\n"
        "def azureml_main(sold: pd.DataFrame, old_prices: pd.DataFrame | None, model: object)"
        " -> tuple[pd.DataFrame, object]:\n    return sold, model\n"
    )
    found = ports(script)
    assert {port.name: (port.kind, port.optional) for port in found.inputs} == {
        "dataset1": ("table", True),
        "dataset2": ("table", True),
        "sold": ("table", False),
        "old_prices": ("table", True),
        "model": ("object", False),
        "bundle": ("bundle", True),
    }
    assert [(port.name, port.kind) for port in found.outputs] == [("dataset", "table"), ("object", "object")]
    by_order = {port.name: port.optional for port in ports(script, ["dataset1", "model"]).inputs}
    assert by_order["sold"]


def test_a_function_of_any_tables_has_as_many_ports_as_are_connected() -> None:
    names = [port.name for port in ports("def azureml_main(*tables): ...", ["dataset3", "dataset1"]).inputs]
    assert names == ["dataset1", "dataset2", "dataset3", "bundle"]


def test_a_parameter_that_cannot_be_a_port_is_named() -> None:
    with pytest.raises(InputError, match="'größe'"):
        ports("import pandas as pd\ndef azureml_main(größe: pd.DataFrame): return größe")


def test_the_scripts_own_parameters_are_converted_and_checked() -> None:
    script = "def azureml_main(df, cutoff: float, label='price', top=3): return df"
    checked, problems = module(NAME).check({"script": script, "cutoff": "0.5", "top": 2.0})
    assert problems == []
    assert checked is not None
    assert checked.model_dump() == {"script": script, "cutoff": 0.5, "top": 2}
    _, problems = module(NAME).check({"script": script, "top": "many", "lable": "x"})
    assert [(problem.path, problem.code) for problem in problems] == [
        (("top",), "0002"),
        (("lable",), "0002"),
        (("cutoff",), "0003"),
    ]
    assert problems[1].remedy == "Did you mean 'label'?"


def test_a_script_that_cannot_be_read_is_told_by_its_ports_alone() -> None:
    assert module(NAME).check({"script": "def azureml_main(:", "cutoff": 1})[1] == []
    with pytest.raises(ScriptError, match="line 1"):
        ports("def azureml_main(:")


def test_several_calls_give_no_object() -> None:
    script = "def azureml_main(df) -> object: return df"
    assert ports(script).outputs[0].kind == "object"
    with pytest.raises(InputError, match="'object'"):
        ports(script, apply="batches")


# One call


def test_a_script_is_called_with_tables_bundle_and_parameters() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("helper.py", "def double(x):\n    return 2 * x\n")
    script = (
        "import sys\nfrom helper import double\n"
        "def azureml_main(df, other, factor: float = 1.0):\n"
        "    print('out'); print('err', file=sys.stderr)\n"
        "    return df.assign(price=double(df['price']) * factor), other\n"
    )
    done = run(script, params={"factor": 3}, dataset1=CARS, dataset2=CARS.head(1), bundle=archive.getvalue())
    assert done.frame()["price"].dropna().tolist() == [180.0, 105.0, 49.5, 30.0, 42.0]
    assert len(done.frame("dataset2")) == 1
    assert done.report["log"] == [["stdout", "out\n"], ["stderr", "err\n"]]


def test_a_table_that_is_not_returned_leaves_as_a_table_without_columns() -> None:
    done = run("def azureml_main(df): return df", dataset1=CARS)
    assert done.counts["dataset.rows"] == 6
    assert (done.counts["dataset2.rows"], done.counts["dataset2.columns"]) == (0, 0)
    assert done.arrow("dataset2").num_columns == 0


def test_conversions_are_reported_by_port() -> None:
    done = run("def azureml_main(df): return df.rename(columns={'price': 7})", dataset1=CARS)
    assert [each["column"] for each in done.report["conversions"]["dataset"]] == ["7"]
    assert "dataset1" in done.report["conversions"]


# Pieces


@pytest.mark.parametrize(
    "apply", ["batches", {"batches": 1}, {"batches": 4}, {"batches": 6}, {"batches": 100}]
)
def test_batches_give_the_same_bytes_as_the_whole_table(apply: Any) -> None:
    script = "def azureml_main(df): return df.assign(double=df['price'] * 2)"
    assert run(script, apply, dataset1=CARS).files["dataset"] == run(script, dataset1=CARS).files["dataset"]


def test_a_batch_is_rows_0_to_n_of_the_tables_own_memory() -> None:
    frame, _ = bridge.read_frame(memory(table(CARS[["price"]])))
    pieces = list(pieces_of(frame, {"batches": 4}, "dataset1"))
    assert [piece.name for piece in pieces] == ["rows 1 to 4", "rows 5 to 6"]
    for piece, start in zip(pieces, (0, 4), strict=True):
        assert piece.rows.index.tolist() == list(range(len(piece.rows)))
        address = piece.rows["price"].to_numpy().__array_interface__["data"][0]
        assert address == frame["price"].to_numpy().__array_interface__["data"][0] + 8 * start


def test_groups_come_in_order_of_appearance_and_missing_is_one_of_them() -> None:
    script = (
        "import pandas as pd\n"
        "def azureml_main(df, other):\n"
        "    assert len(other) == 1\n"
        "    return pd.DataFrame({'make': df['make'].head(1), 'n': len(df), 'mean': df['price'].mean()})\n"
    )
    done = run(script, {"by": "make"}, dataset1=CARS, dataset2=CARS.head(1))
    frame = done.frame()
    assert done.arrow()["make"].to_pylist() == ["bmw", "audi", None, "fiat"]
    assert frame["n"].tolist() == [2, 1, 2, 1]
    assert frame["mean"].tolist() == [30.0, 17.5, 7.625, 5.0]
    assert done.report["notes"] == ["The function was called 4 times."]


@pytest.mark.parametrize("column", ["price", "doors", "diesel", "body"])
def test_every_type_of_column_can_make_groups(column: str) -> None:
    done = run("def azureml_main(df): return df.head(1)", {"by": column}, dataset1=CARS)
    assert len(done.frame()) == CARS[column].nunique(dropna=False)


@pytest.mark.parametrize("form", ["pandas as t", "polars as t", "pyarrow as t"])
@pytest.mark.parametrize("apply", [{"by": "make"}, {"batches": 4}])
def test_tables_of_other_libraries_are_cut_too(form: str, apply: Any) -> None:
    kind = "Table" if "pyarrow" in form else "DataFrame"
    script = f"import {form}\ndef azureml_main(cars: t.{kind}):\n    return cars\n"
    made = run(script, apply, cars=CARS[["make", "price"]]).arrow()["make"].to_pylist()
    whole_table = ["bmw", "audi", None, "bmw", "fiat", None]
    assert made == (["bmw", "bmw", "audi", None, None, "fiat"] if "by" in apply else whole_table)


def test_the_script_is_imported_once() -> None:
    script = "calls = []\ndef azureml_main(df):\n    calls.append(1)\n    return df.assign(call=len(calls))\n"
    assert run(script, {"batches": 2}, dataset1=CARS).frame()["call"].tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("apply", ["batches", {"by": "make"}])
def test_a_table_without_rows_is_one_call(apply: Any) -> None:
    done = run("def azureml_main(df): return df.assign(x=1.5)", apply, dataset1=CARS.head(0))
    assert done.report["notes"] == ["The function was called once."]
    assert done.frame().columns.tolist() == [*CARS.columns, "x"]


def test_a_call_with_other_columns_is_named_with_the_column() -> None:
    script = (
        "def azureml_main(df):\n"
        "    return df.rename(columns={'price': 'prise'}) if df['make'].eq('fiat').all() else df\n"
    )
    with pytest.raises(ScriptError) as caught:
        run(script, {"by": "make"}, dataset1=CARS)
    assert caught.value.code == "0085"
    assert "for make = 'fiat' has a column 'prise'" in caught.value.message
    assert "'price'" in caught.value.remedy


def test_a_column_of_another_type_is_named_with_the_group_and_both_types() -> None:
    script = "def azureml_main(df): return df[['make']].assign(n=1 if df['make'].isna().all() else 'one')"
    with pytest.raises(ScriptError, match="make = missing has 'n' as int64, where make = 'bmw' has str"):
        run(script, {"by": "make"}, dataset1=CARS)


def test_a_group_with_nothing_but_missing_takes_the_type_of_the_others() -> None:
    script = (
        "def azureml_main(df): return df[['make']].assign(s=None if len(df) == 1 else 'x', n=df['doors'])"
    )
    frame = run(script, {"by": "make"}, dataset1=CARS).frame()
    assert frame["s"].dtype == "str"
    assert frame["s"].isna().tolist() == [False, False, True, False, False, True]
    assert str(frame["n"].dtype) == "Int64"


def test_categories_of_several_calls_are_put_together() -> None:
    script = "def azureml_main(df): return df.assign(body=df['body'].cat.remove_unused_categories())"
    done = run(script, {"batches": 1}, dataset1=CARS)
    assert done.arrow()["body"].to_pylist() == ["b", "a", "b", None, "a", "b"]
    assert isinstance(done.frame()["body"].dtype, pd.CategoricalDtype)


def test_a_failing_group_is_named() -> None:
    script = (
        "def azureml_main(df):\n"
        "    if df['make'].eq('audi').all():\n        raise ValueError('no')\n"
        "    return df\n"
    )
    with pytest.raises(ScriptError, match="no") as caught:
        run(script, {"by": "make"}, dataset1=CARS)
    assert caught.value.line == 3
    assert caught.value.report["notes"] == ["This happened in call 2, for make = 'audi'."]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("apply", "code", "says"),
    [
        ({"by": "mkae"}, "0001", "Did you mean 'make'?"),
        ({"by": 3}, "0002", "whole, batches"),
        ({"batches": 0}, "0002", "whole, batches"),
        ("rows", "0002", "whole, batches"),
    ],
)
def test_an_apply_that_cannot_be_is_refused(apply: Any, code: str, says: str) -> None:
    with pytest.raises(DrawloomError) as caught:
        run("def azureml_main(df): return df", apply, dataset1=CARS)
    assert caught.value.code == code
    assert says in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "apply"),
    [("batches", "batches"), ("{batches: 4}", {"batches": 4}), ("{by: make}", {"by": "make"})],
)
def test_the_experiment_file_says_apply_as_the_work_takes_it(tmp_path: Any, text: str, apply: Any) -> None:
    path = tmp_path / "cars.yaml"
    path.write_text(f"version: 1\nsteps:\n  a: {{module: {NAME}, script: a.py, apply: {text}}}\n")
    experiment = load(path)
    assert not experiment.problems
    assert experiment.steps["a"].apply == apply


def test_groups_of_lists_are_refused_with_the_column() -> None:
    frame = pd.DataFrame({"x": [[1], [2]]})
    with pytest.raises(InputError, match="'x'") as caught:
        run("def azureml_main(df): return df", {"by": "x"}, dataset1=frame)
    assert caught.value.code == "0017"


def test_pieces_want_a_table() -> None:
    with pytest.raises(InputError) as caught:
        run("def azureml_main(df=None): return df", "batches")
    assert caught.value.code == "0003"


# Behind the walls


def test_behind_the_walls_with_groups_and_graphics() -> None:
    script = (
        "import matplotlib.pyplot as plt\n"
        "def azureml_main(df):\n"
        "    print(len(df)); plt.figure(); plt.plot([1, 2])\n"
        "    return df\n"
    )
    done = walled.run(NAME, {"script": script}, {"dataset1": CARS}, apply={"by": "make"}, name="cars.py")
    try:
        assert done.error is None
        assert done.log.stdout == b"2\n1\n2\n1\n"
        assert bridge.read_table(done.files["dataset"]).num_rows == 6
        assert len(done.report["graphics"]) == 4
        assert done.report["notes"][0] == "The function was called 4 times."
    finally:
        done.close()
