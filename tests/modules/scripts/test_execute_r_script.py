"""Execute R Script: real R, its types both ways, its plots, and its errors by line."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drawloom.errors import InputError, LimitError, ScriptError
from drawloom.modules.registry import module
from drawloom.table import bridge
from modules.running import Result, memory, parameters, table, whole, work_of

from . import walled

NAME = "execute-r-script"
SAME = "x <- maml.mapInputPort(1)\nmaml.mapOutputPort('x')\n"


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def r(script: str, *, seed: int | None = None, **inputs: Any) -> Result:
    """Run a script; `seed` is the step's own, the experiment's is 5."""
    spec = {"params": parameters(NAME, {"script": script, "seed": seed}), "seed": 5, "name": "cars.R"}
    given = {
        port: memory(value if isinstance(value, bytes) else table(value)) for port, value in inputs.items()
    }
    outputs = {name: memory() for name in ("report", "dataset", "graphics")}
    try:
        counts = work_of(NAME)(spec, given, outputs)
    finally:
        files = {name: whole(fd) for name, fd in outputs.items()}
    return Result(counts, json.loads(files.pop("report")), files)


def failed(script: str, **inputs: Any) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        r(script, **inputs)
    assert caught.value.code == "0063"
    return caught.value


def there_and_back(column: pa.Array, check: str) -> pa.Array:
    """Send a column through R, which has to find `check` true of it."""
    script = (
        f"x <- maml.mapInputPort(1)$v\nstopifnot({check})\nd <- data.frame(v = x)\nmaml.mapOutputPort('d')\n"
    )
    return r(script, dataset1=pa.table({"v": column})).arrow()["v"].combine_chunks()


# Types


COLUMNS = {
    "integer": (pa.array([1, None, -(2**31) + 1, 2**31 - 1]), "is.integer(x), is.na(x[2])"),
    "double": (
        pa.array([1.5, None, math.inf, -0.0]),
        "is.double(x), is.na(x[2]), !is.nan(x[2]), 1 / x[4] < 0",
    ),
    "logical": (pa.array([True, None, False]), "identical(x, c(TRUE, NA, FALSE))"),
    "character": (
        pa.array(["ä€😀", "", None, "NA", "a\nb"], pa.large_string()),
        "identical(x, c('\\u00e4\\u20ac\\U1F600', '', NA, 'NA', 'a\\nb'))",
    ),
    "Date": (
        pa.array([datetime.date(2020, 2, 29), None, datetime.date(1900, 1, 1)]),
        "inherits(x, 'Date'), format(x[1]) == '2020-02-29'",
    ),
    "POSIXct": (
        pa.array([0, None, 10**15 + 123456], pa.timestamp("us")),
        "inherits(x, 'POSIXct'), attr(x, 'tzone') == 'UTC', format(x[1], '%H') == '00'",
    ),
    "difftime": (
        pa.array([1_500_000, None, -2], pa.duration("us")),
        "inherits(x, 'difftime'), units(x) == 'secs', x[1] == 1.5",
    ),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_survives_the_way_through_r(kind: str) -> None:
    column, check = COLUMNS[kind]
    assert there_and_back(column, check).equals(column)


def test_nan_is_not_na() -> None:
    back = there_and_back(pa.array([math.nan, None]), "is.nan(x[1]), is.na(x[2]), !is.nan(x[2])")
    assert back.null_count == 1
    assert math.isnan(back[0].as_py())


@pytest.mark.parametrize("ordered", [False, True])
def test_factors_are_categories_with_their_levels_and_order(ordered: bool) -> None:
    words = pa.array(["low", "high", "unused"], pa.large_string())
    column = pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), words, ordered=ordered)
    check = f"is.ordered(x) == {str(ordered).upper()}, identical(levels(x), c('low', 'high', 'unused'))"
    back = there_and_back(column, check)
    assert back.type.ordered is ordered
    assert back.dictionary.to_pylist() == ["low", "high", "unused"]
    assert back.to_pylist() == ["high", None, "low"]


def test_complex_numbers_are_those_of_pandas() -> None:
    frame = pd.DataFrame({"z": np.array([1 + 2j, np.nan])})
    found = r(f"{SAME}stopifnot(is.complex(x$z), x$z[1] == 1+2i, is.na(x$z[2]))", dataset1=frame)
    assert found.arrow()["z"].to_pylist() == [{"real": 1.0, "imag": 2.0}, None]
    assert found.frame()["z"].dtype == "complex128"


def test_whole_numbers_beyond_32_bits_are_doubles_and_reported() -> None:
    column = pa.array([2**31, None, 2**53 + 1])
    found = r(f"{SAME}stopifnot(is.double(x$v))", dataset1=pa.table({"v": column}))
    assert found.arrow()["v"].to_pylist() == [2.0**31, None, 2.0**53]
    (entry,) = found.report["conversions"]["dataset1"]
    assert (entry["column"], entry["type_here"], entry["missing_after"]) == ("v", "double", 1)
    assert "beyond 2^53" in entry["note"]


def test_other_types_become_the_nearest_of_r_and_are_reported() -> None:
    columns = pa.table(
        {
            "zoned": pa.array([0, None], pa.timestamp("ms", "Asia/Tokyo")),
            "fine": pa.array([1_000_000_001, None], pa.timestamp("ns")),
            "money": pa.array([decimal.Decimal("1.5"), None]),
            "clock": pa.array([datetime.time(0, 1), None]),
            "nothing": pa.nulls(2),
            "small": pa.array([200, None], pa.uint8()),
            "half": pa.array([0.5, None], pa.float32()),
            "rank": pa.array([3, None]).dictionary_encode(),
        }
    )
    found = r(SAME, dataset1=columns)
    assert found.arrow().to_pydict() == {
        "zoned": [datetime.datetime(1970, 1, 1), None],
        "fine": [datetime.datetime(1970, 1, 1, 0, 0, 1), None],
        "money": [1.5, None],
        "clock": [datetime.timedelta(minutes=1), None],
        "nothing": [None, None],
        "small": [200, None],
        "half": [0.5, None],
        "rank": ["3", None],
    }
    noted = [each["column"] for each in found.report["conversions"]["dataset1"]]
    assert noted == ["zoned", "fine", "money", "clock", "nothing", "rank"]


def test_times_leave_r_in_utc() -> None:
    script = (
        "t <- as.POSIXct('2011-03-27 01:30:00', tz = 'America/Los_Angeles')\n"
        "d <- data.frame(ct = t)\nd$lt <- as.POSIXlt(t)\nd$hours <- as.difftime(2, units = 'hours')\n"
        "maml.mapOutputPort('d')"
    )
    moment = datetime.datetime(2011, 3, 27, 8, 30)
    assert r(script).arrow().to_pydict() == {
        "ct": [moment],
        "lt": [moment],
        "hours": [datetime.timedelta(hours=2)],
    }


def test_text_of_other_encodings_leaves_as_utf_8() -> None:
    script = (
        "marked <- '\\xe4'; Encoding(marked) <- 'latin1'\n"
        "d <- data.frame(t = c('\\xe4', marked, '\\u00e4', NA))\nmaml.mapOutputPort('d')"
    )
    assert r(script).arrow()["t"].to_pylist() == ["ä", "ä", "ä", None]


def test_a_level_that_is_na_is_missing() -> None:
    script = "d <- data.frame(f = addNA(factor(c('a', NA))))\nmaml.mapOutputPort('d')"
    column = r(script).arrow()["f"].combine_chunks()
    assert (column.to_pylist(), column.dictionary.to_pylist()) == (["a", None], ["a"])


@pytest.mark.parametrize("rows", [0, 1])
def test_names_are_kept_and_repeated_ones_numbered(rows: int) -> None:
    frame = pd.DataFrame(
        {"a b": [1], "1st": [2.5], "Größe": ["x"], "": [True], "if": pd.Categorical(["k"])}
    ).head(rows)
    found = r(f"{SAME}stopifnot(identical(names(x)[1:2], c('a b', '1st')))", dataset1=frame)
    assert found.frame().columns.tolist() == ["a b", "1st", "Größe", "", "if"]
    assert found.counts["dataset.rows"] == rows
    twice = "d <- data.frame(a = 1, a = 2, check.names = FALSE)\nmaml.mapOutputPort('d')"
    assert r(twice).arrow().to_pydict() == {"a": [1.0], "a (2)": [2.0]}


def test_a_table_without_columns_keeps_its_rows() -> None:
    found = r(f"{SAME}stopifnot(dim(x) == c(3L, 0L))", dataset1=pd.DataFrame(index=range(3)))
    assert found.arrow().num_columns == 0


@pytest.mark.parametrize(
    ("made", "names"),
    [
        ("matrix(1:4, 2)", ["V1", "V2"]),
        ("c(1.5, NA)", ["d"]),
        ("table(c('x', 'y', 'x'))", ["Var1", "Freq"]),
        ("list(a = 1, b = 'x')", ["a", "b"]),
        ("cbind(data.frame(a = 1:2), m = I(matrix(1:4, 2)))", ["a", "m.1", "m.2"]),
    ],
)
def test_what_can_be_a_data_frame_becomes_one(made: str, names: list[str]) -> None:
    assert r(f"d <- {made}\nmaml.mapOutputPort('d')").arrow().column_names == names


def test_the_last_output_counts() -> None:
    script = (
        "a <- data.frame(x = 1); b <- data.frame(y = 2)\nmaml.mapOutputPort('a'); maml.mapOutputPort('b')"
    )
    assert r(script).arrow().column_names == ["y"]


def test_no_output_is_a_table_without_columns_and_a_note() -> None:
    found = r("x <- 1")
    assert (found.arrow().num_columns, found.arrow().num_rows) == (0, 0)
    assert "maml.mapOutputPort" in found.report["notes"][0]


@pytest.mark.parametrize(
    ("column", "says"),
    [(pa.array([[1], [2]]), "list<int64>"), (pa.array([b"a"]), "binary"), (pa.array(["a\0b"]), "NUL")],
)
def test_columns_that_r_cannot_have_are_refused_by_name(column: pa.Array, says: str) -> None:
    with pytest.raises(InputError) as caught:
        r(SAME, dataset1=pa.table({"odd": column}))
    assert caught.value.code == "0017"
    assert "'odd' at port 'dataset1'" in caught.value.message
    assert says in caught.value.message


def test_a_million_rows_come_back_equal() -> None:
    rows = 1_000_000
    columns = pa.table(
        {
            "x": np.random.default_rng(1).random(rows),
            "n": np.arange(rows),
            "t": pa.array([f"text {number % 1000}" for number in range(rows)], pa.large_string()),
        }
    )
    assert r(SAME, dataset1=columns).arrow().equals(columns)


# Ports, output, seed


def test_both_ports_the_bundle_and_the_streams(capfd: pytest.CaptureFixture[str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("tools/double.R", "double <- function(x) 2 * x\n")
        bundle.writestr("picture.png", "not collected")
    script = (
        "source('src/tools/double.R')\n"
        "a <- maml.mapInputPort(1); b <- maml.mapInputPort(2)\n"
        "nrow(a)\ninvisible(7)\nmessage('to stderr'); cat('to stdout\\n')\n"
        'a$x <- double(a$x) + b$y\nmaml.mapOutputPort("a")\n'
    )
    frames = {"dataset1": pd.DataFrame({"x": [1, 2]}), "dataset2": pd.DataFrame({"y": [0.5, 1.0]})}
    found = r(script, bundle=archive.getvalue(), **frames)
    assert found.frame()["x"].tolist() == [2.5, 5.0]
    assert found.report["graphics"] == []
    out, err = capfd.readouterr()
    assert out == "[1] 2\nto stdout\n"
    assert err == "to stderr\n"


def test_pictures_of_every_device_are_kept_in_their_order() -> None:
    script = (
        "plot(1:3); hist(c(1, 2, 2))\ndev.off()\nplot(3:1)\n"
        "png('own.png'); plot(1); dev.off()\nsvg('z.svg'); plot(1); dev.off()\n"
    )
    found = r(script)
    names = [picture["name"] for picture in found.report["graphics"]]
    assert names == ["Rplot001.png", "Rplot002.png", "Rplot_2_001.png", "own.png", "z.svg"]
    sizes = [picture["size"] for picture in found.report["graphics"]]
    content = found.files["graphics"]
    assert sum(sizes) == len(content)
    assert content[: sizes[0]].startswith(b"\x89PNG")
    assert content[sizes[0] :].startswith(b"\x89PNG")


def test_the_seed_makes_randomness_repeatable() -> None:
    script = "d <- data.frame(x = runif(3)); maml.mapOutputPort('d')"
    drawn = [r(script, seed=seed).frame()["x"].tolist() for seed in (None, None, 5, 6)]
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3]
    _, problems = module(NAME).check({"script": script, "seed": -1})
    assert [(problem.path, problem.code) for problem in problems] == [(("seed",), "0005")]


def test_the_table_is_let_go_before_r_starts() -> None:
    given = os.memfd_create("given")
    os.write(given, table(pd.DataFrame({"x": [1]})))
    script = (
        f"links <- Sys.readlink(list.files('/proc/{os.getpid()}/fd', full.names = TRUE))\n"
        "stopifnot(length(links) > 3, !any(grepl('memfd:given', links)))\n"
        "x <- maml.mapInputPort(1); maml.mapOutputPort('x')\n"
    )
    outputs = {name: memory() for name in ("report", "dataset")}
    counts = work_of(NAME)(
        {"params": parameters(NAME, {"script": script}), "seed": 0}, {"dataset1": given}, outputs
    )
    assert counts["dataset.rows"] == 1
    for output in outputs.values():
        os.close(output)


# Errors


@pytest.mark.parametrize(
    ("script", "line", "says"),
    [
        ("x <- 1\nstop('the end')", 2, "the end"),
        ("f <- function(x) {\n  y <- x\n  stop('in f')\n}\n\nf(1)", 3, "in f"),
        ("f <- function(x) {\n  y <- x\n  log(y)\n}\ng <- function() {\n  f('a')\n}\ng()", 3, "non-numeric"),
        ("f <- function(i) {\n  if (i == 5) {\n    log('a')\n  }\n}\nfor (i in 1:9) f(i)", 3, "non-numeric"),
        ("for (i in 1:3) {\n  x <- i\n  if (i == 2) {\n    log('a')\n  }\n}", 4, "non-numeric"),
        ("for (i in 1:3) {\n  x <- i\n  stop('z')\n}", 3, "z"),
        ("lapply(1:2, function(i) {\n  x <- i\n  stop('each')\n})", 3, "each"),
        ("x <- 1\n\nlibrary(nosuchpackage)", 3, "nosuchpackage"),
        ("x <- (1\ny <- 2", 2, "unexpected symbol"),
        ("x <- 1\nmaml.mapInputPort(2)", 2, "Nothing is connected to port 'dataset2'."),
        ("maml.mapInputPort(3)", 1, "takes 1 or 2"),
        ("maml.mapOutputPort('nix')", 1, "no variable 'nix'"),
        ("x <- 1\nmaml.mapOutputPort(x)", 2, "in quotes"),
        ("f <- function(x) x\nmaml.mapOutputPort('f')", 2, "not a data.frame"),
        ("d <- data.frame(a = 1:2)\nd$l <- list(1, 2)\nmaml.mapOutputPort('d')", 3, "'l' is a list"),
        ("d <- data.frame(r = as.raw(1))\nmaml.mapOutputPort('d')", 2, "'r' is of class raw"),
        ("stop('Größe 😀')", 1, "Größe 😀"),
    ],
)
def test_an_error_names_the_line_of_the_script(script: str, line: int, says: str) -> None:
    error = failed(script)
    assert error.line == line
    assert error.message.startswith(f"cars.R, line {line}: ")
    assert says in error.message
    assert says in error.traceback


def test_the_calls_on_the_way_are_told() -> None:
    error = failed("f <- function() {\n  stop('boom')\n}\ng <- function() {\n  f()\n}\ng()")
    assert error.traceback == 'cars.R, line 5: f()\ncars.R, line 2: stop("boom")\nError in f(): boom\n'


def test_an_error_that_the_script_catches_is_none(capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "x <- tryCatch(stop('a'), error = function(e) 1)\n"
        "y <- try(log('a'), silent = TRUE)\nwarning('w')\ncat('on\\n')"
    )
    assert r(script).counts["dataset.rows"] == 0
    out, err = capfd.readouterr()
    assert out == "on\n"
    assert "w" in err


def test_pictures_and_conversions_are_kept_when_the_script_fails() -> None:
    error = failed("plot(1)\ndev.off()\nstop('late')", dataset1=pa.table({"n": pa.nulls(1)}))
    report = error.report  # type: ignore[attr-defined]
    assert [picture["name"] for picture in report["graphics"]] == ["Rplot001.png"]
    assert "dataset1" in report["conversions"]


@pytest.mark.parametrize(
    ("script", "says"),
    [("quit(status = 3)", "ended with status 3"), ("tools::pskill(Sys.getpid(), 9)", "SIGKILL")],
)
def test_an_r_that_ends_by_itself_is_told(script: str, says: str) -> None:
    assert says in failed(script).message


def test_a_vector_without_memory_is_error_0138() -> None:
    with pytest.raises(LimitError, match="line 2: cannot allocate") as caught:
        r("x <- 1\ny <- numeric(1e14)")
    assert caught.value.code == "0138"


def test_a_file_that_r_could_not_finish_is_told_as_a_full_disk() -> None:
    script = "writeBin(1:2, file.path(commandArgs(TRUE)[1], 'out'))"
    with pytest.raises(LimitError, match="does not fit"):
        r(script)


def test_without_r_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="R is not installed") as caught:
        r(SAME)
    assert caught.value.code == "0063"
    assert "r-base-core" in caught.value.remedy


# Behind the walls


def test_behind_the_walls() -> None:
    script = (
        "x <- maml.mapInputPort(1)\ncat('rows:', nrow(x), '\\n')\nplot(x$n)\n"
        "x$sorted <- as.integer(system(\"printf '3\\n1\\n' | sort\", intern = TRUE))\n"
        "x$day <- as.Date('2020-01-01')\n"
        "stopifnot(inherits(try(readLines('/etc/shadow'), silent = TRUE), 'try-error'))\n"
        "maml.mapOutputPort('x')\n"
    )
    done = walled.run(NAME, {"script": script}, {"dataset1": pd.DataFrame({"n": [1, 2]})}, name="cars.R")
    try:
        assert done.error is None, done.error
        assert done.log.stdout == b"rows: 2 \n"
        assert bridge.read_table(done.files["dataset"]).to_pydict() == {
            "n": [1, 2],
            "sorted": [1, 3],
            "day": [datetime.date(2020, 1, 1)] * 2,
        }
        assert [picture["name"] for picture in done.report["graphics"]] == ["Rplot001.png"]
    finally:
        done.close()


def test_an_error_behind_the_walls() -> None:
    done = walled.run(NAME, {"script": "x <- 1\nstop('no')"}, {}, name="cars.R")
    done.close()
    assert isinstance(done.error, ScriptError)
    assert (done.error.code, done.error.line, done.error.message) == ("0063", 2, "cars.R, line 2: no")
    assert done.log.stderr == b"Error: no\n"
