"""The modules that choose, add and group rows and columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from .running import failure, problems, run, table


def test_selected_columns_stay_in_the_order_of_the_dataset() -> None:
    dataset = table(pd.DataFrame({"a": [1], "b": [2], "c": [3]}), {"c": "label", "a": "weight"})
    result = run("select-columns-in-dataset", {"columns": ["c", "b"]}, dataset=dataset)
    assert list(result.frame().columns) == ["b", "c"]
    assert result.roles() == {"c": "label"}


def test_selected_columns_may_be_reordered_and_doubled() -> None:
    params = {"columns": ["c", "a", "c"], "preserve_order": True}
    result = run("select-columns-in-dataset", params, dataset=pd.DataFrame({"a": [1], "c": [3]})).frame()
    assert result.to_dict("list") == {"c": [3], "a": [1], "c (2)": [3]}


DOUBLES = pd.DataFrame({"k": ["a", "a", None, None], "n": [1, 2, 3, 3]})


@pytest.mark.parametrize(
    ("params", "kept"),
    [({}, [1, 2, 3]), ({"columns": "k"}, [1, 3]), ({"columns": "k", "retain_first": False}, [2, 3])],
)
def test_one_of_the_rows_that_agree_is_kept(params: dict[str, Any], kept: list[int]) -> None:
    result = run("remove-duplicate-rows", params, dataset=DOUBLES)
    assert result.frame()["n"].tolist() == kept
    assert result.report["notes"] == [f"{4 - len(kept)} duplicate rows removed."]


def test_columns_side_by_side_get_2_in_brackets_and_keep_their_roles() -> None:
    left = table(pd.DataFrame({"a": [1], "b": [2]}), {"a": "label"})
    right = table(pd.DataFrame({"a": [3], "c": [4]}), {"a": "weight"})
    result = run("add-columns", dataset1=left, dataset2=right)
    assert result.frame().to_dict("list") == {"a": [1], "b": [2], "a (2)": [3], "c": [4]}
    assert result.roles() == {"a": "label", "a (2)": "weight"}


def test_columns_of_different_length_are_error_0027() -> None:
    error = failure("add-columns", dataset1=pd.DataFrame({"a": [1]}), dataset2=pd.DataFrame({"b": [1, 2]}))
    assert error.code == "0027"
    assert "1 rows at port 'dataset1' and 2 at port 'dataset2'" in error.message


def test_rows_are_appended_in_their_types() -> None:
    first = pa.table({"i": [1], "s": ["x"], "c": pa.array(["u"]).dictionary_encode(), "b": [True]})
    second = pa.table(
        {"i": pa.array([None], pa.int64()), "s": ["y"], "c": pa.array(["v"]).dictionary_encode(), "b": [None]}
    )
    result = run("add-rows", dataset1=first, dataset2=second)
    assert result.arrow().to_pydict() == {"i": [1, None], "s": ["x", "y"], "c": ["u", "v"], "b": [True, None]}
    assert list(result.frame()["c"].cat.categories) == ["u", "v"]


@pytest.mark.parametrize(
    ("second", "code", "says"),
    [
        ({"a": [1], "c": ["x"]}, "0010", "Column 2 is 'b' at port 'dataset1' and 'c' at port 'dataset2'"),
        ({"a": [1]}, "0010", "2 columns at port 'dataset1' and 1 at port 'dataset2'"),
        (
            {"a": ["1"], "b": ["x"]},
            "0016",
            "Column 1, 'a', has the type Integer at port 'dataset1' and String",
        ),
    ],
)
def test_rows_with_other_columns_are_coded_errors(second: dict[str, Any], code: str, says: str) -> None:
    error = failure("add-rows", dataset1=pd.DataFrame({"a": [1], "b": ["x"]}), dataset2=pd.DataFrame(second))
    assert error.code == code
    assert says in error.message


LEVELS = pd.DataFrame({"c": pd.Categorical(["u", "v", None], categories=["u", "v", "w"]), "n": [1, 2, 3]})


def test_every_level_gets_a_column_of_0_and_1() -> None:
    result = run("convert-to-indicator-values", dataset=LEVELS).frame()
    assert list(result.columns) == ["c", "n", "c-u", "c-v", "c-w"]
    assert result[["c-u", "c-v", "c-w"]].to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert list(run("convert-to-indicator-values", {"overwrite": True}, dataset=LEVELS).frame()) == [
        "n",
        "c-u",
        "c-v",
        "c-w",
    ]


def test_one_new_row_gets_the_columns_of_the_levels_that_were_learnt() -> None:
    learnt = run("convert-to-indicator-values", {"overwrite": True}, dataset=LEVELS).files["transformation"]
    result = run(
        "apply-transformation", transformation=learnt, dataset=pd.DataFrame({"c": ["v"], "n": [0]})
    ).frame()
    assert result.to_dict("list") == {"n": [0], "c-u": [0], "c-v": [1], "c-w": [0]}


def test_a_column_that_is_not_categorical_has_no_levels() -> None:
    error = failure("convert-to-indicator-values", {"columns": "n"}, dataset=LEVELS)
    assert error.code == "0017"
    assert "is not categorical" in error.message


def test_levels_are_grouped_and_the_rest_takes_the_default() -> None:
    dataset = pd.DataFrame({"n": ["two", "three", "four", "twelve", None]})
    params = {"columns": "n", "levels": {"few": ["two", "three"], "four": ["four"]}}
    result = run("group-categorical-values", params, dataset=dataset).frame()["n"]
    assert result.astype("object").where(result.notna(), None).tolist() == [
        "few",
        "few",
        "four",
        "other",
        None,
    ]
    assert list(result.cat.categories) == ["few", "four", "other"]


def test_an_old_level_belongs_to_one_new_one() -> None:
    (said,) = problems("group-categorical-values", {"columns": "n", "levels": {"a": ["x"], "b": ["x"]}})
    assert "'x' is in 'a' and in 'b'" in said
