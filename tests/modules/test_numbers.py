"""The modules that compute with columns: normalize, clip, mathematics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from drawloom.modules.preparation.apply_math_operation import names, operations

from .running import failure, problems, run, table

VALUES = [1.0, 2.0, 4.0, None, 8.0]


def normal(method: str, values: Any = VALUES, **params: Any) -> np.ndarray[Any, Any]:
    result = run("normalize-data", {"method": method, **params}, dataset=pd.DataFrame({"x": values}))
    return result.frame()["x"].to_numpy()


def clip(values: Any = VALUES, **params: Any) -> pd.DataFrame:
    return run("clip-values", params, dataset=pd.DataFrame({"x": values})).frame()


def calculate(operation: str, values: Any, **params: Any) -> list[Any]:
    dataset = pd.DataFrame({"x": values})
    given = {"operation": operation, "columns": "x", "output": "ResultOnly", **params}
    result: list[Any] = run("apply-math-operation", given, dataset=dataset).arrow().column(0).to_pylist()
    return result


def test_zscore_uses_the_population_deviation() -> None:
    present = np.array([1.0, 2.0, 4.0, 8.0])
    expected = (present - present.mean()) / present.std(ddof=0)
    np.testing.assert_array_equal(normal("ZScore")[[0, 1, 2, 4]], expected)
    assert np.isnan(normal("zscore")[3])


def test_the_other_methods_follow_their_formulas() -> None:
    present = np.array([1.0, 2.0, 4.0, 8.0])
    where = [0, 1, 2, 4]
    np.testing.assert_allclose(normal("MinMax")[where], (present - 1) / 7)
    np.testing.assert_allclose(normal("Logistic")[where], 1 / (1 + np.exp(-present)))
    np.testing.assert_allclose(normal("TanH")[where], np.tanh(present))
    shape, _, scale = stats.lognorm.fit(present, floc=0)
    np.testing.assert_allclose(normal("LogNormal")[where], stats.lognorm.cdf(present, shape, scale=scale))


@pytest.mark.parametrize("method", ["zscore", "minmax", "lognormal"])
def test_a_constant_column_becomes_0_or_missing(method: str) -> None:
    assert normal(method, [0.1, 0.1, 0.1]).tolist() == [0, 0, 0]
    assert np.isnan(normal(method, [0.1, 0.1, 0.1], constant_as_zero=False)).all()


def test_only_numeric_columns_are_chosen_by_default_and_integers_become_doubles() -> None:
    dataset = pd.DataFrame({"i": [1, 3], "s": ["a", "b"], "b": [True, False]})
    result = run("normalize-data", dataset=dataset).frame()
    assert result.to_dict("list") == {"i": [-1.0, 1.0], "s": ["a", "b"], "b": [True, False]}


def test_new_rows_are_scaled_by_what_was_learnt() -> None:
    learnt = run("normalize-data", {"method": "minmax"}, dataset=pd.DataFrame({"x": [0.0, 10.0]}))
    fresh = pd.DataFrame({"x": [5, 20], "y": ["a", "b"]})
    result = run("apply-transformation", transformation=learnt.files["transformation"], dataset=fresh).frame()
    assert result["x"].tolist() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("values", "method", "code"),
    [
        ([np.inf, 1.0], "zscore", "0033"),
        ([0.0, 1.0], "lognormal", "0004"),
        ([np.nan, np.nan], "zscore", "0080"),
        ([], "zscore", "0021"),
    ],
)
def test_columns_that_cannot_be_scaled_are_coded_errors(values: list[float], method: str, code: str) -> None:
    dataset = pd.DataFrame({"x": np.array(values, dtype="float64")})
    assert failure("normalize-data", {"method": method, "columns": "x"}, dataset=dataset).code == code


def test_values_beyond_a_constant_are_clipped() -> None:
    assert clip(upper=4)["x"].tolist()[-1] == 4.0
    assert clip(clip="Subpeaks", lower=2)["x"].tolist()[0] == 2.0
    both = clip(clip="PeaksAndSubpeaks".replace("And", "-and-"), lower=2, upper=4)
    assert both["x"].tolist()[:3] == [2.0, 2.0, 4.0]


@pytest.mark.parametrize(("substitute", "last"), [("mean", 3.75), ("median", 3.0), ("threshold", 4.0)])
def test_what_takes_the_place_is_of_the_column_before_clipping(substitute: str, last: float) -> None:
    assert clip(upper=4, upper_substitute=substitute)["x"].tolist()[-1] == last


def test_clipped_to_missing_an_integer_column_stays_integer() -> None:
    result = clip([1, 2, 300], upper=190, upper_substitute="Missing")["x"]
    assert result.dtype == "Int64"
    assert result.tolist()[:2] == [1, 2]
    assert result.isna().tolist() == [False, False, True]


def test_a_fractional_threshold_makes_an_integer_column_double() -> None:
    assert clip([1, 2, 300], upper=2.5)["x"].tolist() == [1.0, 2.0, 2.5]


def test_percentiles_are_those_of_the_column() -> None:
    result = clip(list(range(101)), clip="peaks-and-subpeaks", threshold="percentile", lower=10, upper=90)[
        "x"
    ]
    assert (result.min(), result.max()) == (10, 90)


def test_clipped_columns_and_indicators_may_be_appended() -> None:
    result = clip(upper=4, overwrite=False, indicator=True)
    assert list(result.columns) == ["x", "x_clipped", "x_IsClipped"]
    assert result["x"].tolist()[-1] == 8.0
    assert result["x_IsClipped"].tolist() == [False, False, False, False, True]


def test_new_rows_are_clipped_where_the_experiments_were() -> None:
    params = {"threshold": "percentile", "upper": 50, "upper_substitute": "mean"}
    learnt = run("clip-values", params, dataset=pd.DataFrame({"x": [0.0, 2.0, 10.0]})).files["transformation"]
    result = run("apply-transformation", transformation=learnt, dataset=pd.DataFrame({"x": [99.0]})).frame()
    assert result["x"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"clip": "peaks-and-subpeaks", "lower": 5, "upper": 4}, "above the upper one"),
        ({"threshold": "percentile", "upper": 101}, "between 0 and 100"),
        ({"upper_substitute": "zero"}, "'threshold'"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(values: dict[str, Any], says: str) -> None:
    assert any(says in said for said in problems("clip-values", values))


def test_host_and_worker_know_the_same_operations() -> None:
    one = [name for group in names.OF_ONE.values() for name in group]
    two = [name for group in names.OF_TWO.values() for name in group]
    assert sorted(one) == sorted(operations.OF_ONE)
    assert sorted(two) == sorted(operations.OF_TWO)


@pytest.mark.parametrize("name", sorted(operations.OF_ONE))
def test_every_operation_of_one_keeps_missing_missing(name: str) -> None:
    assert np.isnan(operations.compute(name, np.array([np.nan]))).all()


@pytest.mark.parametrize("name", sorted(operations.OF_TWO))
def test_every_operation_of_two_keeps_missing_missing(name: str) -> None:
    x, y = np.array([np.nan, 0.5, np.nan]), np.array([1.0, np.nan, np.nan])
    assert np.isnan(operations.compute(name, x, y)).all()


@given(st.floats(0.05, 0.95))
def test_an_inverse_undoes_its_function(x: float) -> None:
    values = np.array([x])
    for base in ("Sin", "Cos", "Tan", "Cot", "Csc", "Sec", "Sinh", "Cosh", "Tanh", "Coth", "Csch", "Sech"):
        there = operations.compute(base, values)
        np.testing.assert_allclose(operations.compute(f"A{base.lower()}", there), values, rtol=1e-6)


@pytest.mark.parametrize(
    ("operation", "values", "params", "expected"),
    [
        ("Ln", [1.0, math.e], {}, [0.0, 1.0]),
        ("exp", [0, 1], {}, [1.0, math.e]),
        ("SqrtPi", [1.0], {}, [math.sqrt(math.pi)]),
        ("Factorial", [5, 0], {}, [120.0, 1.0]),
        ("DoubleFactorial", [7, 6], {}, [105.0, 48.0]),
        ("CubeRoot", [-8.0], {}, [-2.0]),
        ("Pow", [3.0], {"argument": 2}, [9.0]),
        ("NthRoot", [-27.0, 16.0], {"argument": 3}, [-3.0, 16 ** (1 / 3)]),
        ("Log", [8.0], {"argument": 2}, [3.0]),
        ("Hypotenuse", [3.0], {"argument": 4}, [5.0]),
        ("Divide", [3, 1], {"argument": 2}, [1.5, 0.5]),
        ("RoundDigits", [2.5, -2.5, 1.25], {"argument": 0}, [3.0, -3.0, 1.0]),
        ("RoundDown", [1.29, -1.29], {"argument": 1}, [1.2, -1.2]),
        ("RoundUp", [1.21, -1.21], {"argument": 1}, [1.3, -1.3]),
        ("ToEven", [1.5, 2.0, -2.5], {}, [2.0, 2.0, -4.0]),
        ("ToOdd", [1.5, 3.0, -2.5, 0.0], {}, [3.0, 3.0, -3.0, 1.0]),
        ("ToMultiple", [7.4], {"argument": 5}, [5.0]),
        ("CeilingPower2", [5.0, 8.0], {}, [8.0, 8.0]),
        ("Mod", [-7.0], {"argument": 3}, [2.0]),
        ("Remainder", [-7.0], {"argument": 3}, [-1.0]),
        ("Quotient", [-7.0], {"argument": 3}, [-2.0]),
        ("Gamma", [5.0], {}, [24.0]),
        ("Beta", [2.0], {"argument": 3}, [1 / 12]),
        ("SinDegree", [90.0], {}, [1.0]),
        ("AsinDegree", [1.0], {}, [90.0]),
        ("DegreesToRadians", [180.0], {}, [math.pi]),
        ("PairMax", [1.0, 5.0], {"argument": 3}, [3.0, 5.0]),
    ],
)
def test_operations_give_the_values_of_their_names(
    operation: str, values: list[float], params: dict[str, Any], expected: list[float]
) -> None:
    assert calculate(operation, values, **params) == pytest.approx(expected)


def test_a_comparison_is_boolean_and_missing_where_a_side_is() -> None:
    assert calculate("GreaterThan", [1.0, None, 3.0], argument=2) == [False, None, True]


def test_what_is_not_defined_is_missing_and_noted() -> None:
    result = run(
        "apply-math-operation", {"operation": "Ln", "columns": "x"}, dataset=pd.DataFrame({"x": [-1.0, None]})
    )
    assert result.arrow().column("Ln(x)").to_pylist() == [None, None]
    assert result.report["notes"] == ["Ln(x) is not defined for 1 rows; they are missing."]


def test_results_are_appended_put_in_place_or_given_alone() -> None:
    dataset = table(pd.DataFrame({"a": [1.0], "b": [2.0], "s": ["x"]}), {"a": "label"})
    columns = {"rules": [{"include": {"types": "numeric"}}]}
    params = {"operation": "Pow", "columns": columns, "argument": 2}
    names = {
        mode: list(run("apply-math-operation", params | {"output": mode}, dataset=dataset).frame().columns)
        for mode in ("Append", "Inplace", "ResultOnly")
    }
    assert names["Append"] == ["a", "b", "s", "Pow(a_$2)", "Pow(b_$2)"]
    assert names["Inplace"] == ["a", "b", "s"]
    assert names["ResultOnly"] == ["Pow(a_$2)", "Pow(b_$2)"]
    assert run("apply-math-operation", params | {"output": "inplace"}, dataset=dataset).roles() == {
        "a": "label"
    }


def test_the_second_argument_may_be_columns_pair_by_pair() -> None:
    dataset = pd.DataFrame({"a": [1.0], "b": [2.0], "c": [10.0], "d": [20.0]})
    params = {"operation": "Add", "columns": ["a", "b"], "output": "resultonly"}
    pairs = run("apply-math-operation", params | {"argument_columns": ["c", "d"]}, dataset=dataset).frame()
    assert pairs.to_dict("list") == {"Add(a_c)": [11.0], "Add(b_d)": [22.0]}
    one = run("apply-math-operation", params | {"argument_columns": "d"}, dataset=dataset).frame()
    assert one.to_dict("list") == {"Add(a_d)": [21.0], "Add(b_d)": [22.0]}
    three = params | {"argument_columns": ["b", "c", "d"]}
    assert failure("apply-math-operation", three, dataset=dataset).code == "0022"


def test_text_has_no_logarithm() -> None:
    error = failure(
        "apply-math-operation", {"operation": "Ln", "columns": "s"}, dataset=pd.DataFrame({"s": ["x"]})
    )
    assert error.code == "0017"
    assert "The column 's' at port 'dataset' has the type String" in error.message


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"operation": "Lnn"}, "Did you mean 'Ln'"),
        ({"operation": "Pow"}, "needs a second argument"),
        ({"operation": "Ln", "argument": 2}, "takes no second argument"),
        (
            {"operation": "Pow", "argument": 2, "argument_columns": "x"},
            "either 'argument' or 'argument_columns'",
        ),
    ],
)
def test_an_operation_without_its_arguments_is_refused(values: dict[str, Any], says: str) -> None:
    assert any(says in said for said in problems("apply-math-operation", {"columns": "x", **values}))
