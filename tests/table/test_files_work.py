"""The work functions of the sandboxed child, called directly."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

from drawloom.errors import DrawloomError, InputError
from drawloom.table import bridge
from drawloom.table.files import work


@pytest.fixture
def files(tmp_path):
    opened = {}

    def make(name, content=b""):
        path = tmp_path / name
        path.write_bytes(content)
        opened[name] = os.open(path, os.O_RDWR)
        return opened[name]

    make.content = lambda name: (tmp_path / name).read_bytes()
    yield make
    for fd in opened.values():
        os.close(fd)


def test_parse_writes_the_table_and_reports_names_types_and_changes(files):
    spec = {"name": "file.csv", "options": {"delimiter": ";"}}
    outputs = {"dataset": files("dataset"), "report": files("report")}
    counts = work.parse(spec, {"file": os.dup(files("file", b"a;a\n1;x\n2;\n"))}, outputs)
    assert counts == {"rows": 2, "columns": 2}
    assert bridge.read_table(outputs["dataset"]).to_pydict() == {"a": [1, 2], "a (2)": ["x", None]}
    report = json.loads(files.content("report"))
    assert report["schema"] == {
        "rows": 2,
        "columns": [{"name": "a", "type": "int64"}, {"name": "a (2)", "type": "string"}],
    }
    assert report["conversions"][0]["renamed_from"] == "'a'"


def test_parse_of_a_header_alone(files):
    outputs = {"dataset": files("dataset"), "report": files("report")}
    counts = work.parse({"name": "file.csv"}, {"file": os.dup(files("file", b"a,b\n"))}, outputs)
    assert counts == {"rows": 0, "columns": 2}
    assert bridge.read_table(outputs["dataset"]).column_names == ["a", "b"]


def test_parse_closes_its_input_and_lets_errors_through(files):
    outputs = {"dataset": files("dataset"), "report": files("report")}
    taken = os.dup(files("file", b"a,b\n1,2\n"))
    work.parse({"name": "file.csv"}, {"file": taken}, outputs)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(taken)
    with pytest.raises(InputError, match="line 2"):
        work.parse({"name": "file.csv"}, {"file": os.dup(files("bad", b"a,b\n1\n"))}, outputs)


def test_export_writes_what_is_asked_for(files):
    table = pa.table({"a": [1, None], "l": [[1], None]})
    dataset = files("dataset")
    bridge.write_table(table, dataset)
    outputs = {name: files(name) for name in ("csv", "parquet", "report")}
    spec = {"preview": {"rows": 1, "width": 80}}
    counts = work.export(spec, {"dataset": os.dup(dataset)}, outputs)
    assert counts == {"rows": 2, "columns": 2}
    assert files.content("csv") == b"a,l\n1,[1]\n,\n"
    assert parquet.read_table(pa.BufferReader(files.content("parquet"))).to_pydict() == table.to_pydict()
    report = json.loads(files.content("report"))
    assert [entry["column"] for entry in report["conversions"]["csv"]] == ["l"]
    assert report["conversions"]["parquet"] == []
    assert "int64" in report["preview"]


def test_export_refuses_what_is_no_table(files):
    with pytest.raises(DrawloomError) as caught:
        work.export({}, {"dataset": os.dup(files("dataset", b"nonsense"))}, {"report": files("report")})
    assert caught.value.code == "0018"


def test_the_list_of_formats_loads_no_library():
    code = (
        "import sys; from drawloom.table.files import known_formats; known_formats();"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'pyarrow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parsing_a_csv_loads_pyarrow_but_not_pandas():
    code = """
import os, sys, tempfile
from drawloom.table.files import work
file, dataset, report = (tempfile.TemporaryFile() for _ in range(3))
file.write(b'a,b\\n1,"x"\\n')
file.flush()
outputs = {"dataset": dataset.fileno(), "report": report.fileno()}
work.parse({"name": "a.csv"}, {"file": os.dup(file.fileno())}, outputs)
sys.exit(any(name in sys.modules for name in ("pandas", "sklearn", "openpyxl", "arff")))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
