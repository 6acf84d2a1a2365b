"""Run migrations in the transaction that `Database.migrate` opened."""

from alembic import context

from drawloom.workspace.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
