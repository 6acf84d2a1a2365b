"""The rules of docs/bridge.md, one a test."""

from __future__ import annotations

import datetime
import decimal
import os
import pathlib
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drawloom.errors import DrawloomError, LimitError
from drawloom.table.bridge import read_frame, read_metadata, read_table, write_frame, write_table
from drawloom.table.report import Conversion
from drawloom.table.validate import validate


@pytest.fixture
def fd() -> Iterator[int]:
    descriptor = os.memfd_create("table")
    yield descriptor
    os.close(descriptor)


def cross(cells: Any, fd: int) -> tuple[pd.Series, list[Conversion]]:
    """Send one column through a file; give it as it arrives, and what the writer said."""
    series = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype=object)
    _, conversions = write_frame(pd.DataFrame({"column": series}), fd)
    validate(fd)
    frame, _ = read_frame(fd)
    return frame["column"], conversions


def refused(cells: list[object], fd: int) -> DrawloomError:
    with pytest.raises(DrawloomError) as caught:
        write_frame(pd.DataFrame({"price": pd.Series(cells, dtype=object)}), fd)
    assert os.fstat(fd).st_size == 0
    return caught.value


# --- from pandas ---


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["a", None, "b"], "str"),
        (["a", float("nan")], "str"),
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([np.int8(1), 2], "int64"),
        ([2**63, 0], "uint64"),
        ([1.5, None], "float64"),
        ([1, 2.5], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        ([1 + 2j, None], "complex128"),
        ([datetime.datetime(2020, 1, 1), pd.NaT], "datetime64[us]"),
        ([pd.Timestamp("2020-01-01 00:00:00.000000001"), datetime.datetime(1999, 1, 1)], "datetime64[ns]"),
        ([np.datetime64("2020-01-01"), None], "datetime64[s]"),
        ([datetime.timedelta(days=1), None], "timedelta64[us]"),
        ([pd.Period("2020-01", "M"), None], "period[M]"),
        ([pd.Interval(0, 1), None], "interval[float64, right]"),
    ],
)
def test_objects_of_one_kind_become_the_type_of_that_kind(cells: list[object], dtype: str, fd: int) -> None:
    column, conversions = cross(cells, fd)
    assert str(column.dtype) == dtype
    assert column.isna().tolist() == [bool(pd.isna(cell)) for cell in cells]
    assert [cell for cell in column if not pd.isna(cell)] == [cell for cell in cells if not pd.isna(cell)]
    [entry] = conversions
    missing = sum(pd.isna(cell) for cell in cells)
    assert (entry.column, entry.type_there) == ("column", "object")
    assert entry.missing_before == entry.missing_after == missing


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, decimal.Decimal("NaN")])
def test_whatever_says_missing_is_missing(missing: object, fd: int) -> None:
    column, _ = cross(["a", missing, ""], fd)
    assert column.isna().tolist() == [False, True, False]
    assert column[2] == ""


@pytest.mark.parametrize("cell", [uuid.UUID(int=7), pathlib.PurePosixPath("a/b")])
def test_what_has_an_obvious_name_is_written_as_text(cell: object, fd: int) -> None:
    column, [entry] = cross([cell, None], fd)
    assert column[0] == str(cell)
    assert entry.note == "written as text"


def test_sequences_become_lists_and_the_report_says_so(fd: int) -> None:
    column, [entry] = cross([(1, 2), np.array([3, 4]), [5]], fd)
    assert column.tolist() == [[1, 2], [3, 4], [5]]
    assert "lists" in entry.note


def test_dicts_get_each_others_keys_and_the_report_says_so(fd: int) -> None:
    column, [entry] = cross([{"a": 1}, {"b": "x"}], fd)
    assert column.tolist() == [{"a": 1, "b": None}, {"a": None, "b": "x"}]
    assert "same keys" in entry.note


def test_octets_become_bytes(fd: int) -> None:
    column, [entry] = cross([bytearray(b"x"), b"y"], fd)
    assert column.tolist() == [b"x", b"y"]
    assert entry.note == "written as bytes"


def test_several_time_zones_become_the_same_instants_in_utc(fd: int) -> None:
    here = datetime.datetime(2020, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    there = datetime.datetime(2020, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))
    column, [entry] = cross([here, there], fd)
    assert str(column.dtype) == "datetime64[us, UTC]"
    assert column.tolist() == [here, there]
    assert "UTC" in entry.note


def test_a_zone_without_a_common_name_becomes_utc(fd: int) -> None:
    odd = datetime.timezone(datetime.timedelta(hours=1, seconds=7))
    moments = pd.Series(pd.to_datetime(["2020-01-01"]).tz_localize(odd))
    column, [entry] = cross(moments, fd)
    assert str(column.dt.tz) == "UTC"
    assert column[0] == moments[0]
    assert "UTC" in entry.note


@pytest.mark.parametrize(
    ("cells", "first", "second"),
    [
        ([None, "a", 1], "text in row 1", "integer in row 2"),
        ([True, 1], "boolean in row 0", "integer in row 1"),
        ([datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)], "date in row 0", "datetime in row 1"),
        ([b"a", "a"], "bytes in row 0", "text in row 1"),
        ([[1], {"a": 1}], "list in row 0", "dict in row 1"),
        ([decimal.Decimal(1), 1.5], "decimal in row 0", "float in row 1"),
    ],
)
def test_mixed_types_are_refused_by_column_row_and_type(
    cells: list[object], first: str, second: str, fd: int
) -> None:
    error = refused(cells, fd)
    assert error.code == "0045"
    for part in ("price", first, second):
        assert part in error.message
    assert 'frame["price"]' in error.remedy


def test_lists_of_different_things_are_refused(fd: int) -> None:
    error = refused([[1], ["a"]], fd)
    assert (error.code, "price" in error.message) == ("0045", True)


def test_times_with_and_without_a_zone_are_refused(fd: int) -> None:
    moment = datetime.datetime(2020, 1, 1)
    assert refused([moment, moment.astimezone(datetime.UTC)], fd).code == "0045"


def test_a_whole_number_that_a_float_would_round_is_refused_beside_floats(fd: int) -> None:
    error = refused([0.5, 2**53 + 1], fd)
    assert (error.code, "row 1" in error.message) == ("0045", True)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (object(), "builtins.object"),
        ({1, 2}, "builtins.set"),
        (pd.DataFrame({"a": [1]}), "DataFrame"),
        (10**77, "integer"),
        (decimal.Decimal("Infinity"), "decimal"),
        ("\udc80", "text"),
        ({1: 2}, "dict"),
        (datetime.time(1, tzinfo=datetime.UTC), "time"),
    ],
)
def test_what_no_table_can_hold_is_refused_by_column_and_row(cell: object, name: str, fd: int) -> None:
    cells = np.empty(3, object)
    cells[2] = cell
    error = refused(cells, fd)  # type: ignore[arg-type]
    assert error.code == "0085"
    for part in ("price", "row 2", name):
        assert part in error.message


def test_infinities_are_values_and_nan_is_missing(fd: int) -> None:
    write_frame(pd.DataFrame({"x": [np.inf, -np.inf, np.nan, 0.0]}), fd)
    column = read_table(fd).column("x")
    assert column.null_count == 1
    assert column.to_pylist() == [np.inf, -np.inf, None, 0.0]


def test_sparse_columns_are_written_in_full(fd: int) -> None:
    column, [entry] = cross(pd.Series(pd.arrays.SparseArray([0.0, 1.0, np.nan])), fd)
    pd.testing.assert_series_equal(column, pd.Series([0.0, 1.0, np.nan], name="column"))
    assert entry.type_there.startswith("Sparse")
    assert (entry.missing_before, entry.missing_after) == (1, 1)


def test_longer_floats_and_foreign_byte_orders_become_the_machines_own(fd: int) -> None:
    column, [entry] = cross(pd.Series(np.array([1, 2], ">i4")), fd)
    assert (column.tolist(), str(column.dtype), entry.type_here) == ([1, 2], "int32", "int32")
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    column, [entry] = cross(pd.Series(np.array([1, np.nan], np.longdouble)), fd)
    assert (column[0], str(column.dtype), entry.missing_after) == (1.0, "float64", 1)


def test_a_category_keeps_order_unused_words_and_missing(fd: int) -> None:
    before = pd.Series(pd.Categorical(["b", None], categories=["c", "b", "a"], ordered=True))
    column, conversions = cross(before, fd)
    pd.testing.assert_series_equal(column, before, check_names=False)
    assert conversions == []


def test_categories_of_mixed_types_are_refused(fd: int) -> None:
    frame = pd.DataFrame({"kind": pd.Categorical(["a", 1])})
    with pytest.raises(DrawloomError, match="kind") as caught:
        write_frame(frame, fd)
    assert caught.value.code == "0045"


def test_names_become_text_and_duplicates_get_a_number(fd: int) -> None:
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index([0, "a", "a", ("x", 1)], dtype=object))
    _, conversions = write_frame(frame, fd)
    assert read_table(fd).column_names == ["0", "a", "a (2)", "('x', 1)"]
    renamed = {entry.column: entry.renamed_from for entry in conversions}
    assert renamed == {"0": "0", "a (2)": "'a'", "('x', 1)": "('x', 1)"}


def test_levels_of_names_become_one_text(fd: int) -> None:
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("mean", "x"), ("mean", "y")]))
    write_frame(frame, fd)
    assert read_frame(fd)[0].columns.tolist() == ["('mean', 'x')", "('mean', 'y')"]


def test_row_numbers_are_dropped_without_a_word(fd: int) -> None:
    frame = pd.DataFrame({"x": [3, 1, 2]}).sort_values("x")
    _, conversions = write_frame(frame, fd)
    after, _ = read_frame(fd)
    assert conversions == []
    assert after.index.equals(pd.RangeIndex(3))
    assert after["x"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("by", ["day", ["day", "x"]])
def test_an_index_that_carries_data_is_dropped_and_reported(by: Any, fd: int) -> None:
    frame = pd.DataFrame({"x": [1], "y": [2], "day": ["mon"]}).set_index(by)
    _, [entry] = write_frame(frame, fd)
    assert "day" in entry.column
    assert entry.type_here == "dropped"
    assert "reset_index" in entry.note


@pytest.mark.parametrize("rows", [0, 5])
def test_a_frame_without_columns_keeps_its_rows(rows: int, fd: int) -> None:
    write_frame(pd.DataFrame(index=range(rows)), fd)
    assert read_frame(fd)[0].shape == (rows, 0)
    assert validate(fd).rows == rows


def test_ten_thousand_columns_cross(fd: int) -> None:
    frame = pd.DataFrame(np.arange(30_000.0).reshape(3, 10_000)).rename(columns="c{}".format)
    written, conversions = write_frame(frame, fd)
    after, _ = read_frame(fd)
    assert (written.columns, conversions) == (10_000, [])
    pd.testing.assert_frame_equal(after, frame)


def test_the_tables_own_facts_travel_with_it(fd: int) -> None:
    facts = {"roles": {"price": "label"}}
    write_frame(pd.DataFrame({"price": [1]}), fd, facts)
    assert read_metadata(fd) == facts


def test_a_table_without_facts_has_none(fd: int) -> None:
    write_frame(pd.DataFrame({"price": [1]}), fd)
    assert read_metadata(fd) == {}


# --- from Arrow ---


def arrived(array: pa.Array | pa.ChunkedArray, fd: int, **options: Any) -> tuple[pd.Series, list[Conversion]]:
    """Write a column as others would, with PyArrow's own writer, and read it."""
    table = pa.table({"column": array})
    with os.fdopen(os.dup(fd), "wb") as file, pa.ipc.new_file(file, table.schema, **options) as writer:
        writer.write_table(table)
    validate(fd)
    frame, conversions = read_frame(fd)
    return frame["column"], conversions


TIME = datetime.time(1, 2, 3, 4)
DAY = datetime.date(2020, 2, 29)


@pytest.mark.parametrize(
    ("array", "dtype", "cells"),
    [
        (pa.array([1, None], pa.int16()), "Int16", [1, pd.NA]),
        (pa.array([True, None]), "boolean", [True, pd.NA]),
        (pa.array([True, False] * 9), "bool", [True, False] * 9),
        (pa.array(["a", None, ""], pa.string()), "str", ["a", np.nan, ""]),
        (pa.array(["a", None, ""], pa.string_view()), "str", ["a", np.nan, ""]),
        (pa.array([DAY, None], pa.date32()), "object", [DAY, None]),
        (pa.array([DAY, None], pa.date64()), "object", [DAY, None]),
        (pa.array([TIME, None], pa.time64("ns")), "object", [TIME, None]),
        (pa.array([1500, None], pa.time32("ms")), "object", [datetime.time(0, 0, 1, 500000), None]),
        (pa.array([decimal.Decimal("1.50"), None]), "object", [decimal.Decimal("1.50"), None]),
        (pa.array([b"a", None], pa.binary(1)), "object", [b"a", None]),
        (pa.array([b"a", None], pa.binary_view()), "object", [b"a", None]),
        (pa.array([[1, None], None]), "object", [[1, None], None]),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), "object", [[1, 2]]),
        (pa.array([{"a": 1}, None]), "object", [{"a": 1}, None]),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int8())), "object", [[("k", 1)]]),
        (pa.nulls(2), "object", [None, None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), "category", ["a", np.nan, "a"]),
        (pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.uint64()), ["x", "y"]), "category", ["y", "x"]),
        (pa.DictionaryArray.from_arrays([0, 1, 2], ["x", None, "x"]), "category", ["x", np.nan, "x"]),
        (pa.RunEndEncodedArray.from_arrays([2, 3], pa.array([7, 8])), "object", [7, 7, 8]),
        (pa.array([1.5, None, float("nan")], pa.float32()), "float32", [1.5, np.nan, np.nan]),
    ],
)
def test_types_of_others_arrive(array: pa.Array, dtype: str, cells: list[object], fd: int) -> None:
    column, _ = arrived(array, fd)
    pd.testing.assert_series_equal(column, pd.Series(cells, dtype=dtype, name="column"))
    if dtype == "object":
        assert [type(cell) for cell in column] == [type(cell) for cell in cells]


def test_any_octet_but_zero_is_true(fd: int) -> None:
    column, _ = arrived(pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1, 2, -1], pa.int8())), fd)
    assert column.to_numpy().view("u1").tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    "array",
    [
        pa.chunked_array([[1.5], [], [None, 2.5]]),
        pa.chunked_array([["a"], ["b", None]]),
        pa.chunked_array([pa.array(["a"]).dictionary_encode(), pa.array(["b", "a"]).dictionary_encode()]),
        pa.chunked_array([], pa.int64()),
    ],
)
def test_several_pieces_arrive_as_one(array: pa.ChunkedArray, fd: int) -> None:
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, unify_dictionaries=True)
    column, _ = arrived(array, fd, options=options)
    expected = [np.nan if cell is None else cell for cell in array.to_pylist()]
    pd.testing.assert_series_equal(column, pd.Series(expected, dtype=column.dtype, name="column"))


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_compressed_files_arrive_writable(compression: str, fd: int) -> None:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    column, _ = arrived(pa.array(np.arange(9999.0)), fd, options=options)
    column.iloc[0] = -1.0
    assert column.iloc[0] == -1.0
    assert column.iloc[1:].tolist() == list(range(1, 9999))


def test_a_slice_arrives(fd: int) -> None:
    whole = pa.array([1.0, None, 3.0, None, 5.0] * 7)
    column, _ = arrived(whole.slice(3, 20), fd)
    pd.testing.assert_series_equal(column, whole.slice(3, 20).to_pandas(), check_names=False)


def test_equal_names_in_a_file_are_told_apart(fd: int) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with os.fdopen(os.dup(fd), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    frame, [entry] = read_frame(fd)
    assert frame.columns.tolist() == ["a", "a (2)"]
    assert (entry.column, entry.renamed_from) == ("a (2)", "'a'")


def test_a_date_beyond_python_is_refused_by_column(fd: int) -> None:
    with pytest.raises(DrawloomError, match="column") as caught:
        arrived(pa.array([2**31 - 1], pa.date32()), fd)
    assert caught.value.code == "0018"


def test_time_below_a_microsecond_is_cut_and_the_report_says_so(fd: int) -> None:
    column, [entry] = arrived(pa.array([1001], pa.time64("ns")), fd)
    assert column.tolist() == [datetime.time(microsecond=1)]
    assert "cut" in entry.note


def test_nullable_floats_tell_nan_from_missing(fd: int) -> None:
    before = pd.Series(pd.arrays.FloatingArray(np.array([1.0, np.nan, 0.0]), np.array([False, False, True])))
    column, _ = cross(before, fd)
    assert str(column.dtype) == "Float64"
    assert column.isna().tolist() == before.isna().tolist()
    assert np.isnan(column.to_numpy(dtype="f8", na_value=0.0)).tolist() == [False, True, False]


def test_what_is_not_an_arrow_file_is_refused(fd: int) -> None:
    os.write(fd, b"a,b\n1,2\n" * 100)
    for read in (read_frame, read_table, read_metadata):
        with pytest.raises(DrawloomError) as caught:
            read(fd)
        assert caught.value.code == "0018"


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (pa.string(), pa.large_string()),
        (pa.string_view(), pa.large_string()),
        (pa.binary(), pa.large_binary()),
        (pa.bool_(), pa.bool_()),
        (pa.date32(), pa.date32()),
        (pa.decimal128(5, 2), pa.decimal128(5, 2)),
        (pa.uuid(), pa.binary(16)),
        (pa.run_end_encoded(pa.int32(), pa.float64()), pa.float64()),
    ],
)
def test_tables_are_written_in_standard_types(kind: pa.DataType, kept: pa.DataType, fd: int) -> None:
    column = pa.chunked_array([pa.array([None, None], kind), pa.array([None], kind)])
    write_table(pa.table({"a": column, "b": column}), fd)
    validate(fd)
    assert read_table(fd).schema.types == [kept, kept]
    assert read_table(fd).column("b").to_pylist() == [None] * 3


def test_a_table_written_under_equal_names_has_different_ones(fd: int) -> None:
    write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), fd)
    assert read_table(fd).column_names == ["a", "a (2)"]


def test_a_full_disk_is_a_limit_that_was_hit() -> None:
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(LimitError, match="no space left"):
        write_frame(pd.DataFrame({"a": [1]}), full.fileno())
