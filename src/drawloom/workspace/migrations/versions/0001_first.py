"""Runs, steps, outputs, store entries and datasets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("workspace", sa.Column("id", sa.Text, primary_key=True))
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("file_text", sa.Text, nullable=False),
    )
    op.create_index("ix_runs_experiment", "runs", ["experiment", "status", "id"])
    op.create_index("ix_runs_status", "runs", ["status"])
    op.create_table(
        "steps",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("reused_from", sa.Integer, sa.ForeignKey("steps.id")),
        sa.Column("started_at", sa.Float),
        sa.Column("finished_at", sa.Float),
        sa.Column("peak_memory_bytes", sa.BigInteger),
        sa.Column("key_parts", sa.Text),
        sa.Column("timings", sa.Text),
        sa.Column("walls", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("conversions", sa.Text),
        sa.Column("log", sa.Text),
        sa.UniqueConstraint("run_id", "name", name="uq_steps_run_name"),
    )
    op.create_index("ix_steps_key", "steps", ["key", "status", "id"])
    op.create_index("ix_steps_experiment_name", "steps", ["experiment", "name", "id"])
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("inode", sa.BigInteger, nullable=False),
        sa.Column("checksum", sa.Text),
        sa.Column("synced", sa.Boolean, nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_used", "entries", ["used_at"])
    op.create_index("ix_entries_synced", "entries", ["synced"])
    op.create_table(
        "outputs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("step_id", sa.Integer, sa.ForeignKey("steps.id"), nullable=False),
        sa.Column("port", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id", ondelete="SET NULL")),
        sa.Column("rows", sa.BigInteger),
        sa.Column("columns", sa.BigInteger),
        sa.Column("schema", sa.Text),
        sa.UniqueConstraint("step_id", "port", name="uq_outputs_step_port"),
    )
    op.create_index("ix_outputs_entry", "outputs", ["entry_id"])
    op.create_table(
        "datasets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, sa.ForeignKey("datasets.name"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id", ondelete="SET NULL")),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("columns", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("preview", sa.Text, nullable=False),
        sa.UniqueConstraint("name", "version", name="uq_dataset_versions"),
    )
    op.create_index("ix_dataset_versions_entry", "dataset_versions", ["entry_id"])
    op.create_index("ix_dataset_versions_address", "dataset_versions", ["address"])
