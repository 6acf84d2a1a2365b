"""Profiles: right numbers, plain JSON, and no type that fails."""

import datetime
import decimal
import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.table import profile as module
from drawloom.table.profile import profile


def column(values, kind=None):
    result = profile(pa.table({"a": pa.array(values, kind)}))
    json.dumps(result, allow_nan=False)
    return result["columns"][0]


def test_numbers_have_the_statistics_of_the_pane():
    described = column([1.0, 2.0, 3.0, 4.0, None])
    assert described["feature_type"] == "Numeric Feature"
    assert {name: described[name] for name in ("missing", "distinct", "min", "max", "mean", "median")} == {
        "missing": 1,
        "distinct": 4,
        "min": 1.0,
        "max": 4.0,
        "mean": 2.5,
        "median": 2.5,
    }
    assert described["std"] == pytest.approx(1.2909944487358056)
    assert described["quantiles"]["0.25"] == 1.75
    assert described["distinct_exact"]


def test_the_histogram_counts_every_finite_value_once():
    values = np.random.default_rng(0).normal(size=10_000)
    histogram = column(values)["histogram"]
    assert len(histogram["counts"]) == 20
    assert len(histogram["edges"]) == 21
    assert sum(histogram["counts"]) == 10_000
    assert histogram["counts"] == np.histogram(values, 20)[0].tolist()


def test_a_few_whole_numbers_get_a_bin_each():
    histogram = column([0, 1, 1, 3])["histogram"]
    assert histogram == {"edges": [-0.5, 0.5, 1.5, 2.5, 3.5], "counts": [1, 2, 0, 1]}


def test_nan_and_infinities_stand_apart():
    described = column([1.0, 3.0, math.nan, math.inf, -math.inf, -math.inf])
    assert (described["nan"], described["positive_infinity"], described["negative_infinity"]) == (1, 1, 2)
    assert (described["min"], described["max"], described["mean"]) == (1.0, 3.0, 2.0)
    assert sum(described["histogram"]["counts"]) == 2
    assert described["missing"] == 0
    assert described["distinct"] == 4


@pytest.mark.parametrize(
    "values",
    [[-1.7e308, 1.7e308], [5e-324, 0.0, 1e-323], [7.5, 7.5], [1e16, 1e16 + 2], [math.nan], [], [None]],
)
def test_extreme_doubles(values):
    described = column(values, pa.float64())
    finite = [value for value in values if value is not None and math.isfinite(value)]
    assert sum(described["histogram"]["counts"] if finite else [0]) == len(finite)
    assert described["min"] == (min(finite) if finite else None)


def test_large_integers_are_exact():
    described = column([2**64 - 1, 2**63], pa.uint64())
    assert (described["min"], described["max"]) == (2**63, 2**64 - 1)
    assert (column([-(2**63), 2**63 - 1])["min"]) == -(2**63)


def test_text_has_its_most_frequent_values_and_lengths():
    described = column(["b", "a", "b", "éé", "", None])
    assert described["top"][0] == {"value": "b", "count": 2}
    assert described["lengths"] == {"min": 0, "max": 2, "mean": 1.0}
    assert (described["distinct"], described["missing"]) == (4, 1)
    assert described["feature_type"] == "String Feature"


def test_long_text_is_cut_in_the_profile():
    assert len(column(["x" * 10_000])["top"][0]["value"]) == 200


def test_categories_count_the_values_that_occur():
    described = column(pa.DictionaryArray.from_arrays([0, 0, None, 2], ["u", "never", "v"]))
    assert described["top"][0] == {"value": "u", "count": 2}
    assert (described["distinct"], described["missing"]) == (2, 1)
    assert described["feature_type"] == "Categorical Feature"


def test_categories_of_several_chunks():
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()]
    described = profile(pa.table({"a": pa.chunked_array(chunks)}))["columns"][0]
    assert described["top"][0] == {"value": "b", "count": 2}
    assert described["distinct"] == 3


@pytest.mark.parametrize("kind", [pa.bool_(), pa.bool8()])
def test_booleans(kind):
    described = column([1, 0, 1, None] if kind == pa.bool8() else [True, False, True, None], kind)
    assert (described["true"], described["false"], described["missing"]) == (2, 1, 1)
    assert described["distinct"] == 2


def test_datetimes():
    days = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=day) for day in range(41)]
    described = column([*days, None], pa.timestamp("us"))
    assert described["min"].startswith("2020-01-01T00:00:00")
    assert described["max"].startswith("2020-02-10T00:00:00")
    assert described["histogram"]["counts"] == [2] * 19 + [3]
    assert described["histogram"]["edges"][1].startswith("2020-01-03")


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.timestamp("s", "Europe/Berlin")])
def test_dates_and_zones(kind):
    described = column([0, 86_400_000 if kind == pa.date64() else 1, None], kind)
    assert described["kind"] == "datetime"
    assert described["min"].startswith("1970-01-01T00:00:00")


def test_durations_are_described_in_seconds():
    described = column([1_500, 2_500], pa.duration("ms"))
    assert (described["min"], described["max"], described["mean"]) == (1.5, 2.5, 2.0)


def test_a_sample_says_so():
    table = pa.table({"a": range(1000), "b": ["x"] * 1000})
    result = profile(table, sample_rows=100)
    assert (result["rows"], result["sampled_rows"]) == (1000, 100)
    assert result["columns"][0]["distinct"] == 100
    assert result["columns"][0]["max"] > 900
    assert profile(table, sample_rows=1000)["sampled_rows"] is None


def test_a_long_column_with_many_values_has_at_least_so_many(monkeypatch):
    monkeypatch.setattr(module, "COUNTED_ROWS", 5_000)
    monkeypatch.setattr(module, "LOOK_ROWS", 2_000)
    table = pa.table({"many": range(10_000), "few": [row % 7 for row in range(10_000)]})
    many, few = profile(table)["columns"]
    assert (many["distinct"], many["distinct_exact"]) == (5_000, False)
    assert (few["distinct"], few["distinct_exact"]) == (7, True)


EVERY_TYPE = [
    *(pa.null(), pa.bool_(), pa.bool8(), pa.int8(), pa.uint8(), pa.int64(), pa.uint64()),
    *(
        pa.float16(),
        pa.float32(),
        pa.float64(),
        pa.decimal32(5, 2),
        pa.decimal128(10, 2),
        pa.decimal256(60, 3),
    ),
    *(pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view()),
    *(pa.binary(3), pa.date32(), pa.date64(), pa.time32("s"), pa.time64("ns"), pa.timestamp("s")),
    *(pa.timestamp("ns", "Europe/Berlin"), pa.duration("s"), pa.duration("ns"), pa.month_day_nano_interval()),
    *(pa.list_(pa.int64()), pa.large_list(pa.string()), pa.list_view(pa.int64()), pa.list_(pa.int64(), 2)),
    *(pa.struct([("a", pa.int64())]), pa.struct([]), pa.map_(pa.string(), pa.int64()), pa.uuid()),
    *(pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64())),
    *(pa.dictionary(pa.int32(), pa.timestamp("ns")), pa.dense_union([pa.field("a", pa.int64())])),
    *(pa.sparse_union([pa.field("a", pa.int64())]), pa.run_end_encoded(pa.int32(), pa.int64())),
]


@pytest.mark.parametrize("kind", EVERY_TYPE, ids=str)
@pytest.mark.parametrize("rows", [0, 3])
def test_no_type_fails(kind, rows):
    if isinstance(kind, pa.BaseExtensionType):
        array = pa.ExtensionArray.from_storage(kind, pa.nulls(rows, kind.storage_type))
    else:
        array = pa.nulls(rows, kind)
    result = profile(pa.table({"a": array}))
    json.dumps(result, allow_nan=False)
    assert result["columns"][0]["name"] == "a"


@pytest.mark.parametrize(
    "values",
    [
        pa.array([decimal.Decimal("1.5"), decimal.Decimal("2.5")]),
        pa.array([datetime.time(1, 2), None]),
        pa.array([b"ab", b"", None]),
        pa.array([[1, 2], [], None]),
        pa.array([{"a": 1}, None]),
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.array([1, 1, 2], pa.run_end_encoded(pa.int32(), pa.int64())),
        pa.array([1, 2, 1], pa.timestamp("ns")).dictionary_encode(),
        pa.array([b"a" * 16], pa.uuid()),
        pa.array([1.5, math.nan, math.inf], pa.float16()),
        pa.array([b"\xff\x00"]).dictionary_encode(),
        pa.array([-(2**63), 2**63 - 1], pa.timestamp("s")),
        pa.array(["x", None], pa.string_view()),
    ],
    ids=lambda array: str(array.type),
)
def test_values_of_rare_types(values):
    result = profile(pa.table({"a": values}))
    json.dumps(result, allow_nan=False)


@given(st.lists(st.none() | st.floats()))
def test_any_doubles_give_json_and_add_up(values):
    described = column(values, pa.float64())
    apart = described["nan"] + described["positive_infinity"] + described["negative_infinity"]
    finite = sum(described["histogram"]["counts"]) if described["histogram"] else 0
    assert described["missing"] + apart + finite == len(values)


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_any_integers_give_json_and_add_up(values):
    described = column(values, pa.int64())
    finite = sum(described["histogram"]["counts"]) if described["histogram"] else 0
    assert described["missing"] + finite == len(values)
    assert described["distinct"] == len(set(values) - {None})


def test_missing_values_in_runs_are_counted():
    described = column([1, 1, None, None], pa.run_end_encoded(pa.int32(), pa.int64()))
    assert (described["missing"], described["mean"]) == (2, 1.0)


def test_a_table_without_columns():
    assert profile(pa.table({})) == {"rows": 0, "sampled_rows": None, "columns": []}
