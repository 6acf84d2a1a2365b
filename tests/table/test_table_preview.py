from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom.table.preview import preview
from drawloom.table.to_arrow import to_batch
from table.strategies import frames


def lines(table: pa.Table, **options: int) -> list[str]:
    return preview(table, **options).splitlines()


def test_names_types_rows_and_size() -> None:
    table = pa.table({"name": ["Ann", "Bo"], "age": [41, 7], "height": [1.75, 1.0]})
    assert lines(table) == [
        "name      age   height",
        "string  int64  float64",
        "Ann        41     1.75",
        "Bo          7        1",
        "2 rows x 3 columns",
    ]


def test_missing_is_not_empty_text_nor_the_text_na() -> None:
    shown = lines(pa.table({"x": ["", None, "NA", " a"]}))
    assert shown[2:6] == ['""', "NA", '"NA"', '" a"']


def test_rows_left_out_are_counted() -> None:
    shown = lines(pa.table({"x": range(768)}), rows=3)
    assert len(shown) == 6
    assert shown[-1] == "... 768 rows x 1 column"


def test_columns_that_do_not_fit_are_counted() -> None:
    table = pa.table({f"column{number}": [number] for number in range(20)})
    shown = lines(table, width=40)
    assert all(len(line) <= 40 for line in shown)
    assert shown[-1] == "1 row x 20 columns, 16 not shown"


def test_long_cells_and_names_are_cut() -> None:
    shown = lines(pa.table({"n" * 99: ["x" * 10_000_000]}), width=20)
    assert shown[0] == "n" * 19 + "…"
    assert shown[2] == "x" * 19 + "…"


def test_a_table_cannot_drive_the_terminal() -> None:
    shown = preview(pa.table({"a\x1b[2J\n": ["\x1b]0;title\x07", "two\nlines", "\u202egnp"]}))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) == 6
    assert "two\\nlines" in shown


def test_wide_letters_line_up() -> None:
    shown = lines(pa.table({"x": ["日本", "abcd"], "y": ["1", "2"]}))
    assert shown[2:4] == ["日本    1", "abcd    2"]


def test_tables_without_rows_or_columns() -> None:
    assert lines(pa.table({})) == ["0 rows x 0 columns"]
    assert lines(pa.table({"x": pa.array([], pa.int8())})) == ["   x", "int8", "0 rows x 1 column"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([2**62], pa.timestamp("s")),
        pa.array([2**62], pa.timestamp("ns", "UTC")),
        pa.array([2**62], pa.duration("s")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([1], pa.time64("ns")),
        pa.array([[2**62]], pa.list_(pa.timestamp("s"))),
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.nulls(1),
        pa.nulls(1, pa.uuid()),
        pa.array([b"\xff\x00"]),
        pa.array(["x"], pa.string_view()),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int8())),
        pa.array(["x"]).dictionary_encode(),
        pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1], pa.int8())),
        pa.RunEndEncodedArray.from_arrays([1], pa.array([7])),
        pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1]), pa.array(["x"])]),
        pa.array([[[2**62]]], pa.large_list(pa.list_view(pa.duration("s")))),
        pa.array([[1, 2]], pa.list_(pa.float16(), 2)),
    ],
)
def test_every_type_can_be_shown(array: pa.Array) -> None:
    shown = lines(pa.table({"x": array}))
    assert shown[-1] == "1 row x 1 column"
    assert len(shown) == 4
    assert shown[2].strip()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames(), st.integers(0, 12), st.integers(1, 200))
def test_any_frame_can_be_shown_in_any_width(frame: object, rows: int, width: int) -> None:
    batch, _ = to_batch(frame)  # type: ignore[arg-type]
    shown = preview(pa.Table.from_batches([batch]), rows=rows, width=width)
    assert shown.endswith("\n")
    assert f"{batch.num_columns} column" in shown


def test_dates_are_shown_as_dates() -> None:
    assert lines(pa.table({"x": [datetime.date(2020, 2, 29)]}))[2] == "2020-02-29"
