"""Join Data, held against SQLite where SQL has the same words."""

from __future__ import annotations

import sqlite3
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .running import Result, failure, problems, run, table
from .samples import cars, countries

KEYS = {"left_keys": "k", "right_keys": "k"}
TEXTS = st.lists(st.sampled_from(["a", "A", "b", "ß", None]), max_size=6)
NUMBERS = st.lists(st.sampled_from([1, 2, 3, None]), max_size=6)


def join(left: Any, right: Any, **params: Any) -> Result:
    return run("join-data", KEYS | params, dataset1=left, dataset2=right)


def _in_sqlite(left: list[Any], right: list[Any], how: str) -> list[tuple[Any, ...]]:
    base = sqlite3.connect(":memory:")
    for name, keys in (("l", left), ("r", right)):
        base.execute(f"create table {name} (k, n)")
        base.executemany(f"insert into {name} values (?, ?)", [(key, row) for row, key in enumerate(keys)])
    rows = base.execute(
        f"select l.k, l.n, r.k, r.n from l {how} join r on l.k = r.k order by l.n is null, l.n, r.n"
    ).fetchall()
    base.close()
    return rows


@pytest.mark.parametrize(
    ("join_type", "how"), [("inner", "inner"), ("left-outer", "left"), ("full-outer", "full")]
)
@given(left=st.one_of(TEXTS, NUMBERS), data=st.data())
def test_rows_and_their_order_are_those_of_sql(
    join_type: str, how: str, left: list[Any], data: st.DataObject
) -> None:
    texts = any(isinstance(key, str) for key in left)
    right = data.draw(TEXTS if texts else NUMBERS)
    kind = pa.large_string() if texts else pa.int64()
    tables = [
        pa.table({"k": pa.array(keys, kind), "n": pa.array(range(len(keys)), pa.int64())})
        for keys in (left, right)
    ]
    rows = join(*(table(each) for each in tables), join_type=join_type).arrow().to_pylist()
    assert [tuple(row.values()) for row in rows] == _in_sqlite(left, right, how)


def test_a_left_semi_join_keeps_left_rows_once() -> None:
    left = pd.DataFrame({"k": ["b", "a", "c", None], "x": [1, 2, 3, 4]})
    right = pd.DataFrame({"k": ["a", "b", "a", None], "y": [1, 2, 3, 4]})
    assert join(left, right, join_type="left-semi").arrow().to_pydict() == {"k": ["b", "a"], "x": [1, 2]}


def test_integers_stay_integers_where_rows_have_no_partner() -> None:
    left = pd.DataFrame({"k": [1, 2]})
    right = pd.DataFrame({"k": [2], "big": [2**60 + 1], "flag": [True]})
    joined = join(left, right, join_type="left-outer", keep_right_key_columns=False).arrow()
    assert joined.to_pydict() == {"k": [1, 2], "big": [None, 2**60 + 1], "flag": [None, True]}


def test_a_name_both_have_gets_1_in_brackets() -> None:
    left = pd.DataFrame({"k": [1], "x": [1], "y (1)": [0]})
    right = pd.DataFrame({"k": [1], "x": [2], "y (1)": [3]})
    assert list(join(left, right).frame().columns) == ["k", "x", "y (1)", "k (1)", "x (1)", "y (1) (1)"]


def test_the_right_key_may_be_left_out_and_its_own_rows_keep_their_key() -> None:
    params = {
        "left_keys": "make",
        "right_keys": "make",
        "keep_right_key_columns": False,
        "join_type": "Full outer",
    }
    joined = run("join-data", params, dataset1=cars(), dataset2=countries()).arrow().to_pydict()
    assert joined["make"][-1] == "saab"
    assert joined["country"][-1] == "SE"
    assert joined["price"][-1] is None


def test_case_may_be_ignored() -> None:
    left, right = pd.DataFrame({"k": ["Audi", "STRASSE"]}), pd.DataFrame({"k": ["aUDI", "straße"]})
    assert join(left, right).counts["dataset.rows"] == 0
    assert join(left, right, match_case=False).counts["dataset.rows"] == 2


def test_integers_match_doubles_and_levels_match_text() -> None:
    left = pd.DataFrame({"k": pd.array([1, None], dtype="Int64")})
    assert join(left, pd.DataFrame({"k": [1.0, 2.5]})).counts["dataset.rows"] == 1
    levels = pd.DataFrame({"k": pd.Categorical(["a", "b"])})
    assert join(levels, pd.DataFrame({"k": ["b"]})).counts["dataset.rows"] == 1


def test_several_columns_may_be_the_key_together() -> None:
    left = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    right = pd.DataFrame({"c": [1, 2], "d": ["y", "y"]})
    joined = run("join-data", {"left_keys": ["a", "b"], "right_keys": [1, 2]}, dataset1=left, dataset2=right)
    assert joined.arrow().to_pydict() == {"a": [1], "b": ["y"], "c": [1], "d": ["y"]}


def test_roles_come_along_from_both_sides() -> None:
    left = table(pd.DataFrame({"k": [1], "x": [1]}), {"x": "label"})
    right = table(pd.DataFrame({"k": [1], "x": [1]}), {"x": "weight"})
    assert run("join-data", KEYS, dataset1=left, dataset2=right).roles() == {"x": "label", "x (1)": "weight"}


def test_keys_of_different_types_are_error_0016() -> None:
    error = failure("join-data", KEYS, dataset1=pd.DataFrame({"k": [1]}), dataset2=pd.DataFrame({"k": ["a"]}))
    assert error.code == "0016"
    assert error.message == (
        "The key column 'k' at port 'dataset1' has the type Integer, 'k' at port 'dataset2' has String."
    )


def test_a_key_that_cannot_be_compared_is_error_0017() -> None:
    lists = pa.table({"k": [[1], [2]]})
    error = failure("join-data", KEYS, dataset1=lists, dataset2=pd.DataFrame({"k": [1]}))
    assert error.code == "0017"
    assert "'k' at port 'dataset1' has the type Object" in error.message


def test_as_many_keys_are_needed_on_both_sides() -> None:
    (said,) = problems("join-data", {"left_keys": ["a", "b"], "right_keys": "c"})
    assert "2 left and 1 right key columns" in said
