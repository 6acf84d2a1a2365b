"""What a script may return."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from drawloom.errors import ScriptError
from drawloom.script.result import collect, to_table

from .running import form

A, B = pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [2]})


class Model:
    """No table."""


def left(returned: Any, annotation: str = "") -> tuple[dict[str, Any], list[str]]:
    head = "import pandas as pd\nfrom typing import NamedTuple\n"
    arrow = f" -> {annotation}" if annotation else ""
    deliveries, notes = collect(returned, form(f"{head}def azureml_main(){arrow}: ..."))
    return {delivery.port: delivery.value for delivery in deliveries}, notes


@pytest.mark.parametrize("returned", [(A,), [A], A, np.array([A, None], dtype=object)[:1]])
def test_a_frame_bare_or_in_a_sequence_is_the_dataset(returned: Any) -> None:
    ports, notes = left(returned)
    assert ports["dataset"] is A
    assert list(ports) == ["dataset"]
    assert notes == []


@pytest.mark.parametrize("returned", [(A, B), [A, B]])
def test_a_second_frame_is_dataset2(returned: Any) -> None:
    ports, _ = left(returned)
    assert ports["dataset"] is A
    assert ports["dataset2"] is B


def test_an_object_array_of_frames_is_a_sequence() -> None:
    array = np.empty(2, dtype=object)
    array[:] = [A, B]
    assert left(array)[0]["dataset2"] is B


def test_a_third_frame_is_dropped_with_a_note() -> None:
    ports, notes = left((A, B, A))
    assert list(ports) == ["dataset", "dataset2"]
    assert "Value 3" in notes[0]
    assert "DataFrame" in notes[0]


def test_none_is_an_empty_table() -> None:
    assert left(None)[0]["dataset"].shape == (0, 0)
    ports, _ = left((None, B))
    assert ports["dataset"].shape == (0, 0)
    assert ports["dataset2"] is B


def test_an_object_without_annotation_is_dropped_with_the_remedy() -> None:
    ports, notes = left((A, Model()))
    assert list(ports) == ["dataset"]
    assert "(Model) was dropped: it is no table" in notes[0]
    assert "-> tuple[pd.DataFrame, object]" in notes[0]


def test_a_series_in_a_tuple_is_a_sequence_too() -> None:
    ports, _ = left((pd.Series([1, 2], name="x"),))
    assert ports["dataset"].to_dict("list") == {"x": [1, 2]}


def test_annotated_objects_leave_through_their_ports() -> None:
    model = Model()
    ports, _ = left((A, model), "tuple[pd.DataFrame, object]")
    assert ports["dataset"] is A
    assert ports["object"] is model
    ports, _ = left((model, A), "tuple[object, pd.DataFrame]")
    assert ports["object"] is model
    assert ports["dataset"] is A


def test_an_annotated_object_alone_leaves_an_empty_dataset_beside_it() -> None:
    ports, _ = left([A], "object")
    assert ports["object"] == [A]
    assert ports["dataset"].shape == (0, 0)


def test_a_broken_promise_of_the_annotation_is_an_error() -> None:
    with pytest.raises(ScriptError, match="promises 2, but the function returned 1"):
        left(A, "tuple[pd.DataFrame, pd.DataFrame]")
    with pytest.raises(ScriptError, match="promises 1, but the function returned 2"):
        left((A, B), "tuple[pd.DataFrame]")


def test_a_third_frame_leaves_where_the_annotation_says_so() -> None:
    ports, notes = left((A, B, A), "tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]")
    assert ports["dataset3"] is A
    assert notes == []


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        (pd.Series([1, 2]), {"column": [1, 2]}),
        (pd.Series([1, 2], name="x", index=[7, 8]), {"x": [1, 2]}),
        (np.array([1, 2]), {"column": [1, 2]}),
        (np.array([[1], [2]]), {"column": [1, 2]}),
        (np.array([[1, 2], [3, 4]]), {"column_0": [1, 3], "column_1": [2, 4]}),
        (np.array([(1, "x")], dtype=[("n", "i8"), ("s", "U1")]), {"n": [1], "s": ["x"]}),
        (np.array(5), {"column": [5]}),
        ({"a": [1, 2], "b": ["x", "y"]}, {"a": [1, 2], "b": ["x", "y"]}),
        ({"a": 1, "b": "x", "c": None}, {"a": [1], "b": ["x"], "c": [None]}),
        ({}, {}),
        ([{"a": 1}, {"a": 2}], {"a": [1, 2]}),
        ([1, 2, 3], {"column": [1, 2, 3]}),
        ((1, 2), {"column": [1, 2]}),
        ([], {"column": []}),
        (5, {"column": [5]}),
        (0.5, {"column": [0.5]}),
        ("text", {"column": ["text"]}),
        (True, {"column": [True]}),
        (np.float32(0.5), {"column": [0.5]}),
        (decimal.Decimal("1.5"), {"column": [decimal.Decimal("1.5")]}),
        (datetime.date(2020, 1, 2), {"column": [datetime.date(2020, 1, 2)]}),
        (pd.Index([1, 2]), {"column": [1, 2]}),
        (pl.Series("s", [1, 2]), {"s": [1, 2]}),
    ],
)
def test_one_value_becomes_a_table(value: Any, columns: dict[str, list[Any]]) -> None:
    frame = to_table(value)
    assert {name: list(frame[name]) for name in frame} == columns


@pytest.mark.parametrize(
    "value",
    [
        pa.table({"a": [1]}),
        pa.record_batch({"a": [1]}),
        pl.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [1]}).lazy(),
    ],
)
def test_tables_of_arrow_and_polars_stay_arrow(value: Any) -> None:
    table = to_table(value)
    assert isinstance(table, pa.Table)
    assert table.to_pydict() == {"a": [1]}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Model(), "Model"),
        (np.zeros((2, 2, 2)), "ndarray"),
        ({"a": A}, "dict"),
        ([1, A], "list"),
        ({"a": [1], "b": [1, 2]}, "dict"),
        (lambda: None, "function"),
        ((n for n in range(2)), "generator"),
    ],
)
def test_what_can_be_no_table_names_its_type(value: Any, kind: str) -> None:
    with pytest.raises(ScriptError, match=rf"Error 0085: .*\({kind}\) cannot become a table"):
        to_table(value)
