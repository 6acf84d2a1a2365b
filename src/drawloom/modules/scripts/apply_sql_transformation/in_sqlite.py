"""A script in SQLite: loaded through ADBC, queried through Python's own sqlite3 (worker side)."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from drawloom.errors import DrawloomError, InputError, LimitError, ScriptError
from drawloom.modules.scripts.apply_sql_transformation import functions, rows
from drawloom.modules.scripts.apply_sql_transformation.statements import Statement, no_query, split
from drawloom.modules.spelling import did_you_mean

_TYPES = '"drawloom types"'
_MOST_COLUMNS = 2000


class Database:
    """A database in a file of its own, on the private disk; it goes when the block ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sql-")
        self._path = os.path.join(self._folder.name, "tables.db")
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
        self._folder.cleanup()

    def load(self, name: str, table: pa.Table, declared: list[str]) -> None:
        """Store a table whose columns are of SQLite's types; all are loaded before the first query.

        Raises
        ------
        InputError
            0018 where it has more columns than SQLite takes.
        """
        if table.num_columns > _MOST_COLUMNS:
            raise InputError(
                f"The table at port {name!r} has {table.num_columns} columns; SQLite takes {_MOST_COLUMNS}.",
                code="0018",
                remedy="Choose some with select-columns-in-dataset, or set engine: duckdb.",
            )
        from adbc_driver_sqlite import dbapi

        columns = ", ".join(
            f"{_quoted(column)} {kind}" for column, kind in zip(table.column_names, declared, strict=True)
        )
        with dbapi.connect(self._path, autocommit=True) as loader, loader.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute(f"CREATE TABLE {name} ({columns})")
            try:
                cursor.adbc_ingest(name, table, mode="append")
            except dbapi.Error as error:
                raise _full() if "full" in str(error) else error from error

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection for queries, with the functions of `functions.register`."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = MEMORY")
            self._connection.execute("PRAGMA synchronous = OFF")
            functions.register(self._connection)
        return self._connection


def transform(script: str, database: Database, values: Mapping[str, Any], name: str) -> pa.Table:
    """Run a script's statements in their order and give the rows of its last SELECT.

    Parameters
    ----------
    values
        For the parameters, by name.
    name
        What the user calls the script.

    Raises
    ------
    ScriptError
        0069 with the line and SQLite's words; 0001 for a column that does not exist, with the nearest one.
    InputError
        0003 for a table that is not connected, 0045 as `rows.fetch`.
    """
    statements = list(split(script))
    last = max((n for n, statement in enumerate(statements) if statement.is_query), default=-1)
    result: pa.Table | None = None
    for number, statement in enumerate(statements):
        try:
            if number == last:
                result = _query(database.connection, statement, values)
            else:
                database.connection.execute(statement.text, values).close()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _told(error, statement, database.connection, name) from error
    if result is None:
        raise no_query(name)
    return result


def _query(connection: sqlite3.Connection, statement: Statement, values: Mapping[str, Any]) -> pa.Table:
    connection.execute(f"EXPLAIN {statement.text}", values).close()  # errors in the user's own words
    query = statement.text.rstrip().removesuffix(";")
    connection.execute(f"CREATE TEMP TABLE {_TYPES} AS SELECT * FROM (\n{query}\n) LIMIT 0", values)  # noqa: S608
    affinities = [row[2] for row in connection.execute(f"PRAGMA temp.table_info({_TYPES})")]
    connection.execute(f"DROP TABLE temp.{_TYPES}")
    return rows.fetch(connection.execute(query, values), affinities)


def _told(error: Exception, statement: Statement, connection: sqlite3.Connection, name: str) -> DrawloomError:
    """Say SQLite's error in the user's terms."""
    words = str(error)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return _full()
    what, _, which = words.partition(": ")
    if what == "no such table" and which.lower() in ("t1", "t2", "t3"):
        line = statement.line_of(which)
        return InputError(
            f"{name}, line {line}: nothing is connected to port {which.lower()!r}.",
            code="0003",
            remedy="Connect a table to it.",
        )
    code, remedy = "0069", ""
    near = re.match(r"near \"(.*)\": syntax error", words, re.DOTALL) or re.match(
        r"unrecognized token: \"(.*)\"", words
    )
    wanted = near[1] if near else which.rpartition(".")[2]
    if what == "no such column":
        code, remedy = "0001", did_you_mean(wanted, _columns(connection, which))
    elif what == "no such table":
        remedy = did_you_mean(which, _tables(connection))
    elif what == "no such function":
        remedy = did_you_mean(
            which, [row[0] for row in connection.execute("SELECT name FROM pragma_function_list")]
        )
    line = statement.line_of(wanted) if wanted else statement.line
    return ScriptError(f"{name}, line {line}: {words}.", code=code, remedy=remedy, line=line)


def _full() -> LimitError:
    return LimitError(
        "The tables do not fit on the private disk of the step, where SQLite keeps them.",
        code="0138",
        remedy="Set engine: duckdb, which reads them where they lie, or choose fewer columns before.",
    )


def _tables(connection: sqlite3.Connection) -> list[str]:
    known = "SELECT name FROM sqlite_master UNION ALL SELECT name FROM sqlite_temp_master"
    return [row[0] for row in connection.execute(known)]


def _columns(connection: sqlite3.Connection, which: str) -> list[str]:
    """Give the columns a wrong name may have meant: of its table, or of all where that is an alias."""
    tables = _tables(connection)
    table = which.rpartition(".")[0].lower()
    chosen = [each for each in tables if each.lower() == table] or tables
    return [row[1] for each in chosen for row in connection.execute(f"PRAGMA table_info({_quoted(each)})")]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
