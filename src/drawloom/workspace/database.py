"""The database of the records: SQLite in the folder, or PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeGuard

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, InterfaceError

from drawloom.errors import DrawloomError, InputError, LimitError
from drawloom.workspace import tables

BUSY_SECONDS = 30
"""How long a writer waits for another process's write to end."""


class Database:
    """A connection pool with the transactions the rest of the room uses."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    @classmethod
    def connect(cls, url: str | None, file: Path) -> Database:
        """Make ready to connect to PostgreSQL at `url`, or to the SQLite file."""
        if url is None:
            if not file.exists():
                raise InputError(
                    f"The records at {file} are missing.",
                    code="0048",
                    remedy="Restore the file from a backup, or move .drawloom away to begin anew.",
                )
            if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
                raise _cannot_write(str(file))
            engine = create_engine(
                URL.create("sqlite", database=str(file)), connect_args={"timeout": BUSY_SECONDS}
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return cls(engine, str(file))
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise InputError(
                "The database URL cannot be read.",
                code="0015",
                remedy="Write postgresql://user:password@host/name.",
            ) from error
        if parsed.get_backend_name() != "postgresql":
            raise InputError(
                f"Records cannot be kept in {parsed.get_backend_name()!r}.",
                code="0015",
                remedy="Use a postgresql:// URL, or none for SQLite in the workspace.",
            )
        parsed = parsed.set(drivername="postgresql+pg8000")
        return cls(create_engine(parsed, pool_pre_ping=True), parsed.render_as_string(hide_password=True))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the records."""
        with self._told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction that may write; it waits for other writers rather than failing.

        Parameters
        ----------
        durable
            Survive a power cut once done. Others survive a crash of the host, and a power cut may take the
            last few with it, whole: what they told can be computed again.
        """
        options = {"begin": "BEGIN IMMEDIATE", "durable": durable}
        with (
            self._told(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def is_current(self) -> bool:
        """Tell whether the schema is that of this program.

        Raises
        ------
        InputError
            If it is a newer program's.
        """
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision is not None and revision not in tables.REVISIONS:
            raise InputError(
                f"The records at {self.place} were made by a newer drawloom: their schema is {revision}, "
                f"this one knows {tables.REVISIONS[-1]}.",
                code="0015",
                remedy="Update drawloom, or use another workspace.",
            )
        return bool(revision == tables.REVISIONS[-1])

    def migrate(self, workspace_id: str) -> None:
        """Bring the schema up to this program's."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "drawloom.workspace:migrations")
        with self.write(durable=True) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if connection.execute(select(tables.workspace.c.id)).first() is None:
                connection.execute(tables.workspace.insert(), {"id": workspace_id})

    def belong_to(self, workspace_id: str, root: Path) -> None:
        """Refuse the records of another workspace: their store is elsewhere."""
        with self.read() as connection:
            if connection.execute(select(tables.workspace.c.id)).scalar() != workspace_id:
                raise InputError(
                    f"The records at {self.place} belong to another workspace than {root}.",
                    code="0015",
                    remedy="Give each workspace a database of its own.",
                )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except (DatabaseError, InterfaceError) as error:
            told = self._explain(error)
            if told is None:
                raise
            raise told from error

    def _explain(self, error: DatabaseError | InterfaceError) -> DrawloomError | None:
        said = str(error.orig)
        reason = error.orig.args[0].get("M") if _is_from_postgresql(error.orig) else said
        if isinstance(error, InterfaceError) or error.connection_invalidated:
            return InputError(
                f"The database {self.place} cannot be reached: {reason}.",
                code="0015",
                remedy="Is it running, and are the host, the name and the password right?",
            )
        if "full" in said or "53100" in said:
            return LimitError(
                f"There is no space left for the records at {self.place}.",
                code="0039",
                remedy="Free some, for example with `drawloom workspace gc`; nothing half-made was kept.",
            )
        if "readonly" in said or "unable to open" in said or "25006" in said:
            return _cannot_write(self.place)
        if "locked" in said:
            return InputError(
                f"Another program has held the records at {self.place} for more than {BUSY_SECONDS} seconds.",
                code="0015",
                remedy="Close it, and try again.",
            )
        if "malformed" in said or "not a database" in said:
            return InputError(
                f"The records at {self.place} are damaged: {said}.",
                code="0015",
                remedy="Restore the file from a backup, or move .drawloom away to begin anew.",
            )
        if any(code in said for code in ("28P01", "28000", "3D000", "3F000", "42501")):
            return InputError(
                f"The database {self.place} refuses: {reason}.",
                code="0015",
                remedy="Are the user, the password and the name right, and may the user create tables?",
            )
        return None


def _cannot_write(place: str) -> InputError:
    return InputError(
        f"Cannot write the records at {place}.",
        code="0048",
        remedy="Use a folder you may write to (--workspace), or change its permissions.",
    )


def _is_from_postgresql(error: BaseException | None) -> TypeGuard[BaseException]:
    """Tell whether the driver handed on the server's own fields (M is the message, C the code)."""
    return error is not None and bool(error.args) and isinstance(error.args[0], dict)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver's guess
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if begin := options.get("begin"):
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql(begin or "BEGIN")


def make_sqlite(file: Path) -> None:
    """Make an empty database in WAL mode, in which readers and a writer do not wait for each other."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
