"""The file as others see it."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
from hypothesis import HealthCheck, given, settings

from drawloom.table.bridge import write_frame
from drawloom.table.columns import bitmap_of_missing
from table.strategies import frames


def buffers(batch: pa.RecordBatch) -> list[pa.Buffer]:
    return [
        buffer for array in batch.columns for buffer in array.buffers() if buffer is not None and buffer.size
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames())
def test_a_frame_is_one_batch_whose_buffers_begin_at_multiples_of_64(frame: pd.DataFrame) -> None:
    with open(os.memfd_create("table"), "r+b") as file:
        write_frame(frame, file.fileno())
        file.seek(0)
        memory = pa.py_buffer(file.read())
    reader = pa.ipc.open_file(memory)
    assert reader.num_record_batches == 1
    batch = reader.get_batch(0)
    for array in batch.columns:
        storage = array.indices if isinstance(array, pa.DictionaryArray) else array
        for buffer in storage.buffers():
            assert buffer is None or buffer.size == 0 or (buffer.address - memory.address) % 64 == 0


def test_other_readers_understand_the_layout() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", None, "c"],
            "x": [1.5, None, 2.5],
            "n": [1, 2, 3],
            "y": [None, 2.0, 3.0],
            "kind": pd.Categorical(["u", None, "v"]),
            "day": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        }
    )
    with open(os.memfd_create("table"), "r+b") as file:
        write_frame(frame, file.fileno())
        file.seek(0)
        whole = file.read()
    other = polars.read_ipc(whole, use_pyarrow=False)
    assert other["text"].to_list() == ["a", None, "c"]
    assert other["x"].to_list() == [1.5, None, 2.5]
    assert other["y"].to_list() == [None, 2.0, 3.0]
    assert other["n"].to_list() == [1, 2, 3]
    assert other["kind"].to_list() == ["u", None, "v"]
    assert other["day"].null_count() == 1


def test_a_column_without_nan_has_no_bitmap() -> None:
    bitmap, count = bitmap_of_missing(np.array([1.0, np.inf, -np.inf]), np.isnan)
    assert (bitmap, count) == (None, 0)


def test_the_bitmap_is_right_over_many_pieces() -> None:
    values = np.arange(200_003.0)
    values[[0, 65_535, 65_536, 131_071, 200_002]] = np.nan
    bitmap, count = bitmap_of_missing(values, np.isnan)
    assert bitmap is not None
    array = pa.Array.from_buffers(pa.float64(), len(values), [bitmap, pa.py_buffer(values)])
    assert count == array.null_count == 5
    assert np.array_equal(array.is_null().to_numpy(zero_copy_only=False), np.isnan(values))
