"""Split Data: shares, strata, expressions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .running import failure, problems, run

NAME = "split-data"


def rows(count: int) -> pd.DataFrame:
    return pd.DataFrame({"n": range(count)})


def split(frame: pd.DataFrame, seed: int | None = None, **params: Any) -> tuple[list[Any], list[Any]]:
    result = run(NAME, params, seed=seed, dataset=frame)
    first, second = (result.arrow(port).column(0).to_pylist() for port in ("dataset1", "dataset2"))
    return first, second


def by(expression: str, frame: pd.DataFrame) -> tuple[list[Any], list[Any]]:
    mode = "regular-expression" if frame.dtypes.iloc[0] == "str" else "relative-expression"
    return split(frame, mode=mode, expression=expression)


@given(count=st.integers(2, 60), fraction=st.floats(0, 1), seed=st.integers(0, 5), randomized=st.booleans())
def test_every_row_goes_to_one_output_and_keeps_its_place(
    count: int, fraction: float, seed: int, randomized: bool
) -> None:
    first, second = split(rows(count), fraction=fraction, seed=seed, randomized=randomized)
    assert sorted(first + second) == list(range(count))
    assert first == sorted(first)
    assert second == sorted(second)
    assert len(first) == int(count * fraction + 1e-9)


def test_the_odd_row_goes_to_the_second_output() -> None:
    first, second = split(rows(7))
    assert (len(first), len(second)) == (3, 4)


def test_a_share_is_not_lost_to_binary_fractions() -> None:
    assert len(split(rows(950), fraction=0.7)[0]) == 665


def test_without_drawing_the_first_rows_are_taken() -> None:
    assert split(rows(5), randomized=False, fraction=0.4) == ([0, 1], [2, 3, 4])


def test_the_seed_decides_and_0_takes_the_experiments() -> None:
    assert split(rows(50), seed=3) == split(rows(50), seed=3)
    results = [split(rows(50), seed=seed)[0] for seed in (None, 1, 2)]
    assert results[0] != results[1] != results[2]
    own = [run(NAME, {"seed": 9}, seed=seed, dataset=rows(50)).files["dataset1"] for seed in (1, 2)]
    assert own[0] == own[1]


def test_strata_are_shared_alike_and_missing_is_one_of_them() -> None:
    frame = pd.DataFrame({"kind": ["a"] * 40 + ["b"] * 20 + [None] * 10})
    first, second = split(frame, fraction=0.5, stratified=True, stratification_column="kind")
    assert [first.count("a"), first.count("b"), len(first)] == [20, 10, 35]
    assert len(second) == 35


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6), fraction=st.floats(0, 1))
def test_strata_together_give_the_share_of_all_rows(sizes: list[int], fraction: float) -> None:
    kinds = [kind for kind, size in enumerate([*sizes, 1]) for _ in range(size)]
    first, _ = split(
        pd.DataFrame({"kind": kinds}), fraction=fraction, stratified=True, stratification_column=1
    )
    assert len(first) == int(len(kinds) * fraction + 1e-9)
    for kind, size in enumerate([*sizes, 1]):
        assert abs(first.count(kind) - size * fraction) < 1 + 1e-6


def test_fewer_than_two_rows_are_error_0021() -> None:
    error = failure(NAME, {}, dataset=rows(1))
    assert error.code == "0021"
    assert "has 1 rows; at least 2 rows are needed" in error.message


TEXTS = pd.DataFrame({"Text": ["Gryphon", "a Gryphon", "gryphon", None], "Other": ["b", "x", "a", "c"]})


def test_a_regular_expression_is_searched_for() -> None:
    assert by(r'\"Text" Gryphon', TEXTS) == (["Gryphon", "a Gryphon"], ["gryphon", None])


def test_a_column_may_be_given_by_an_index_from_0() -> None:
    assert by(r"(\1) ^[a-f]", TEXTS)[0] == ["Gryphon", "gryphon", None]
    assert by(r'(\"Other") ^[a-f]', TEXTS)[0] == ["Gryphon", "gryphon", None]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        (r'\"n" > 2', [3, 4]),
        (r"(\0)<=3 & !=2", [0, 1, 3]),
        (r"(\0) <1 | >3", [0, 4]),
        (r"(\0) = 1 | >=3 & <> 4", [1, 3]),
        (r"(\0) == 2", [2]),
        (r"(\0) > -1.5e0", [0, 1, 2, 3, 4]),
    ],
)
def test_a_relative_expression_compares_numbers(expression: str, first: list[int]) -> None:
    assert by(expression, rows(5))[0] == first


def test_dates_and_time_spans_are_compared_with_literals_of_their_own() -> None:
    dates = pd.DataFrame({"d": pd.to_datetime(["2010-01-01", "2011-06-01", None])})
    assert len(by(r'\"d" > 1/2/2010', dates)[0]) == 1
    spans = pd.DataFrame({"t": pd.to_timedelta(["1h", "25h", None])})
    assert len(by(r'\"t" >= 1.00:30', spans)[0]) == 1
    assert len(by(r'\"t" < 10:30', spans)[0]) == 1


def test_a_missing_value_matches_nothing() -> None:
    frame = pd.DataFrame({"x": [1.0, None, 3.0]})
    assert len(by(r'\"x" != 1', frame)[0]) == 1


@pytest.mark.parametrize(
    ("frame", "params", "code", "says"),
    [
        (
            rows(3),
            {"mode": "regular-expression", "expression": r'\"n" 1'},
            "0017",
            "'n' at port 'dataset' has the type Integer",
        ),
        (TEXTS, {"mode": "relative-expression", "expression": r'\"Text" > 1'}, "0017", "has the type String"),
        (
            rows(3),
            {"mode": "relative-expression", "expression": r'\"n" > soon'},
            "0002",
            "'soon' cannot be compared",
        ),
        (rows(3), {"mode": "relative-expression", "expression": r'\"m" > 1'}, "0001", "no column 'm'"),
        (rows(3), {"mode": "relative-expression", "expression": r"(\1) > 1"}, "0001", "no column 2"),
        (rows(3), {"stratified": True, "stratification_column": "m"}, "0001", "no column 'm'"),
    ],
)
def test_what_does_not_fit_the_table_is_a_coded_error(
    frame: pd.DataFrame, params: dict[str, Any], code: str, says: str
) -> None:
    error = failure(NAME, params, dataset=frame)
    assert error.code == code
    assert says in error.message


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"fraction": 1.2}, "less than or equal to 1"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"stratified": True}, "needs a 'stratification_column'"),
        ({"mode": "regular-expression"}, "needs an 'expression'"),
        ({"mode": "regular-expression", "expression": r'\"a" ['}, "is not valid"),
        ({"mode": "relative-expression", "expression": "Year > 2010"}, "begins with a column"),
        ({"mode": "relative-expression", "expression": r'\"Year" 2010'}, "is not a comparison"),
        ({"mode": "recommender-split"}, "'split-rows'"),
    ],
)
def test_a_wrong_expression_is_refused_before_anything_runs(values: dict[str, Any], says: str) -> None:
    assert any(says in said for said in problems(NAME, values))
