"""Parquet, Arrow, ARFF, Excel, JSON lines and SVMLight."""

import datetime
import io
import json
import tempfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from drawloom.errors import InputError
from drawloom.table.files import known_formats, read_file

TABLE = pa.table(
    {
        "i": [1, None, 3],
        "t": pa.array(["x", None, ""], pa.large_string()),
        "c": pa.array(["u", None, "v"], pa.dictionary(pa.int32(), pa.large_string())),
        "w": pa.array([1, None, 2], pa.timestamp("ns", "UTC")),
        "l": [[1], None, []],
    }
)


def read(content, name, **options):
    with tempfile.TemporaryFile() as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        return read_file(file.fileno(), name, options)


def error(content, name, **options):
    with pytest.raises(InputError) as caught:
        read(content, name, **options)
    return caught.value


def parquet_of(table, **options):
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def test_known_formats_lists_every_ending_with_its_format():
    known = known_formats()
    assert known[".csv"] == "csv"
    assert known[".feather"] == "arrow"
    assert set(known.values()) == {"csv", "tsv", "parquet", "arrow", "arff", "excel", "jsonl", "svmlight"}


# Parquet and Arrow


def test_parquet():
    result, conversions = read(parquet_of(TABLE, row_group_size=2), "t.parquet")
    assert result.to_pydict() == TABLE.to_pydict()
    assert [str(kind) for kind in result.schema.types][:2] == ["int64", "large_string"]
    assert pa.types.is_dictionary(result.schema.field("c").type)
    assert [column.num_chunks for column in result.columns] == [1] * 5
    assert conversions == []


def test_the_unnamed_index_of_a_pandas_frame_is_left_out_and_reported():
    sink = io.BytesIO()
    pd.DataFrame({"a": [1, 2]}, index=["x", "y"]).to_parquet(sink)
    result, conversions = read(sink.getvalue(), "t.parquet")
    assert result.column_names == ["a"]
    assert "index" in conversions[0].note


def test_a_named_index_stays_as_a_column():
    sink = io.BytesIO()
    pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="key")).to_parquet(sink)
    assert read(sink.getvalue(), "t.parquet")[0].to_pydict() == {"a": [1, 2], "key": ["x", "y"]}


def test_a_parquet_file_cut_short():
    wrong = error(parquet_of(TABLE)[:-20], "t.parquet")
    assert wrong.code == "0049"
    assert wrong.message.startswith("t.parquet: the Parquet file cannot be read")


def test_a_parquet_file_with_damaged_data():
    content = bytearray(parquet_of(pa.table({"a": ["some text"] * 1000}), compression="zstd"))
    content[20:60] = b"\xff" * 40
    assert error(bytes(content), "t.parquet").code == "0049"


@pytest.mark.parametrize("kind", ["file", "stream", "feather"])
def test_arrow(kind):
    sink = io.BytesIO()
    if kind == "feather":
        feather.write_feather(TABLE, sink, compression="zstd")
    else:
        opener = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with opener(sink, TABLE.schema) as writer:
            writer.write_table(TABLE, max_chunksize=2)
    result, conversions = read(sink.getvalue(), {"feather": "t.feather"}.get(kind, "t.arrow"))
    assert result.equals(TABLE)
    assert conversions == []


def test_arrow_types_that_are_stored_otherwise_become_plain():
    table = pa.table(
        {
            "view": pa.array(["a", None], pa.string_view()),
            "runs": pa.array([1, 1], pa.run_end_encoded(pa.int32(), pa.int64())),
            "uuid": pa.array([b"0123456789abcdef", None], pa.uuid()),
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    result, conversions = read(sink.getvalue(), "t.arrow")
    assert [str(kind) for kind in result.schema.types] == ["large_string", "int64", "fixed_size_binary[16]"]
    assert [entry.column for entry in conversions] == ["uuid"]


def test_an_arrow_file_cut_short_or_with_broken_contents():
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    whole = sink.getvalue()
    assert error(whole[:-30], "t.arrow").code == "0049"
    assert error(b"a,b\n1,2\n", "t.arrow").code == "0049"
    text = pa.array(["valid text here"])
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, pa.schema({"a": pa.string()})) as writer:
        writer.write_batch(pa.record_batch([text], names=["a"]))
    assert (
        error(sink.getvalue().replace(b"valid text here", b"valid \xff\xff\xff\xff here"), "t.arrow").code
        == "0049"
    )


# ARFF

ARFF = """% a comment
@RELATION weather
@attribute temperature NUMERIC
@attribute 'wind speed' integer
@attribute outlook {sunny, 'partly cloudy', rain}
@attribute note string
@attribute seen date
@attribute day DATE "dd.MM.yyyy"

@DATA
21.5,3,rain,'hello, there',2020-01-01T10:00:00,'31.12.2019'
% another
?,?,?,?,?,?
-1e3,4,'partly cloudy',x,2020-01-02T00:00:00,01.02.2020
"""


def test_arff():
    result, conversions = read(ARFF, "t.arff")
    assert result.to_pydict() == {
        "temperature": [21.5, None, -1000.0],
        "wind speed": [3, None, 4],
        "outlook": ["rain", None, "partly cloudy"],
        "note": ["hello, there", None, "x"],
        "seen": [datetime.datetime(2020, 1, 1, 10), None, datetime.datetime(2020, 1, 2)],
        "day": [datetime.datetime(2019, 12, 31), None, datetime.datetime(2020, 2, 1)],
    }
    assert result.schema.field("wind speed").type == pa.float64()
    assert result["outlook"].chunk(0).dictionary.to_pylist() == ["sunny", "partly cloudy", "rain"]
    assert conversions == []


def test_arff_integers_with_a_fraction_are_kept_whole():
    result, conversions = read("@relation r\n@attribute a integer\n@data\n1\n2.7\n", "t.arff")
    assert result.to_pydict() == {"a": [1.0, 2.7]}
    assert conversions[0].type_here == "float64"


def test_whole_arff_integers_are_integers():
    result, _ = read("@relation r\n@attribute a integer\n@data\n1\n2\n", "t.arff")
    assert result.schema.field("a").type == pa.int64()


def test_sparse_arff():
    content = "@relation r\n@attribute a numeric\n@attribute b numeric\n@data\n{1 5}\n{0 2.5, 1 1}\n{}\n"
    assert read(content, "t.arff")[0].to_pydict() == {"a": [0.0, 2.5, 0.0], "b": [5.0, 1.0, 0.0]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("21,x,rain,a,?,?", "line 15, column 'wind speed': expected a number, found 'x'"),
        ("21,3,fog,a,?,?", "line 15: Data value fog not found"),
        ("21,3", "line 15: expected 6 values"),
        (
            "21,3,rain,a,yesterday,?",
            "line 15, column 'seen': expected a date written as yyyy-MM-dd'T'HH:mm:ss",
        ),
    ],
)
def test_a_bad_line_of_arff_is_named(line, says):
    assert says in error(ARFF + line + "\n", "t.arff").message


def test_arff_with_a_bad_head():
    assert "line 2" in error("@relation r\n@attribute a colour\n@data\n1\n", "t.arff").message
    assert "Invalid layout of the ARFF file" in error("a,b\n1,2\n", "t.arff").message


# Excel


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


SHEET = [
    ["i", "d", "t", "b", "when", None],
    [1, 1.5, "x", True, datetime.datetime(2020, 1, 1, 10), "filled"],
    [2, 2, None, False, datetime.date(2020, 1, 2), None],
]


def test_excel():
    result, conversions = read(workbook(("One", SHEET)), "t.xlsx")
    assert result.to_pydict() == {
        "i": [1, 2],
        "d": [1.5, 2.0],
        "t": ["x", None],
        "b": [True, False],
        "when": [datetime.datetime(2020, 1, 1, 10), datetime.datetime(2020, 1, 2)],
        "Col6": ["filled", None],
    }
    assert [entry.column for entry in conversions] == ["Col6"]


@pytest.mark.parametrize("sheet", ["Two", 2])
def test_a_sheet_is_chosen_by_name_or_number(sheet):
    content = workbook(("One", SHEET), ("Two", [["a"], [7]]))
    assert read(content, "t.xlsx", sheet=sheet)[0].to_pydict() == {"a": [7]}


def test_a_sheet_that_is_not_there_names_those_that_are():
    wrong = error(workbook(("One", SHEET), ("Two", SHEET)), "t.xlsx", sheet="Three")
    assert "One, Two" in wrong.remedy


def test_excel_without_header():
    assert read(workbook(("One", [[1, "a"], [2, "b"]])), "t.xlsx", header=False)[0].to_pydict() == {
        "Col1": [1, 2],
        "Col2": ["a", "b"],
    }


def test_mixed_cells_become_text_and_formula_errors_missing_and_both_are_reported():
    result, conversions = read(workbook(("One", [["m", "e"], [1, "#DIV/0!"], ["a", 2]])), "t.xlsx")
    assert result.to_pydict() == {"m": ["1", "a"], "e": [None, 2]}
    notes = {entry.column: entry.note for entry in conversions}
    assert "became text" in notes["m"]
    assert "became missing" in notes["e"]


def test_blank_rows_around_a_table_are_no_rows():
    content = workbook(("One", [[], [], ["a", "b"], [1, 2], [], [3, None], [], []]))
    assert read(content, "t.xlsx")[0].to_pydict() == {"a": [1, None, 3], "b": [2, None, None]}


def test_workbooks_that_cannot_be_read():
    content = workbook(("One", SHEET))
    assert error(content[:2000], "t.xlsx").code == "0049"
    assert error("a,b\n", "t.xlsx").code == "0048"
    assert "empty" in error(workbook(("One", [])), "t.xlsx").message


# JSON lines


def test_json_lines():
    content = '{"a": 1, "t": "x", "when": "2020-01-01"}\n\n{"a": 1.5, "l": [1], "s": {"k": true}}\n'
    result, conversions = read(content, "t.jsonl")
    assert result.to_pydict() == {
        "a": [1.0, 1.5],
        "t": ["x", None],
        "when": [datetime.datetime(2020, 1, 1), None],
        "l": [None, [1]],
        "s": [None, {"k": True}],
    }
    assert conversions == []


def test_a_json_array_of_records():
    assert read('[{"a": 1},\n {"b": "é"}]', "t.json")[0].to_pydict() == {"a": [1, None], "b": [None, "é"]}


def test_a_json_record_longer_than_any_block():
    records = [{"a": "x"}, {"a": "y" * 3_000_000}]
    result, _ = read("\n".join(map(json.dumps, records)), "t.ndjson")
    assert result.to_pylist() == records


def test_json_integers_beyond_64_bits_are_reported():
    _, conversions = read('{"a": 123456789012345678901}\n', "t.jsonl")
    assert "lost" in conversions[0].note


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"a": 1}\n{"a": "x"}\n', "line 2, column 'a': expected number as in line 1, found text"),
        ('{"a": 1}\n{"a"}\n', "line 2, column 5"),
        ('{"a": 1}\n[1]\n', "line 2: expected an object, found array"),
        ('{"a": 1, "a": 2}\n', "line 1: the key 'a' stands there twice"),
        ('[{"a": 1}, 3]', "record 2: expected an object, found number"),
        ('[{"a": 1}, {"a": [2]}]', "record 2, column 'a': expected number as in record 1, found array"),
        ('[{"a": 1},\n{"a"}]', "line 2, column 5"),
        ("{}\n{}\n", "none of its objects has a key"),
    ],
)
def test_bad_json_is_named_by_line(content, says):
    assert says in error(content, "t.json").message


# SVMLight


def test_svmlight():
    result, _ = read("1 1:0.5 3:2 # comment\n-1 2:1\n", "t.svmlight")
    assert result.to_pydict() == {
        "Col1": [0.5, 0.0],
        "Col2": [0.0, 1.0],
        "Col3": [2.0, 0.0],
        "Labels": [1.0, -1.0],
    }


def test_svmlight_query_ids_are_kept():
    result, _ = read("1 qid:3 1:2\n0 qid:4 1:1\n", "t.svm")
    assert result.to_pydict() == {"Col1": [2.0, 1.0], "qid": [3, 4], "Labels": [1.0, 0.0]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("yes 1:2", "line 2: expected a number as the label, found 'yes'"),
        ("1 b:2", "line 2: expected index:number, found 'b:2'"),
        ("1 3:1 2:1", "line 2: expected indexes that rise, found '2:1'"),
    ],
)
def test_a_bad_line_of_svmlight_is_named(line, says):
    assert says in error(f"1 1:1\n{line}\n", "t.svmlight").message


def test_svmlight_too_wide_for_a_table_is_refused():
    assert "too large for a table" in error("1 1:1\n1 2000000000:1\n", "t.svmlight").message
