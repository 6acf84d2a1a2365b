"""Alembic's scripts: how the schema of the records came to be."""
