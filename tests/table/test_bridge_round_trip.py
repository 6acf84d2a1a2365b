from __future__ import annotations

import os

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom.table.bridge import read_frame, read_table, write_frame, write_table
from drawloom.table.validate import validate
from table.strategies import COLUMNS, assert_same, frames

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def there_and_back(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[object]]:
    with open(os.memfd_create("table"), "r+b") as file:
        written, conversions = write_frame(frame, file.fileno())
        schema = validate(file.fileno())
        assert (written.rows, written.columns) == frame.shape == (schema.rows, len(schema.columns))
        after, back = read_frame(file.fileno())
    return after, [*conversions, *back]


@pytest.mark.parametrize("kind", COLUMNS)
@quick
@given(data=st.data())
def test_a_column_of_every_type_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 12))
    frame = pd.DataFrame({"column": data.draw(COLUMNS[kind](rows))})
    after, conversions = there_and_back(frame)
    assert_same(frame, after)
    assert conversions == []


@quick
@given(frames())
def test_columns_of_all_types_side_by_side_come_back_as_they_were(frame: pd.DataFrame) -> None:
    after, conversions = there_and_back(frame)
    assert_same(frame, after)
    assert conversions == []


@quick
@given(frames())
def test_a_table_read_and_written_as_arrow_gives_the_same_frame(frame: pd.DataFrame) -> None:
    with open(os.memfd_create("one"), "r+b") as one, open(os.memfd_create("two"), "r+b") as two:
        write_frame(frame, one.fileno())
        write_table(read_table(one.fileno()), two.fileno())
        validate(two.fileno())
        after, _ = read_frame(two.fileno())
    assert_same(frame, after)


@quick
@given(frames(), st.integers(1, 200_000))
def test_long_columns_come_back_as_they_were(frame: pd.DataFrame, rows: int) -> None:
    if len(frame):
        frame = pd.concat([frame] * (1 + rows // len(frame) // 16), ignore_index=True)
    after, _ = there_and_back(frame)
    assert_same(frame, after)
