"""Column selections: what may be written, and what it chooses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from drawloom.errors import InputError
from drawloom.modules.columns import ColumnSelection
from drawloom.modules.selection import one_column, select, select_in_order
from drawloom.modules.tables import Table

from .running import problems

TABLE = Table(
    pd.DataFrame(
        {
            "id": [1, 2],
            "price": [1.5, 2.5],
            "make": ["a", "b"],
            "sold": [True, False],
            "when": pd.to_datetime(["2020-01-01", "2020-01-02"]),
            "took": pd.to_timedelta([1, 2], unit="s"),
            "body": pd.Categorical(["x", "y"]),
        }
    ),
    {"price": "label", "id": "ignored", "took": "score-probability"},
)


def _plain(written: Any) -> dict[str, Any]:
    return ColumnSelection.model_validate(written).model_dump(mode="json")


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("price", ["price"]),
        (["make", "id"], ["id", "make"]),
        ({"begin": "all"}, list(TABLE.names)),
        ({"begin": "All", "rules": [{"exclude": "price"}, {"exclude": {"indices": "3-7"}}]}, ["id"]),
        ({"rules": [{"include": {"indices": "1-2, 5"}}]}, ["id", "price", "when"]),
        ({"rules": [{"include": {"indices": 2}}]}, ["price"]),
        ({"rules": [{"include": {"types": ["Numeric"]}}]}, ["id", "price"]),
        ({"rules": [{"include": {"types": ["integer", "Boolean"]}}]}, ["id", "sold"]),
        ({"rules": [{"include": {"types": "DateTime"}}]}, ["when"]),
        ({"rules": [{"include": {"types": ["TimeSpan", "double"]}}]}, ["price", "took"]),
        ({"rules": [{"include": {"types": "categorical"}}]}, ["body"]),
        ({"begin": "all", "rules": [{"exclude": {"types": "Non-Categorical"}}]}, ["body"]),
        ({"rules": [{"include": {"roles": "labels"}}]}, ["price"]),
        ({"rules": [{"include": {"roles": "scores"}}]}, ["took"]),
        ({"begin": "all", "rules": [{"exclude": {"roles": "features"}}]}, ["id", "price", "took"]),
        ({"begin": "all", "rules": [{"exclude": "id"}, {"include": "id"}]}, list(TABLE.names)),
    ],
)
def test_a_selection_chooses_columns_in_the_order_of_the_table(written: Any, chosen: list[str]) -> None:
    assert select(_plain(written), TABLE) == chosen


def test_a_selection_in_its_own_order_keeps_duplicates() -> None:
    written = {"rules": [{"include": ["make", "id"]}, {"include": {"indices": "3"}}]}
    assert select_in_order(_plain(written), TABLE) == ["make", "id", "make"]


def test_a_column_that_is_not_there_is_error_0001_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        select(_plain(["prise"]), TABLE)
    assert str(caught.value) == (
        "Error 0001: There is no column 'prise' in the dataset at port 'dataset'. Did you mean 'price'?"
    )


@pytest.mark.parametrize("index", [8, {"rules": [{"include": {"indices": "7-8"}}]}])
def test_an_index_beyond_the_last_column_is_error_0001(index: Any) -> None:
    with pytest.raises(InputError, match=r"There is no column 8 .* it has 7 columns") as caught:
        one_column(index, TABLE) if isinstance(index, int) else select(_plain(index), TABLE)
    assert caught.value.code == "0001"


def test_one_column_is_found_by_name_or_by_its_index_from_1() -> None:
    assert one_column("price", TABLE) == one_column(2, TABLE) == "price"


def test_a_selection_that_chooses_nothing_is_error_0011() -> None:
    with pytest.raises(InputError, match="port 'dataset'") as caught:
        select(_plain({"begin": "all", "rules": [{"exclude": {"indices": "1-7"}}]}), TABLE)
    assert caught.value.code == "0011"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"begin": "some"}, "'all' or 'none'"),
        ({}, "begins with no columns and includes none"),
        ([], "say which columns"),
        ({"rules": [{"include": "a", "exclude": "b"}]}, "either includes or excludes"),
        ({"rules": [{"include": {"indices": "0-3"}}]}, "begin at 1"),
        ({"rules": [{"include": {"indices": "5-3"}}]}, "goes upwards"),
        ({"rules": [{"include": {"indices": "a-b"}}]}, "'1-20'"),
        ({"rules": [{"include": {"types": "numbers"}}]}, "'numeric'"),
        ({"rules": [{"include": {"type": "numeric"}}]}, "There is no parameter 'type'"),
        (5, "ColumnSelection"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused_before_anything_runs(written: Any, says: str) -> None:
    (said, *_) = problems("select-columns-in-dataset", {"columns": written})
    assert says in said
