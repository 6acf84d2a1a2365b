"""Apply SQL Transformation: statements, dialects, types both ways, and errors that name line and column."""

from __future__ import annotations

import datetime
import decimal
import math
import sqlite3
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drawloom.errors import InputError, LimitError, ScriptError
from drawloom.modules.registry import module
from drawloom.modules.scripts.apply_sql_transformation import functions
from drawloom.modules.scripts.apply_sql_transformation.statements import split
from drawloom.sandbox.worker import WorkLimits
from drawloom.table import bridge
from modules.running import Result, failure, run

from . import walled

NAME = "apply-sql-transformation"
ENGINES = ("sqlite", "duckdb")
CARS = pd.DataFrame(
    {
        "make": ["audi", "bmw", None, "bmw"],
        "price": [17.5, 30.0, 8.25, math.nan],
        "doors": pd.array([4, 2, None, 2], dtype="Int64"),
        "diesel": [True, False, False, True],
        "built": pd.to_datetime(
            ["2001-02-03", "2004-05-06 07:08:09.123456", None, "1999-01-01"], format="ISO8601"
        ),
    }
)
EDGES = pa.table(
    {
        "u64": pa.array([1, 2**64 - 1], pa.uint64()),
        "small": pa.array([1, None], pa.int8()),
        "half": pa.array([1.5, None], pa.float32()),
        "level": pa.array(["a", None]).dictionary_encode(),
        "zoned": pa.array([0, None], pa.timestamp("ms", "Asia/Tokyo")),
        "day": pa.array([datetime.date(2020, 1, 2), None]),
        "clock": pa.array([datetime.time(1, 2, 3), None]),
        "span": pa.array([1500, None], pa.duration("ms")),
        "money": pa.array([decimal.Decimal("1.50"), None]),
        "raw": pa.array([b"\x00a", None]),
        "nothing": pa.nulls(2),
    }
)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sql(script: str, engine: str = "sqlite", t1: Any = CARS, **more: Any) -> Result:
    tables = {port: more.pop(port) for port in ("t2", "t3") if port in more}
    return run(NAME, {"script": script, "engine": engine, **more}, t1=t1, **tables)


def values(script: str, engine: str = "sqlite", **more: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = sql(script, engine, **more).arrow().to_pydict()
    return found


# Statements


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("select 1", [1]),
        ("select 1;\nselect 2;\n", [1, 2]),
        (";;\n ; select 1", [2]),
        ("-- a; b\n/* c;\n d */ select 1; -- e;\n", [3]),
        ("select ';', \"a;b\", `c;d`, [e;f];\nselect 2", [1, 2]),
        ("select 'it''s;'\n;\n\nselect 2", [1, 4]),
        ("create trigger t after insert on x begin\n select 1; select 2;\nend;\nselect 3", [1, 4]),
        ("", []),
        ("-- nothing", []),
    ],
)
def test_a_script_is_cut_at_the_ends_of_statements(script: str, lines: list[int]) -> None:
    assert [statement.line for statement in split(script)] == lines


def test_the_verb_behind_with_counts() -> None:
    script = (
        "with a as (select 1) insert into x select * from a; WITH a AS (select 1) SELECT * FROM a; values (1)"
    )
    assert [statement.kind for statement in split(script)] == ["INSERT", "SELECT", "VALUES"]


def test_the_last_select_is_the_result_and_what_follows_still_runs(engine: str) -> None:
    script = (
        "create table cheap as select * from t1 where price < :most;\n"
        "select 'not this one';\n"
        "select make, price from cheap order by price;\n"
        "drop table cheap;"
    )
    assert values(script, engine, most=20) == {"make": [None, "audi"], "price": [8.25, 17.5]}


def test_tables_are_named_by_port_whatever_their_case(engine: str) -> None:
    other = pd.DataFrame({"MAKE": ["audi", "bmw"], "country": ["DE", "DE"]})
    script = (
        "select T1.make, x.country, (select count(*) from T3) n "
        "from T1 join T2 x on x.make = t1.MAKE where doors = 4"
    )
    assert values(script, engine, t2=other, t3=CARS) == {"make": ["audi"], "country": ["DE"], "n": [4]}


def test_sqlite_lets_a_script_change_its_tables() -> None:
    script = (
        "create trigger keep after update on t1 begin update t1 set doors = 9 where make is null; end;\n"
        "update t1 set price = 0 where price is null; select sum(price) s, max(doors) d from t1"
    )
    assert values(script) == {"s": [55.75], "d": [9]}


def test_sqlite_reads_every_kind_of_quote_and_a_plus_of_texts_is_0() -> None:
    frame = pd.DataFrame({"a-b": [1], "a b": [2], "order": ["x"]})
    script = (
        "select [a-b], `a b`, \"order\", [order] + [order] as plus, [order] || 'y' as bars from t1 limit 1"
    )
    assert values(script, t1=frame) == {"a-b": [1], "a b": [2], "order": ["x"], "plus": [0], "bars": ["xy"]}


def test_names_are_kept_and_repeated_ones_numbered(engine: str) -> None:
    found = sql('select make, make, make as "make (2)", price as "Größe in €" from t1', engine).arrow()
    assert found.column_names == ["make", "make (3)", "make (2)", "Größe in €"]


# Values


def test_values_are_bound_and_never_pasted(engine: str) -> None:
    text = "x' or 1=1; --"
    assert values("select :a a, :b b, $a c, :n n", engine, a=text, b=1.5, n=None) == {
        "a": [text],
        "b": [1.5],
        "c": [text],
        "n": [None],
    }
    assert values("select count(*) n from t1 where make = :make", engine, make="bmw") == {"n": [2]}


def test_a_colon_in_a_text_or_comment_is_no_parameter(engine: str) -> None:
    assert values("select ':a' x /* :b */, ':' || :a y -- :c", engine, a="1") == {"x": [":a"], "y": [":1"]}


def test_parameters_are_checked_against_the_script() -> None:
    _, problems = module(NAME).check({"script": "select :cutoff, @top", "cutof": 1, "top": [1]})
    assert [(problem.path, problem.code) for problem in problems] == [
        (("cutof",), "0002"),
        (("top",), "0002"),
        (("cutoff",), "0003"),
    ]
    assert problems[0].remedy == "Did you mean 'cutoff'?"
    duck = {"script": "select {'a':b}, $top", "engine": "DuckDB"}
    assert [problem.path for problem in module(NAME).check(duck)[1]] == [("top",)]


# Mathematics


def test_log_is_the_natural_logarithm(engine: str) -> None:
    script = (
        "select log(price) a, ln(price) b, log(2, 8) c, log(-1) d, log(null) e, exp(0) f, sqrt(4) g, "
        "power(2, 3) h from t1 limit 1"
    )
    found = values(script, engine)
    assert found["a"] == [math.log(17.5)]
    assert found["b"][0] == pytest.approx(found["a"][0], rel=1e-15)
    assert [found[name][0] for name in "cdefgh"] == [3.0, None, None, 1.0, 2.0, 8.0]


def test_functions_that_sqlite_may_lack_are_those_it_has() -> None:
    theirs, ours = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    functions.register(ours, all_of_them=True)
    for name, count in functions._MATHS:
        for arguments in ("0.5, 2", "2, 0.5", "-1.5, 3", "0, 0", "null, 1", "'abc', 1", "'4', 1", "1e9, 1e9"):
            call = f"select {name}({', '.join(arguments.split(', ')[:count])})"
            expected, found = theirs.execute(call).fetchone()[0], ours.execute(call).fetchone()[0]
            if isinstance(expected, float) and math.isinf(expected):
                expected = None
            assert found == (expected if expected is None else pytest.approx(expected, rel=1e-14)), call
    theirs.close()
    ours.close()


# Types


def test_types_and_missing_values_survive(engine: str) -> None:
    found = sql("select * from t1", engine)
    assert found.arrow().equals(
        run(NAME, {"script": "select * from t1", "engine": "duckdb"}, t1=CARS).arrow()
    )
    pd.testing.assert_frame_equal(found.frame(), CARS)


def test_types_of_a_result_without_rows(engine: str) -> None:
    found = sql("select make, price, doors, diesel from t1 where 1 = 0", engine).arrow()
    assert [str(kind) for kind in found.schema.types] == ["large_string", "double", "int64", "bool"]


def test_nan_is_null_in_both_engines(engine: str) -> None:
    table = pa.table({"x": pa.array([1.0, math.nan, math.inf, None])})
    script = "select count(x) n, sum(x is null) missing, max(x) most from t1"
    assert values(script, engine, t1=table) == {"n": [2], "missing": [2], "most": [math.inf]}
    assert values("select x from t1", engine, t1=table) == {"x": [1.0, None, math.inf, None]}


def test_types_that_sqlite_has_not_become_what_it_has_and_are_reported() -> None:
    found = sql("select * from t1", t1=EDGES)
    assert found.arrow().to_pydict() == {
        "u64": [1.0, float(2**64 - 1)],
        "small": [1, None],
        "half": [1.5, None],
        "level": ["a", None],
        "zoned": [datetime.datetime(1970, 1, 1), None],
        "day": ["2020-01-02", None],
        "clock": ["01:02:03.000000", None],
        "span": [1.5, None],
        "money": [1.5, None],
        "raw": [b"\x00a", None],
        "nothing": [None, None],
    }
    noted = {each["column"]: each["type_here"] for each in found.report["conversions"]["t1"]}
    assert noted == {
        "u64": "REAL",
        "level": "TEXT",
        "zoned": "TEXT",
        "day": "TEXT",
        "clock": "TEXT",
        "span": "REAL",
        "money": "REAL",
    }


def test_text_of_the_form_of_a_moment_is_a_moment() -> None:
    found = sql(
        "select max(built) a, datetime(built) b, date(built) c, built || '' d from t1 where make = 'bmw'"
    ).arrow()
    assert [str(kind) for kind in found.schema.types] == [
        "timestamp[us]",
        "timestamp[s]",
        "large_string",
        "timestamp[us]",
    ]
    assert values("select '2020-13-45 00:00:00' a")["a"] == ["2020-13-45 00:00:00"]
    assert values("select '2020-01-01 00:00:00' a union all select 'x'")["a"] == ["2020-01-01 00:00:00", "x"]


def test_only_columns_of_0_and_1_that_are_declared_so_are_booleans() -> None:
    found = sql(
        "select diesel, diesel + 1 n, cast(doors as boolean) d, sum(diesel) over () s from t1"
    ).arrow()
    assert [str(kind) for kind in found.schema.types] == ["bool", "int64", "int64", "int64"]


def test_whole_numbers_and_fractions_make_doubles() -> None:
    rows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)"
    found = sql(f"{rows} select case when i = 40000 then 0.5 else i end x from n").arrow()
    assert str(found.schema.types[0]) == "double"
    assert found["x"].to_pylist()[39998:40001] == [39999.0, 0.5, 40001.0]


@pytest.mark.parametrize("first", ["'a'", "x'00'"])
def test_a_column_that_mixes_text_and_numbers_is_refused(first: str) -> None:
    error = failure(NAME, {"script": f"select {first} as mixed union all select 1"}, t1=CARS)
    assert error.code == "0045"
    assert "'mixed'" in error.message
    assert "CAST(mixed AS TEXT)" in error.remedy


def test_duckdbs_wide_numbers_become_those_of_sqlite() -> None:
    script = "select sum(doors) s, 1.5 d, sum(doors) * 10000000000000000000 as big from t1"
    assert values(script, "duckdb") == {"s": [8], "d": [1.5], "big": [8e19]}


def test_types_in_duckdb_stay_but_for_categories_and_decimals() -> None:
    found = sql("select *, span * 2 as twice, interval 1 month as month from t1", "duckdb", t1=EDGES)
    kinds = {field.name: str(field.type) for field in found.arrow().schema}
    assert kinds == {
        "u64": "uint64",
        "small": "int8",
        "half": "float",
        "level": "large_string",
        "zoned": "timestamp[us, tz=UTC]",
        "day": "date32[day]",
        "clock": "time64[us]",
        "span": "duration[us]",
        "money": "double",
        "raw": "large_binary",
        "nothing": "null",
        "twice": "duration[us]",
        "month": "month_day_nano_interval",
    }
    assert found.arrow()["twice"].to_pylist() == [datetime.timedelta(seconds=3), None]
    assert [each["column"] for each in found.report["conversions"]["t1"]] == ["level", "money"]


def test_lists_are_refused_with_port_and_column() -> None:
    error = failure(NAME, {"script": "select 1"}, t1=pa.table({"x": [[1], [2]]}))
    assert (error.code, "'x'" in error.message, "'t1'" in error.message) == ("0017", True, True)


def test_names_that_differ_only_by_case_are_refused() -> None:
    error = failure(NAME, {"script": "select 1"}, t1=pd.DataFrame({"Make": [1], "make": [2]}))
    assert error.code == "0028"
    assert "'Make' and 'make'" in error.message


def test_more_columns_than_sqlite_takes_are_refused() -> None:
    error = failure(NAME, {"script": "select 1"}, t1=pd.DataFrame({f"c{n}": [n] for n in range(2001)}))
    assert error.code == "0018"
    assert "2001 columns" in error.message


# Errors


@pytest.mark.parametrize(
    ("script", "code", "line", "says"),
    [
        ("select 1;\nselect make,\n  prise\nfrom t1", "0001", 3, "Did you mean 'price'?"),
        ("select x.\n prise from t1 x", "0001", 2, "Did you mean 'price'?"),
        ("select 1;\n\nselect * from t11", "0069", 3, "Did you mean 't1'?"),
        ("select 1;\nselct 2", "0069", 2, "selct"),
        ("select make\nfrom t1\nwhere where", "0069", 3, "where"),
        ("create table x (a int)", "0069", 1, "End it with a SELECT."),
        (" -- nothing at all", "0069", 1, "End it with a SELECT."),
        ("select nofunction(1)", "0069", 1, "nofunction"),
    ],
)
def test_an_error_names_the_line_and_what_was_meant(
    script: str, code: str, line: int, says: str, engine: str
) -> None:
    error = failure(NAME, {"script": script, "engine": engine}, t1=CARS)
    assert isinstance(error, ScriptError)
    assert (error.code, error.line) == (code, line)
    assert says in f"{error.message} {error.remedy}"
    assert f"line {line}" in error.message or "no SELECT" in error.message


def test_a_table_that_is_not_connected_is_error_0003(engine: str) -> None:
    error = failure(NAME, {"script": "select *\nfrom T2", "engine": engine}, t1=CARS)
    assert isinstance(error, InputError)
    assert (error.code, error.message) == ("0003", "script.sql, line 2: nothing is connected to port 't2'.")


def test_an_error_while_rows_are_fetched_has_its_line_too() -> None:
    error = failure(NAME, {"script": "\nselect cast(x'ff' as text)"}, t1=CARS)
    assert (error.code, error.line) == ("0069", 2)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "script",
    [
        "select * from read_csv('/etc/passwd')",
        "copy t1 to 'x.csv'; select 1",
        "attach 'x.db'; select 1",
        "install httpfs; select 1",
        "load httpfs; select 1",
        "set enable_external_access = true; select 1",
        "select * from CARS",
    ],
)
def test_duckdb_is_locked(script: str) -> None:
    error = failure(NAME, {"script": script, "engine": "duckdb"}, t1=CARS)
    assert error.code == "0069"


# Behind the walls


def test_behind_the_walls(engine: str) -> None:
    done = walled.run(
        NAME,
        {"script": "select make, log(price) p from t1 where price > :least", "engine": engine, "least": 10},
        {"t1": CARS},
    )
    try:
        assert done.error is None
        assert bridge.read_table(done.files["dataset"]).to_pydict() == {
            "make": ["audi", "bmw"],
            "p": [math.log(17.5), math.log(30.0)],
        }
    finally:
        done.close()


def test_a_query_that_fills_the_memory_is_told_so() -> None:
    script = "select a.i, b.i j, random() r from range(20000) a(i), range(20000) b(i) order by r, i, j"
    done = walled.run(
        NAME, {"script": script, "engine": "duckdb"}, {"t1": CARS}, WorkLimits(60, memory_bytes=3 * 2**30)
    )
    done.close()
    assert isinstance(done.error, LimitError)
    assert done.error.code == "0138"
