"""Clean Missing Data, mode by mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from .running import failure, problems, run

NAME = "clean-missing-data"


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": pd.array([1, None, 4], dtype="Int64"),
            "d": [1.0, 2.5, None],
            "b": pd.array([True, True, None], dtype="boolean"),
            "s": ["x", None, "x"],
            "c": pd.Categorical(["u", "v", None]),
            "t": pd.to_datetime(["2020-01-01", None, "2020-01-01"]),
            "none": [None, None, None],
        }
    )


def clean(mode: str, columns: Any = None, **params: Any) -> pd.DataFrame:
    given = {"mode": mode, **params} | ({"columns": columns} if columns else {})
    return run(NAME, given, dataset=frame()).frame()


def test_the_default_puts_0_everywhere_in_the_type_of_the_column() -> None:
    result = run(NAME, {}, dataset=frame().drop(columns=["t", "none"])).frame()
    assert result["i"].tolist() == [1, 0, 4]
    assert result["i"].dtype == "int64"
    assert result["d"].tolist() == [1.0, 2.5, 0.0]
    assert result["b"].tolist() == [True, True, False]
    assert result["s"].tolist() == ["x", "0", "x"]
    assert result["c"].tolist() == ["u", "v", "0"]


def test_a_custom_value_is_read_as_a_date_for_a_date_column() -> None:
    result = clean("custom-substitution-value", ["t"], replacement_value="2021-03-04")
    assert result["t"].tolist()[1] == pd.Timestamp("2021-03-04")


def test_a_fraction_makes_an_integer_column_double() -> None:
    assert clean("custom-substitution-value", ["i"], replacement_value=0.5)["i"].tolist() == [1, 0.5, 4]


@pytest.mark.parametrize(
    ("dtype", "value", "expected"), [("UInt8", 7, "uint8"), ("UInt8", -1, "int64"), ("Int16", 70000, "int64")]
)
def test_integers_keep_their_width_where_the_value_fits(dtype: str, value: int, expected: str) -> None:
    dataset = pd.DataFrame({"x": pd.array([200, None], dtype=dtype)})
    result = run(NAME, {"replacement_value": value}, dataset=dataset).frame()["x"]
    assert result.tolist() == [200, value]
    assert result.dtype == expected


def test_a_column_of_lists_cannot_be_filled() -> None:
    dataset = pd.DataFrame({"x": [[1], None]})
    assert failure(NAME, {}, dataset=dataset).code == "0017"
    assert run(NAME, {}, dataset=dataset.iloc[:1]).counts["dataset.rows"] == 1


@pytest.mark.parametrize(("column", "kind"), [("d", "Double"), ("t", "DateTime"), ("b", "Boolean")])
def test_a_custom_value_of_another_type_is_error_0002(column: str, kind: str) -> None:
    error = failure(NAME, {"columns": [column], "replacement_value": "soon"}, dataset=frame())
    assert error.code == "0002"
    assert (
        f"'soon' cannot be read as {kind}, the type of the column '{column}' at port 'dataset'"
        in error.message
    )


def test_mean_and_median_are_rounded_back_to_the_type_of_the_column() -> None:
    means = clean("Replace with mean", ["i", "d", "b"])
    assert means["i"].tolist() == [1, 2, 4], "2.5 is rounded half to even"
    assert means["d"].tolist() == [1.0, 2.5, 1.75]
    assert means["b"].tolist() == [True, True, True]
    assert clean("Replace with median", ["i", "d"])["i"].dtype == "int64"


def test_mode_takes_any_type_and_of_several_the_smallest() -> None:
    result = clean("replace-with-mode", ["i", "s", "c", "t", "b"])
    assert result["i"].tolist() == [1, 1, 4]
    assert result["s"].tolist() == ["x", "x", "x"]
    assert result["c"].tolist() == ["u", "v", "u"]
    assert result["t"].tolist() == [pd.Timestamp("2020-01-01")] * 3


@pytest.mark.parametrize("mode", ["replace-with-mean", "replace-with-median", "replace-using-mice"])
def test_a_string_column_has_no_mean(mode: str) -> None:
    error = failure(NAME, {"mode": mode, "columns": ["d", "s"]}, dataset=frame())
    assert error.code == "0017"
    assert "The column 's' at port 'dataset' has the type String" in error.message


def test_rows_with_missing_values_in_the_selected_columns_are_removed() -> None:
    assert len(clean("remove-entire-row", ["i", "s"])) == 2
    assert len(clean("remove-entire-row", ["i", "d"])) == 1


def test_columns_with_missing_values_are_removed() -> None:
    dataset = frame().assign(whole=1)
    assert list(run(NAME, {"mode": "remove-entire-column"}, dataset=dataset).frame().columns) == ["whole"]


def test_the_missing_value_ratio_limits_what_is_cleaned() -> None:
    dataset = pd.DataFrame({"few": [1.0, 2, 3, None], "many": [None, None, None, 4.0]})
    params = {"mode": "remove-entire-column", "maximum_ratio": 0.5}
    assert list(run(NAME, params, dataset=dataset).frame().columns) == ["many"]
    params = {"mode": "remove-entire-column", "minimum_ratio": 0.5}
    assert list(run(NAME, params, dataset=dataset).frame().columns) == ["few"]


def test_a_column_without_any_value_is_removed_or_propagated() -> None:
    columns = ["d", "none"]
    assert "none" not in clean("replace-with-mode", columns)
    assert clean("replace-with-mode", columns, all_missing="Propagate")["none"].isna().all()


def test_indicator_columns_tell_what_was_filled() -> None:
    result = clean("replace-with-mean", ["i", "d"], indicator=True)
    assert result["i_IsMissing"].tolist() == [False, True, False]
    assert result["d_IsMissing"].tolist() == [False, False, True]


def _related() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four columns of rank two, whole and with holes."""
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, 200))
    whole = pd.DataFrame({"x": x, "y": y, "sum": x + y, "rest": x - 2 * y})
    holes = whole.mask(random.random(whole.shape) < 0.1)
    return whole, holes


@pytest.mark.parametrize(
    "params",
    [
        {"mode": "replace-using-mice", "mice_iterations": 10},
        {"mode": "replace-using-probabilistic-pca", "pca_iterations": 50},
    ],
)
def test_models_fill_from_the_other_columns(params: dict[str, Any]) -> None:
    whole, holes = _related()
    result = run(NAME, params, dataset=holes)
    filled = result.frame()
    off = np.abs((filled - whole).to_numpy())[holes.isna().to_numpy()]
    by_mean = np.abs((holes.fillna(holes.mean()) - whole).to_numpy())[holes.isna().to_numpy()]
    assert off.mean() < by_mean.mean() / 3
    pd.testing.assert_frame_equal(filled[holes.notna()], holes)
    again = run("apply-transformation", transformation=result.files["transformation"], dataset=holes).frame()
    assert again.notna().all(axis=None)
    assert np.abs((again - filled).to_numpy()).max() < 0.5


def test_a_model_fills_integers_with_integers() -> None:
    dataset = pd.DataFrame({"a": range(20), "b": pd.array([None, *range(2, 40, 2)], dtype="Int64")})
    for mode in ("replace-using-mice", "replace-using-probabilistic-pca"):
        assert run(NAME, {"mode": mode}, dataset=dataset).frame()["b"].dtype == "int64"


def test_the_transformation_does_to_new_rows_what_was_learnt() -> None:
    learnt = run(NAME, {"mode": "replace-with-mean", "columns": ["d"], "indicator": True}, dataset=frame())
    fresh = pd.DataFrame({"d": [None, 9.0], "other": ["x", None]})
    result = run("apply-transformation", transformation=learnt.files["transformation"], dataset=fresh).frame()
    assert result["d"].tolist() == [1.75, 9.0]
    assert list(result.columns) == ["d", "other"], "a transformation adds no indicator columns"


def test_the_transformation_checks_the_types_of_columns() -> None:
    learnt = run(NAME, {"mode": "replace-with-mean", "columns": ["d"]}, dataset=frame()).files[
        "transformation"
    ]
    wrong = failure("apply-transformation", transformation=learnt, dataset=pd.DataFrame({"d": ["x"]}))
    assert wrong.code == "0016"
    assert wrong.message == (
        "The column 'd' at port 'dataset' has the type String; the transformation learnt it as Double."
    )
    absent = failure("apply-transformation", transformation=learnt, dataset=pd.DataFrame({"e": [1.0]}))
    assert absent.code == "0001"


def test_the_transformation_removes_rows_too() -> None:
    learnt = run(NAME, {"mode": "remove-entire-row", "columns": ["d"]}, dataset=frame()).files[
        "transformation"
    ]
    result = run("apply-transformation", transformation=learnt, dataset=pd.DataFrame({"d": [None, 1.0]}))
    assert result.frame()["d"].tolist() == [1.0]


def test_learning_from_no_rows_is_error_0021() -> None:
    error = failure(NAME, {"mode": "replace-with-mean", "columns": ["d"]}, dataset=frame().iloc[:0])
    assert error.code == "0021"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"minimum_ratio": 0.7, "maximum_ratio": 0.2}, "is above the maximum"),
        ({"maximum_ratio": 1.5}, "less than or equal to 1"),
        ({"mice_iterations": 11}, "less than or equal to 10"),
        ({"mode": "replace with average"}, "'replace-with-mean'"),
    ],
)
def test_parameters_out_of_range_are_refused(values: dict[str, Any], says: str) -> None:
    assert any(says in said for said in problems(NAME, values))
