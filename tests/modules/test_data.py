"""The modules that bring data in and out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drawloom.modules.registry import module

from .running import failure, problems, run


def _reuse(**params: Any) -> str:
    checked, _ = module("import-data").check(params)
    assert checked is not None
    return module("import-data").reuse_of(checked)


def test_a_file_is_parsed_by_its_ending() -> None:
    result = run("import-data", {"path": "data/cars.tsv"}, file=b"make\tprice\naudi\t1.5\n")
    assert result.frame().to_dict("list") == {"make": ["audi"], "price": [1.5]}


def test_a_file_without_header_gets_col1_and_so_on() -> None:
    result = run("import-data", {"path": "cars.csv", "header": False}, file=b"audi,1\nbmw,2\n")
    assert list(result.frame().columns) == ["Col1", "Col2"]


def test_what_a_url_brings_is_parsed_by_the_ending_of_its_path() -> None:
    result = run("import-data", {"url": "https://data.example/x/cars.csv?v=2"}, file=b"a;b\n1;2,5\n")
    assert list(result.frame().columns) == ["a", "b"]


def test_options_reach_the_parser() -> None:
    params = {"path": "cars.dat", "format": "CSV", "delimiter": ";", "decimal": ",", "missing": ["?"]}
    assert run("import-data", params, file=b"a;b\n1,5;?\n2,5;3\n").arrow().to_pydict() == {
        "a": [1.5, 2.5],
        "b": [None, 3],
    }


def test_a_damaged_file_is_a_coded_error() -> None:
    assert failure("import-data", {"path": "cars.parquet"}, file=b"not parquet").code in ("0048", "0049")


def test_a_url_is_fetched_again_unless_it_says_once() -> None:
    assert _reuse(path="a.csv") == "by-key"
    assert _reuse(url="https://data.example/a.csv") == "always-run"
    assert _reuse(url="https://data.example/a.csv", refresh="once") == "by-key"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "either a 'path' or a 'url'"),
        ({"path": "a.csv", "url": "https://data.example/a.csv"}, "either a 'path' or a 'url'"),
        ({"url": "file:///etc/passwd"}, "pattern"),
        ({"path": "a.csv", "format": "xls"}, "'excel'"),
        ({"path": "a.csv", "delimiter": "::"}, "at most 1 character"),
        ({"paht": "a.csv"}, "Did you mean 'path'?"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(values: dict[str, Any], says: str) -> None:
    assert any(says in said for said in problems("import-data", values))


def test_typed_data_has_a_header_by_default() -> None:
    assert run("enter-data-manually", {"data": "a,b\n1,x"}).arrow().to_pydict() == {"a": [1], "b": ["x"]}


def test_typed_data_without_header_gets_col1_and_so_on() -> None:
    result = run("enter-data-manually", {"data": "1\tx\n2\ty\n", "data_format": "TSV", "has_header": False})
    assert result.arrow().to_pydict() == {"Col1": [1, 2], "Col2": ["x", "y"]}


def test_an_empty_line_is_a_row_of_missing_values_but_for_the_last() -> None:
    result = run("enter-data-manually", {"data": 'a,b\n1,x\n\n2,"y\n\nz"\n\n'})
    assert result.arrow().to_pydict() == {"a": [1, None, 2], "b": ["x", None, "y\n\nz"]}


def test_typed_svmlight_ends_with_labels() -> None:
    result = run("enter-data-manually", {"data": "1 1:0.5 3:2\n-1 2:1\n", "data_format": "SVMLight"})
    assert list(result.frame().columns) == ["Col1", "Col2", "Col3", "Labels"]


def test_typed_arff_brings_its_levels() -> None:
    text = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n1,x\n2,y\n"
    frame = run("enter-data-manually", {"data": text, "data_format": "arff"}).frame()
    assert list(frame["b"].cat.categories) == ["x", "y"]


CARS = pa.table({"make": ["audi", None], "price": [1.5, None]})


def test_an_export_is_written_in_the_format_of_its_ending() -> None:
    assert (
        run("export-data", {"path": "out/cars.CSV"}, dataset=CARS.to_pandas()).files["file"]
        == b"make,price\naudi,1.5\n,\n"
    )
    assert run("export-data", {"path": "cars.parquet"}, dataset=CARS.to_pandas()).files["file"][:4] == b"PAR1"
    assert (
        run("export-data", {"path": "cars.feather"}, dataset=CARS.to_pandas()).files["file"][:6] == b"ARROW1"
    )


def test_an_export_may_name_its_format() -> None:
    result = run("export-data", {"path": "cars.txt", "format": "csv"}, dataset=pd.DataFrame({"a": [1]}))
    assert result.files["file"] == b"a\n1\n"


def test_an_ending_that_tells_no_format_is_refused_before_anything_runs() -> None:
    (said,) = problems("export-data", {"path": "cars.xyz"})
    assert "does not tell the format" in said


def test_an_export_always_runs() -> None:
    checked, _ = module("export-data").check({"path": "a.csv"})
    assert checked is not None
    assert module("export-data").reuse_of(checked) == "always-run"


def test_a_workspace_dataset_is_handed_over_by_the_host() -> None:
    assert module("dataset").work is None
    assert problems("dataset", {"name": "cars", "version": 0})
