"""Edit Metadata: types, levels, roles, names."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from .running import failure, problems, run, table

NAME = "edit-metadata"


def converted(values: Any, data_type: str, kind: pa.DataType | None = None) -> list[Any]:
    result = run(
        NAME, {"columns": "x", "data_type": data_type}, dataset=pa.table({"x": pa.array(values, kind)})
    )
    return result.arrow().column("x").to_pylist()


def roles(fields: str, before: dict[str, str] | None = None, columns: Any = "x") -> dict[str, str]:
    dataset = table(pd.DataFrame({"x": [1], "y": [2], "s": ["a"]}), before)
    return run(NAME, {"columns": columns, "fields": fields}, dataset=dataset).roles()


@pytest.mark.parametrize(
    ("values", "data_type", "expected"),
    [
        (["1", " 2 ", None], "Integer", [1, 2, None]),
        (["9007199254740993", "1e3", "2.0"], "integer", [9007199254740993, 1000, 2]),
        ([1.5, 2.5, None], "integer", [2, 2, None]),
        ([True, False, None], "integer", [1, 0, None]),
        (["1.5", "-2e3", None], "Floating point", [1.5, -2000.0, None]),
        ([1, None], "floating-point", [1.0, None]),
        (["TRUE", "false", "2", "0", "", None], "boolean", [True, False, True, False, False, None]),
        ([0, 3, None], "boolean", [False, True, None]),
        ([0.0, 0.5], "boolean", [False, True]),
        ([1, None], "string", ["1", None]),
        ([1.5, None], "string", ["1.5", None]),
        ([True, None], "string", ["True", None]),
        (["a", None], "string", ["a", None]),
    ],
)
def test_values_are_converted_and_missing_stays_missing(
    values: Any, data_type: str, expected: list[Any]
) -> None:
    assert converted(values, data_type) == expected


def test_dates_and_spans_are_read_from_text_and_are_seconds_as_numbers() -> None:
    dates = converted(["1/2/2020", "2020-03-04 05:06:07", None], "DateTime")
    assert dates == [pd.Timestamp("2020-01-02"), pd.Timestamp("2020-03-04 05:06:07"), None]
    seconds = pa.array([86400, None], pa.timestamp("s"))
    assert converted(seconds, "integer") == [86400, None]
    assert converted(seconds, "floating-point") == [86400.0, None]
    assert converted(seconds, "string") == ["1970-01-02", None]
    assert converted([86400, None], "datetime") == [pd.Timestamp("1970-01-02"), None]
    assert converted(["1.02:03:04", "10:30", None], "TimeSpan") == [
        pd.Timedelta("1D 2h 3min 4s"),
        pd.Timedelta("10h 30min"),
        None,
    ]
    assert converted([1.5], "timespan") == [pd.Timedelta("1.5s")]
    assert converted(pa.array([1500], pa.duration("ms")), "floating-point") == [1.5]


def test_an_aware_date_becomes_utc_and_a_plain_date_midnight() -> None:
    aware = pa.array([3600], pa.timestamp("s", "+01:00"))
    assert converted(aware, "datetime") == [pd.Timestamp("1970-01-01 01:00")]
    assert converted(pa.array([1], pa.date32()), "datetime") == [pd.Timestamp("1970-01-02")]


@pytest.mark.parametrize(
    ("values", "data_type", "message"),
    [
        (
            ["1", "two"],
            "integer",
            "The value 'two' in row 2 of the column 'x' at port 'dataset' cannot become Integer.",
        ),
        (["1", "9223372036854775808"], "integer", "row 2"),
        ([1.0, float("inf")], "integer", "row 2"),
        (["2020-13-01"], "datetime", "row 1"),
        (["12"], "datetime", "row 1"),
        (["maybe"], "boolean", "row 1"),
        (["soon"], "timespan", "row 1"),
        ([1e300], "datetime", "row 1"),
    ],
)
def test_a_value_that_cannot_be_converted_is_error_0139_with_its_row(
    values: Any, data_type: str, message: str
) -> None:
    error = failure(NAME, {"columns": "x", "data_type": data_type}, dataset=pa.table({"x": values}))
    assert error.code == "0139"
    assert message in error.message


@pytest.mark.parametrize(
    ("values", "data_type"),
    [
        (pa.array([True]), "datetime"),
        (pa.array([1], pa.duration("s")), "datetime"),
        (pa.array([1], pa.timestamp("s")), "timespan"),
        (pa.array([[1]]), "string"),
    ],
)
def test_types_with_nothing_in_common_are_error_0042(values: pa.Array, data_type: str) -> None:
    error = failure(NAME, {"columns": "x", "data_type": data_type}, dataset=pa.table({"x": values}))
    assert error.code == "0042"
    assert "'x' at port 'dataset'" in error.message


def test_columns_become_categorical_and_plain_again() -> None:
    made = run(
        NAME, {"columns": "x", "categorical": "Make categorical"}, dataset=pd.DataFrame({"x": [3, 1, 3]})
    )
    assert list(made.frame()["x"].cat.categories) == [1, 3]
    dataset = made.files["dataset"]
    again = run(NAME, {"columns": "x", "categorical": "Make non-categorical"}, dataset=dataset)
    assert again.frame()["x"].tolist() == [3, 1, 3]
    assert again.frame()["x"].dtype == "int64"


def test_a_converted_categorical_stays_categorical() -> None:
    dataset = pd.DataFrame({"x": pd.Categorical(["3", "1", None])})
    result = run(NAME, {"columns": "x", "data_type": "integer"}, dataset=dataset).frame()["x"]
    assert list(result.cat.categories) == [1, 3]


def test_fields_give_and_clear_roles() -> None:
    assert roles("Label") == {"x": "label"}
    assert roles("feature", {"x": "label"}) == {}
    assert roles("clear-label", {"x": "label"}) == {}
    assert roles("clear-weight", {"x": "label"}) == {"x": "label"}
    assert roles("Clear feature") == {"x": "ignored"}
    assert roles("clear-score", {"x": "score-probability", "y": "label"}) == {"y": "label"}
    assert roles("label", columns=["x", "y"]) == {"x": "label", "y": "label"}


def test_a_dataset_has_one_weight_column_of_numbers() -> None:
    assert roles("weight", {"y": "weight"}) == {"x": "weight"}
    dataset = pd.DataFrame({"x": [1], "y": [2], "s": ["a"]})
    assert failure(NAME, {"columns": ["x", "y"], "fields": "weight"}, dataset=dataset).code == "0022"
    assert failure(NAME, {"columns": ["s"], "fields": "weight"}, dataset=dataset).code == "0017"


def test_renamed_columns_keep_their_roles() -> None:
    dataset = table(pd.DataFrame({"x": [1], "y": [2]}), {"x": "label"})
    result = run(NAME, {"columns": ["x", "y"], "new_column_names": "a, b"}, dataset=dataset)
    assert list(result.frame().columns) == ["a", "b"]
    assert result.roles() == {"a": "label"}


def test_all_selected_columns_are_renamed_and_no_two_alike() -> None:
    dataset = pd.DataFrame({"x": [1], "y": [2]})
    few = failure(NAME, {"columns": ["x", "y"], "new_column_names": ["a"]}, dataset=dataset)
    assert few.code == "0022"
    same = failure(NAME, {"columns": ["x"], "new_column_names": "y"}, dataset=dataset)
    assert same.code == "0026"
    assert "two columns called 'y'" in same.message
    swapped = run(NAME, {"columns": ["x", "y"], "new_column_names": ["y", "x"]}, dataset=dataset).frame()
    assert swapped.to_dict("list") == {"y": [1], "x": [2]}


def test_an_unknown_data_type_is_refused() -> None:
    assert any("'floating-point'" in said for said in problems(NAME, {"columns": "x", "data_type": "float"}))
