"""Apply SQL Transformation: the host side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from drawloom.modules.parameters import Folded, Problem, fold
from drawloom.modules.scripts.apply_sql_transformation.tokens import parameters
from drawloom.modules.scripts.script_module import ScriptModule, ScriptParameters, unknown
from drawloom.modules.spec import Port


class ApplySqlTransformation(ScriptParameters):
    """A query over up to three tables; the values of its own parameters are set beside these."""

    script: str = Field(
        title="SQL query script",
        description="Statements over t1, t2 and t3; the last SELECT is the result. :name stands for a value.",
        json_schema_extra={"ui": "script", "language": "sql", "template": "select * from t1;\n"},
    )
    engine: Annotated[Literal["sqlite", "duckdb"], Folded] = Field(
        "sqlite",
        title="Engine",
        description="SQLite, whose dialect Studio had, or DuckDB, which is faster on large tables.",
        json_schema_extra={"ui": "choice"},
    )


def _arguments(own: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Problem]]:
    if not own["script"]:
        return values, []  # the file cannot be read, which is said where it is named
    known = parameters(own["script"])
    # DuckDB has other uses for a colon, so only a dollar says that a value is wanted.
    wanted = parameters(own["script"], "$") if fold(own.get("engine")) == "duckdb" else known
    problems = [unknown(name, known) for name in values if name not in known]
    problems += [
        Problem((name,), f"The parameter {name!r} takes a number, text, true, false or nothing.", "", "0002")
        for name, value in values.items()
        if name in known and not isinstance(value, str | int | float | None)
    ]
    problems += [
        Problem((name,), f"The script's parameter {name!r} has no value.", "Set it under `params`.", "0003")
        for name in wanted
        if name not in values
    ]
    return values, problems


MODULE = ScriptModule(
    name="apply-sql-transformation",
    title="Apply SQL Transformation",
    family="scripts",
    doc="Runs SQL over up to three tables, in the dialect of SQLite or, if asked, of DuckDB.",
    parameters=ApplySqlTransformation,
    inputs=(
        Port("t1", doc="The table t1."),
        Port("t2", doc="The table t2.", optional=True),
        Port("t3", doc="The table t3.", optional=True),
    ),
    outputs=(Port("dataset", doc="The rows of the last SELECT."),),
    work="drawloom.modules.scripts.apply_sql_transformation.work:run",
    arguments=_arguments,
)
