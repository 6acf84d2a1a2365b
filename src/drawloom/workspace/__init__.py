"""What is kept: the store of tables, the records of runs, datasets and secrets.

Importing the room is free: SQLAlchemy is loaded by `Workspace.open`, Alembic only by a migration.
"""

from drawloom.workspace.workspace import Workspace

__all__ = ["Workspace"]
