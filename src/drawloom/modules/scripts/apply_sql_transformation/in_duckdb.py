"""A script in DuckDB, over the tables' own memory (worker side)."""

from __future__ import annotations

import os
import re
import resource
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from drawloom.errors import DrawloomError, InputError, LimitError, ScriptError
from drawloom.modules.scripts.apply_sql_transformation.statements import Statement, no_query
from drawloom.modules.scripts.apply_sql_transformation.storable import nan_as_null
from drawloom.modules.scripts.apply_sql_transformation.tokens import tokens
from drawloom.modules.spelling import did_you_mean
from drawloom.table.names import unique_names

# The walls keep a script from files and the network; these keep DuckDB from even trying.
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_SETTINGS = (
    "TimeZone = 'UTC'",
    "arrow_large_buffer_size = true",
    "enable_progress_bar = false",
    "lock_configuration = true",
)
_LOG = """
    CREATE MACRO log(x) AS CASE WHEN x > 0 THEN ln(x) END,
    (base, x) AS CASE WHEN base > 1 AND x > 0 THEN ln(x) / ln(base) END
"""
# Beside what it counts DuckDB reserves address space, and dies where it gets none.
_UNCOUNTED_BYTES = 512 * 2**20
_SHARE = 0.8
_INTERVAL = np.dtype([("months", np.int32), ("days", np.int32), ("nanoseconds", np.int64)])
_DAY = 86_400_000_000
_LEAST_BYTES = 64 * 2**20


def transform(
    script: str, tables: Mapping[str, pa.Table], values: Mapping[str, Any], name: str, threads: int
) -> pa.Table:
    """Run a script's statements in their order and give the rows of its last SELECT.

    Parameters
    ----------
    tables
        By name, as `storable.for_duckdb` gives them. They are read where they lie and cannot be changed.
    values
        For the parameters, by name: ``$name`` or ``:name``.
    name
        What the user calls the script.
    threads
        The cores of the step.

    Raises
    ------
    ScriptError
        0069 with the line and DuckDB's words; 0001 for a column that does not exist, with the nearest one.
    InputError
        0003 for a table that is not connected.
    LimitError
        0138 where memory runs out.
    """
    script = _with_dollars(script, values)
    with tempfile.TemporaryDirectory(prefix="sql-") as spill, _connect(threads, spill) as connection:
        for port, table in tables.items():
            connection.register(port, table)
        try:
            parsed = connection.extract_statements(script)
        except duckdb.Error as error:
            raise _told(error, tables, name, Statement(script, 1, "")) from error
        last = max(
            (n for n, each in enumerate(parsed) if each.type == duckdb.StatementType.SELECT), default=-1
        )
        result: pa.Table | None = None
        for number, (each, statement) in enumerate(zip(parsed, _placed(script, parsed), strict=True)):
            given = {key: value for key, value in values.items() if key in each.named_parameters}
            try:
                if number == last:
                    result = _query(connection, each.query, given)
                elif each.type == duckdb.StatementType.SELECT:
                    connection.execute(f"EXPLAIN {each.query}", given or None).fetchall()
                else:
                    connection.execute(each, given or None).complete()
            except duckdb.Error as error:
                raise _told(error, tables, name, statement) from error
        if result is None:
            raise no_query(name)
        return result


def _placed(script: str, parsed: list[duckdb.Statement]) -> Iterator[Statement]:
    """Find where DuckDB's statements stand in the script."""
    place = 0
    for each in parsed:
        text = each.query.strip()
        place = max(script.find(text, place), place)
        yield Statement(text, script.count("\n", 0, place) + 1, str(each.type))
        place += len(text)


def _connect(threads: int, spill: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {**_LOCKED, "threads": threads, "temp_directory": spill}
    memory = _memory_left()
    if memory is not None:
        config["memory_limit"] = f"{memory // 2**20}MiB"
    connection = duckdb.connect(":memory:", config=config)
    connection.execute(_LOG)
    for setting in _SETTINGS:
        connection.execute(f"SET {setting}")
    return connection


def _memory_left() -> int | None:
    """Give the share of this process's address space that DuckDB may fill, or None if it has no limit."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    with open("/proc/self/statm", "rb") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(int((min(limit - used, physical) - _UNCOUNTED_BYTES) * _SHARE), _LEAST_BYTES)


def _with_dollars(script: str, values: Mapping[str, Any]) -> str:
    """Write ``:name`` as DuckDB does, ``$name``, where there is a value of that name."""
    return "".join(
        f"${token.text[1:]}" if token.kind == "parameter" and token.text[1:] in values else token.text
        for token in tokens(script)
    )


def _query(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]) -> pa.Table:
    relation = connection.sql(query, params=dict(values)) if values else connection.sql(query)
    found = relation.to_arrow_table()
    columns = [_plain(column) for column in found.columns]
    return pa.table(columns, names=unique_names(found.column_names))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column of the result in the types that SQLite would have, where DuckDB has others."""
    kind = column.type
    if pa.types.is_decimal(kind):
        if kind.scale == 0:
            try:
                return column.cast(pa.int64())
            except pa.ArrowInvalid:
                pass
        return column.cast(pa.float64())
    if kind == pa.month_day_nano_interval():
        return _spans(column)
    return nan_as_null(column)


def _spans(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give intervals as durations, unless one of them holds months, which are of no fixed length."""
    spans = []
    for part in column.chunks:
        fields = np.frombuffer(part.buffers()[1], _INTERVAL)[part.offset : part.offset + len(part)]
        missing = part.is_null().to_numpy(zero_copy_only=False)
        if fields["months"][~missing].any():
            return column
        microseconds = fields["days"].astype(np.int64) * _DAY + fields["nanoseconds"] // 1000
        spans.append(pa.array(microseconds, mask=missing).cast(pa.duration("us")))
    return pa.chunked_array(spans, pa.duration("us"))


def _told(
    error: duckdb.Error, tables: Mapping[str, pa.Table], name: str, statement: Statement
) -> DrawloomError:
    """Say DuckDB's error in the user's terms."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in text:
        return LimitError(
            f"{name}, line {statement.line}: DuckDB ran out of memory, and of disk to spill to.",
            code="0138",
            remedy="Give the step more memory (--memory) or less data.",
        )
    words = text.partition("\n")[0].partition(": ")[2] or text
    place = re.search(r"^LINE (\d+): ", text, re.MULTILINE)
    line = statement.line - 1 + int(place[1] if place else 1)
    table = re.search(r"Table with name (\S+) does not exist", words)
    if table and table[1].lower() in ("t1", "t2", "t3"):
        return InputError(
            f"{name}, line {statement.line_of(table[1])}: nothing is connected to port {table[1].lower()!r}.",
            code="0003",
            remedy="Connect a table to it.",
        )
    column = re.search(r"column \"?(.+?)\"? not found|does not have a column named \"(.+?)\"", words)
    if column:
        wanted = column[1] or column[2]
        line = statement.line_of(wanted)
        known = [each for found in tables.values() for each in found.column_names]
        remedy = did_you_mean(wanted, known)
        return ScriptError(f"{name}, line {line}: {words}", code="0001", remedy=remedy, line=line)
    remedy = did_you_mean(table[1], tables) if table else ""
    return ScriptError(f"{name}, line {line}: {words}", code="0069", remedy=remedy, line=line)
