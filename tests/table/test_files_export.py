"""CSV and Parquet as written: exact text, and equal values when read again."""

import base64
import csv
import datetime
import decimal
import io
import json
import math
import tempfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from drawloom.table.files import read_file, write_csv, write_parquet


def csv_of(table):
    with tempfile.TemporaryFile() as file:
        write_csv(table, file.fileno())
        file.seek(0)
        return file.read().decode()


def through_csv(table):
    with tempfile.TemporaryFile() as file:
        write_csv(table, file.fileno())
        return read_file(file.fileno(), "file.csv")[0]


def through_parquet(table):
    with tempfile.TemporaryFile() as file:
        conversions = write_parquet(table, file.fileno())
        return read_file(file.fileno(), "file.parquet")[0], conversions


def test_missing_is_empty_and_empty_text_is_quoted():
    assert csv_of(pa.table({"a": ["x", "", None], "b": [1, None, 3]})) == 'a,b\nx,1\n"",\n,3\n'


def test_what_needs_quotes_gets_them():
    cells = ["a,b", 'say "x"', "two\nlines", "cr\r", " edge", "NA", "null", "plain text"]
    written = csv_of(pa.table({"a": cells}))
    assert written.splitlines()[1] == '"a,b"'
    assert written.endswith("plain text\n")
    assert [row[0] for row in csv.reader(io.StringIO(written, newline=""))] == ["a", *cells]
    assert through_csv(pa.table({"a": cells}))["a"].to_pylist() == cells


def test_names_are_quoted_like_cells():
    table = pa.table({"a,b": [1], 'c"d': [2]})
    assert csv_of(table) == '"a,b","c""d"\n1,2\n'


def test_doubles_are_the_shortest_text_that_gives_them_back_and_never_look_like_integers():
    values = [0.1, 1.0, -0.0, 1e20, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, math.inf, -math.inf]
    table = pa.table({"a": values})
    cells = csv_of(table).splitlines()[1:]
    assert cells[:2] == ["0.1", "1.0"]
    assert [float(cell).hex() for cell in cells] == [value.hex() for value in values]
    assert all(len(cell) <= len(repr(value)) for cell, value in zip(cells, values, strict=True))


def test_float32_is_as_short_as_its_own_precision():
    assert csv_of(pa.table({"a": pa.array([0.1, 2.0], pa.float32())})) == "a\n0.1\n2.0\n"


def test_nan_is_missing():
    assert csv_of(pa.table({"a": [1.5, math.nan], "b": [1, 2]})) == "a,b\n1.5,1\n,2\n"


def test_datetimes_are_iso_8601():
    moment = datetime.datetime(2020, 7, 1, 10, 30)
    table = pa.table(
        {
            "naive": pa.array([moment, None], pa.timestamp("us")),
            "berlin": pa.array([moment, None], pa.timestamp("us", "Europe/Berlin")),
            "utc": pa.array([moment, None], pa.timestamp("ns", "UTC")),
            "fraction": pa.array([moment.replace(microsecond=500_000), None], pa.timestamp("ms")),
            "day": pa.array([moment.date(), None]),
        }
    )
    assert csv_of(table).splitlines()[1:] == [
        "2020-07-01T10:30:00,2020-07-01T12:30:00+02:00,2020-07-01T10:30:00Z,2020-07-01T10:30:00.500,2020-07-01",
        ",,,,",
    ]


def test_what_csv_has_no_cell_for_is_json_base64_or_a_duration_and_reported():
    table = pa.table(
        {
            "list": [[1.5, math.nan], None],
            "struct": [{"x": b"ab", "t": datetime.date(2020, 1, 1)}, None],
            "bytes": [b"\x00\xff", None],
            "duration": pa.array([-1_500, None], pa.duration("ms")),
            "decimal": [decimal.Decimal("1.50"), None],
        }
    )
    with tempfile.TemporaryFile() as file:
        conversions = write_csv(table, file.fileno())
        file.seek(0)
        rows = list(csv.reader(io.StringIO(file.read().decode())))
    assert json.loads(rows[1][0]) == [1.5, None]
    assert json.loads(rows[1][1]) == {"x": "YWI=", "t": "2020-01-01"}
    assert base64.b64decode(rows[1][2]) == b"\x00\xff"
    assert rows[1][3:] == ["-PT1.5S", "1.50"]
    assert rows[2] == [""] * 5
    assert [entry.column for entry in conversions] == ["list", "struct", "bytes", "duration"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_are_exact(unit):
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    counts = [0, 1, -1, 10, 100 * per_second, 12 * per_second + per_second // 10]
    cells = csv_of(pa.table({"a": pa.array(counts, pa.duration(unit))})).splitlines()[1:]
    seconds = [decimal.Decimal(cell.replace("PT", "").removesuffix("S")) for cell in cells]
    assert [value * per_second for value in seconds] == counts


def test_categories_and_booleans_are_their_values():
    table = pa.table(
        {"c": pa.array(["u", "", None]).dictionary_encode(), "b": pa.array([1, 0, None], pa.bool8())}
    )
    assert csv_of(table) == 'c,b\nu,true\n"",false\n,\n'


def test_rows_of_several_batches_keep_their_order():
    table = pa.table({"a": range(300_000)})
    assert through_csv(table).equals(table)


def test_tables_without_rows_or_columns():
    assert csv_of(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})) == "a,b\n"
    assert csv_of(pa.table({})) == "\n"
    assert through_parquet(pa.table({"a": pa.array([], pa.int64())}))[0].shape == (0, 1)


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8).filter(
    lambda word: (
        not any(character.isdigit() for character in word)
        and word.strip().lower()
        not in {"true", "false", "inf", "infinity", "+inf", "-inf", "nan", "-infinity", "+infinity"}
    )
)
columns = {
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "boolean": (pa.bool_(), st.booleans()),
    "text": (pa.large_string(), words),
    "datetime": (pa.timestamp("us"), st.datetimes()),
    "zoned": (pa.timestamp("us", "UTC"), st.datetimes(timezones=st.just(datetime.UTC))),
}


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {name: st.lists(st.none() | values, min_size=4, max_size=4) for name, (_, values) in columns.items()}
    )
)
def test_csv_written_and_read_gives_equal_values(cells):
    table = pa.table({name: pa.array(cells[name], kind) for name, (kind, _) in columns.items()})
    result = through_csv(table)
    assert result.to_pydict() == table.to_pydict()
    for name, (kind, _) in columns.items():
        if table[name].null_count < (1 if name == "integer" else 4):
            assert result.schema.field(name).type == kind, name


@settings(deadline=None)
@given(st.lists(st.none() | words, max_size=6))
def test_a_single_column_of_text_comes_back_with_every_row(cells):
    assert through_csv(pa.table({"a": pa.array(cells, pa.large_string())}))["a"].to_pylist() == cells


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1))
def test_float32_comes_back_exactly(values):
    result = through_csv(pa.table({"a": pa.array(values, pa.float32())}))["a"]
    assert np.array_equal(np.array(result, dtype=np.float32), np.array(values, dtype=np.float32))


def test_parquet_keeps_every_ordinary_type():
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int8()),
            "d": [1.5, None],
            "t": pa.array(["x", ""], pa.large_string()),
            "w": pa.array([1, None], pa.timestamp("ns", "Europe/Berlin")),
            "c": pa.array(["u", None], pa.dictionary(pa.int32(), pa.string())),
            "l": [[1, 2], None],
        }
    )
    result, conversions = through_parquet(table)
    assert result.equals(table)
    assert conversions == []


def test_parquet_is_compressed_with_zstd():
    with tempfile.TemporaryFile() as file:
        write_parquet(pa.table({"a": [1]}), file.fileno())
        compression = parquet.ParquetFile(file).metadata.row_group(0).column(0).compression
    assert compression == "ZSTD"


def test_parquet_says_what_it_could_not_hold():
    table = pa.table(
        {
            "interval": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
            "codes": pa.array([7, None]).dictionary_encode(),
            "empty": pa.array([{}, None], pa.struct([])),
            "flag": pa.array([1, None], pa.bool8()),
        }
    )
    result, conversions = through_parquet(table)
    assert [str(kind) for kind in result.schema.types] == ["large_string", "int64", "large_string", "bool"]
    assert result["codes"].to_pylist() == [7, None]
    assert result["flag"].to_pylist() == [True, None]
    assert {entry.column for entry in conversions} == {"interval", "codes", "empty"}
