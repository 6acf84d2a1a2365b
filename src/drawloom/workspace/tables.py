"""The tables of the records. Times are seconds since 1970, UTC; sizes are bytes.

Values of the user's own text (logs, errors, schemas) are kept as ASCII JSON, since PostgreSQL takes no NUL
in text, no lone surrogate, and no NaN in its own JSON.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

REVISIONS = ("0001",)
"""Every schema revision, oldest first; the last is what this program reads and writes."""


class Json(TypeDecorator[Any]):
    """Any JSON value, as text; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the value as ASCII."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read it back."""
        return None if value is None else json.loads(value)


metadata = MetaData()

workspace = Table("workspace", metadata, Column("id", Text, primary_key=True))

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("experiment", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("message", Json),
    Column("host", Text, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("parameters", Json, nullable=False),
    Column("plan", Json, nullable=False),
    Column("file_text", Json, nullable=False),
    Index("ix_runs_experiment", "experiment", "status", "id"),
    Index("ix_runs_status", "status"),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),
    Column("experiment", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("key", Text),
    Column("status", Text, nullable=False),
    Column("reason", Json),
    Column("reused_from", Integer, ForeignKey("steps.id")),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("peak_memory_bytes", BigInteger),
    Column("key_parts", Json),
    Column("timings", Json),
    Column("walls", Json),
    Column("error", Json),
    Column("conversions", Json),
    Column("log", Json),
    UniqueConstraint("run_id", "name", name="uq_steps_run_name"),
    Index("ix_steps_key", "key", "status", "id"),
    Index("ix_steps_experiment_name", "experiment", "name", "id"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("checksum", Text),
    Column("synced", Boolean, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Index("ix_entries_used", "used_at"),
    Index("ix_entries_synced", "synced"),
    sqlite_autoincrement=True,  # a number is never given twice, so that no record can name a later file
)

outputs = Table(
    "outputs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("step_id", Integer, ForeignKey("steps.id"), nullable=False),
    Column("port", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("entry_id", Integer, ForeignKey("entries.id", ondelete="SET NULL")),
    Column("rows", BigInteger),
    Column("columns", BigInteger),
    Column("schema", Json),
    UniqueConstraint("step_id", "port", name="uq_outputs_step_port"),
    Index("ix_outputs_entry", "entry_id"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_version", Integer, nullable=False),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, ForeignKey("datasets.name"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("entry_id", Integer, ForeignKey("entries.id", ondelete="SET NULL")),
    Column("source", Json, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("columns", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("schema", Json, nullable=False),
    Column("profile", Json, nullable=False),
    Column("preview", Json, nullable=False),
    UniqueConstraint("name", "version", name="uq_dataset_versions"),
    Index("ix_dataset_versions_entry", "entry_id"),
    Index("ix_dataset_versions_address", "address"),
)
