"""Apply SQL Transformation: the worker side."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa

from drawloom.modules.scripts.apply_sql_transformation.storable import for_duckdb, for_sqlite
from drawloom.modules.tables import Outputs, Step, work

_PORTS = ("t1", "t2", "t3")
_OWN = ("script", "engine")


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Give the rows of the last SELECT of a script over t1, t2 and t3.

    Parameters
    ----------
    spec
        ``params``: ``script``, ``engine``, and values for the parameters of the script. ``name``: what the
        user calls the script. ``threads``: the cores of the step.
    """

    def transform(step: Step) -> Outputs:
        return {"dataset": _transform(step, spec)}

    return work(transform)(spec, inputs, outputs)


def _transform(step: Step, spec: dict[str, Any]) -> pa.Table:
    script, name = step.params["script"], spec.get("name", "script.sql")
    values = {key: value for key, value in step.params.items() if key not in _OWN}
    step.fd("t1")
    tables = {port: step.arrow(port) for port in _PORTS if step.has(port)}
    if step.params["engine"] == "duckdb":
        from drawloom.modules.scripts.apply_sql_transformation import in_duckdb

        threads = spec.get("threads") or len(os.sched_getaffinity(0))
        for port in tables:
            tables[port], conversions = for_duckdb(tables[port])
            step.converted(port, conversions)
        return in_duckdb.transform(script, tables, values, name, threads)
    from drawloom.modules.scripts.apply_sql_transformation import in_sqlite

    with in_sqlite.Database() as database:
        for port, table in tables.items():
            stored, declared, conversions = for_sqlite(table, port)
            step.converted(port, conversions)
            database.load(port, stored, declared)
        return in_sqlite.transform(script, database, values, name)
