"""CSV and TSV: what is read, what it is read as, and what is said of a bad file."""

import datetime
import gzip
import os
import tempfile

import pyarrow as pa
import pytest

from drawloom.errors import InputError
from drawloom.table.files import read_file


def read(content, name="file.csv", **options):
    with tempfile.TemporaryFile() as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        return read_file(file.fileno(), name, options)


def table(content, name="file.csv", **options):
    return read(content, name, **options)[0]


def error(content, name="file.csv", **options):
    with pytest.raises(InputError) as caught:
        read(content, name, **options)
    return caught.value


def test_types_come_from_whole_columns():
    result = table(
        "i,d,b,t,when,day\n"
        "1,1,true,x,2020-01-01 10:00,2011-01-01\n"
        "2,2.5,False,3,2020-01-02T00:00:00.5,2011-01-02\n"
    )
    assert result.schema.equals(
        pa.schema(
            [
                ("i", pa.int64()),
                ("d", pa.float64()),
                ("b", pa.bool_()),
                ("t", pa.large_string()),
                ("when", pa.timestamp("us")),
                ("day", pa.timestamp("us")),
            ]
        )
    )
    assert result["when"][1].as_py() == datetime.datetime(2020, 1, 2, 0, 0, 0, 500_000)


def test_a_type_that_only_the_last_of_many_rows_reveals():
    rows = 400_000
    text = "a,b\n" + "1,2\n" * rows + "1.5,x\n"
    result = table(text)
    assert result.num_rows == rows + 1
    assert result.schema.types == [pa.float64(), pa.large_string()]
    assert [column.num_chunks for column in result.columns] == [1, 1]


def test_without_header_columns_are_numbered_from_1():
    result = table("1,x\n2,y\n", header=False)
    assert result.to_pydict() == {"Col1": [1, 2], "Col2": ["x", "y"]}


def test_a_header_that_looks_like_data_is_pointed_out():
    _, conversions = read("A11,6\nA12,48\n")
    assert "set the option header to false" in conversions[0].note


def test_a_header_over_several_lines():
    assert table('"two\nlines",b\n1,2\n').to_pydict() == {"two\nlines": [1], "b": [2]}


def test_names_are_made_unique_and_given_where_there_are_none():
    result, conversions = read("a,a,,a (2)\n1,2,3,4\n")
    assert result.column_names == ["a", "a (3)", "Col3", "a (2)"]
    assert {entry.column: entry.renamed_from for entry in conversions} == {"a (3)": "'a'", "Col3": "''"}


@pytest.mark.parametrize("token", ["", "NA", "NaN", "null", "NULL", "N/A", "None", "#N/A"])
def test_missing_tokens(token):
    result = table(f"n,s\n1.5,x\n{token},{token}\n")
    assert result.to_pydict() == {"n": [1.5, None], "s": ["x", None]}
    assert result.schema.types == [pa.float64(), pa.large_string()]


def test_integers_with_missing_values_are_doubles_unless_these_are_not_exact():
    result = table("small,large\n1,9007199254740993\n,\n")
    assert result.schema.types == [pa.float64(), pa.int64()]
    assert result.to_pydict() == {"small": [1.0, None], "large": [2**53 + 1, None]}


def test_a_quoted_token_is_text_in_a_text_column_and_missing_in_a_number_column():
    result = table('n,s,e\n"1","NA",""\n"",NA,""\n')
    assert result.to_pydict() == {"n": [1, None], "s": ["NA", None], "e": ["", ""]}


def test_further_missing_tokens():
    assert table("a\n1\n?\n", missing=["?"]).to_pydict() == {"a": [1, None]}


def test_a_column_with_nothing_in_it_is_double():
    result = table("a,b\n1,\n2,\n")
    assert result.schema.field("b").type == pa.float64()
    assert result["b"].null_count == 2


def test_a_file_with_a_header_alone_has_no_rows():
    assert table("a,b").shape == (0, 2)
    assert table("a,b\n").shape == (0, 2)
    assert table("a,b\r\n\r\n").shape == (0, 2)


def test_leading_zeros_stay():
    result = table("id,n,x\n00123,0,0x10\n456,0.5,1\n")
    assert result.to_pydict() == {"id": ["00123", "456"], "n": [0.0, 0.5], "x": ["0x10", "1"]}


def test_leading_zeros_far_down_the_file_stay():
    rows = 300_000
    assert table("id;n\n" + "12345;1\n" * rows + "012;1\n")["id"][rows].as_py() == "012"


def test_integers_beyond_64_bits_keep_every_digit():
    result = table("u,t,d\n18446744073709551615,123456789012345678901,1e300\n1,1,2\n")
    assert result.schema.types == [pa.uint64(), pa.large_string(), pa.float64()]
    assert result["u"][0].as_py() == 2**64 - 1
    assert result["t"][0].as_py() == "123456789012345678901"


def test_times_of_day_stay_text():
    assert table("t\n12:30\n08:15\n").to_pydict() == {"t": ["12:30", "08:15"]}


def test_datetimes_with_a_zone_are_utc():
    result = table("t\n2020-01-01T01:00:00+01:00\n2020-01-01T00:00:00Z\n")
    assert result.schema.field("t").type == pa.timestamp("us", "UTC")
    assert result["t"][0] == result["t"][1]


def test_nanoseconds_are_kept_and_far_years_too():
    result = table("n,far\n2020-01-01 00:00:00.123456789,9999-12-31 23:59:59.5\n2020-01-01,0001-01-01\n")
    assert result.schema.types == [pa.timestamp("ns"), pa.timestamp("us")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter):
    lines = [["a", "b"], ["1", "x"], ["2", "y z"]]
    content = "\n".join(delimiter.join(line) for line in lines)
    assert table(content).to_pydict() == {"a": [1, 2], "b": ["x", "y z"]}


def test_a_delimiter_inside_quotes_does_not_count():
    assert table('a;b\n"1,2,3";x\n"4,5,6";y\n').column_names == ["a", "b"]


def test_a_sign_in_most_cells_but_not_in_the_header_is_no_delimiter():
    assert table("a\n1;2\n3;4\n5;6\n")["a"].to_pylist() == ["1;2", "3;4", "5;6"]


def test_decimal_commas_do_not_hide_the_semicolon():
    content = "1,5;2,5\n3,5;4,5\n"
    assert table(content, header=False, decimal=",").to_pydict() == {"Col1": [1.5, 3.5], "Col2": [2.5, 4.5]}


def test_tsv_is_parted_by_tabs_whatever_else_it_holds():
    assert table("a,x\tb,x\n1,1\t2,2\n", "file.tsv").column_names == ["a,x", "b,x"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert table(f"a,b{end}1,x{end}2,y{end}").to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_blank_lines_are_skipped_but_missing_in_a_single_column():
    assert table("a,b\n1,2\n\n3,4\n\n").num_rows == 2
    assert table("a\n1\n\n2\n").to_pydict() == {"a": [1, None, 2]}


def test_a_cell_longer_than_any_block():
    long = "y\n" * 2_000_000
    result = table(f'a,b\n1,"{long}"\n2,z\n')
    assert result["b"].to_pylist() == [long, "z"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding):
    result, conversions = read("naïve,b\nMüller,1\n".encode(encoding))
    assert result.to_pydict() == {"naïve": ["Müller"], "b": [1]}
    assert conversions == []


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "name,city\nJosé,Málaga\nMüller,“Köln” – 5 €\n"),
        ("cp1252", "n\né\n"),
        ("cp1251", "имя,город\nИван,Москва\nОльга,Казань\n"),
        ("cp932", "名前,都市\n太郎,東京\n花子,大阪\n"),
        ("utf-16-le", "a,b\n1,ü\n"),
        ("utf-16-be", "a,b\n1,ü\n"),
    ],
)
def test_other_encodings_are_guessed_and_the_guess_is_reported(encoding, text):
    result, conversions = read(text.encode(encoding))
    assert result.equals(table(text))
    assert encoding in conversions[0].note
    assert "guess" in conversions[0].note


def test_a_named_encoding_is_not_a_guess():
    result, conversions = read("a\nŁódź\n".encode("cp1250"), encoding="cp1250")
    assert result.to_pydict() == {"a": ["Łódź"]}
    assert conversions == []


def test_a_byte_beyond_ascii_at_the_very_end_is_seen():
    content = b"a,b\n" + b"1,x\n" * 500_000 + b"1,\xe9\n"
    assert table(content)["b"][-1].as_py() == "é"


def test_gzip():
    assert table(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), "file.csv.gz").to_pydict() == {
        "a": [1],
        "b": [2],
    }


def test_a_pipe_is_read_as_well():
    out, into = os.pipe()
    os.write(into, b"a\n1\n")
    os.close(into)
    assert read_file(out, "file.csv")[0].to_pydict() == {"a": [1]}
    os.close(out)


def test_the_descriptor_stays_open_and_its_position_does_not_matter():
    with tempfile.TemporaryFile() as file:
        file.write(b"a\n1\n")
        file.flush()
        first = read_file(file.fileno(), "file.csv")
        assert read_file(file.fileno(), "file.csv") == first


def test_a_short_line_is_named():
    wrong = error("a,b,c\n" + "1,2,3\n" * 12 + "1,2\n1,2,3\n", "pima.csv")
    assert wrong.code == "0049"
    assert wrong.message.startswith("pima.csv, line 14: expected 3 columns, found 2")


def test_a_long_line_is_named_past_quoted_line_ends():
    wrong = error('a,b\n"x\ny",2\n\n1,2,3\n')
    assert "line 5: expected 2 columns, found 3" in wrong.message


def test_a_quote_that_is_never_closed():
    wrong = error('a,b\n1,x\n2,"y\n3,z\n')
    assert "line 3, column 2: the quote that opens here is never closed" in wrong.message


def test_a_quote_that_closes_inside_the_cell():
    wrong = error('a,b\n"one ""fine""",1\n"b"c,1\n')
    assert "line 3, column 1" in wrong.message
    assert '""' in wrong.remedy


def test_a_quote_inside_a_cell_without_quotes_is_text():
    assert table('a,b\n5" pipe,1\nx,2\n')["a"].to_pylist() == ['5" pipe', "x"]


def test_text_that_is_not_in_the_named_encoding():
    wrong = error(b"a,b\n1,x\n2,\xe9\n", encoding="utf-8")
    assert "line 3: the text is not utf-8" in wrong.message


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.csv", "empty"),
        (b"\n\n", "a.csv", "blank lines"),
        (b"PK\x03\x04rest", "a.csv", "zip archive or an Excel workbook"),
        (b"PAR1rest", "a.csv", "Parquet"),
        (b"\x1f\x8brest", "a.csv", "gzip"),
        (b"  <!DOCTYPE html><html>", "a.csv", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.csv", "old Excel"),
        (b"\x00\x01\x02\x03binary\x00", "a.csv", "not text"),
        (b"a,b\n", "a.csv.gz", "not gzip"),
        (gzip.compress(b"a,b\n1,2\n")[:-6], "a.csv.gz", "ends too early"),
        (b"a", "a.docx", "Known endings: .csv"),
        (b"a", "noending", "Known endings: .csv"),
    ],
)
def test_what_is_no_csv_is_called_by_its_name(content, name, says):
    wrong = error(content, name)
    assert wrong.code == "0048"
    assert says in str(wrong)
    assert wrong.message.startswith(name)


@pytest.mark.parametrize(
    "options",
    [
        {"colour": "red"},
        {"header": "yes"},
        {"delimiter": "ab"},
        {"encoding": "klingon"},
        {"format": "word"},
        {"missing": 3},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    assert error("a,b\n1,2\n", **options).code == "0002"


def test_the_format_may_be_named():
    assert table("a\tb\n1\t2\n", "file.dat", format="tsv").to_pydict() == {"a": [1], "b": [2]}


def test_ten_thousand_columns():
    names = ",".join(f"c{i}" for i in range(10_000))
    result = table(f"{names}\n{','.join(map(str, range(10_000)))}\n")
    assert result.shape == (1, 10_000)
    assert result["c9999"][0].as_py() == 9999
