"""Datasets: named, versioned, imported once."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from drawloom.errors import InputError
from drawloom.workspace.database import Database
from drawloom.workspace.store import Entry, Store, entry_of
from drawloom.workspace.tables import dataset_versions, datasets, entries

_NAME = re.compile(r"\w[\w .()+-]{0,126}(?<! )")


@dataclass(frozen=True)
class Dataset:
    """One version of a dataset; the schema, profile and preview are None where a list gave it.

    Attributes
    ----------
    source
        The name of the file it came from.
    entry
        Where its content is kept; None if it was lost.
    """

    name: str
    version: int
    source: str
    rows: int
    columns: int
    created_at: float
    entry: Entry | None
    schema: Any = None
    profile: Any = None
    preview: Any = None


class Datasets:
    """The named tables of a workspace. Parsing and profiling are done above, behind walls."""

    def __init__(self, database: Database, store: Store) -> None:
        self.database = database
        self._store = store

    def register(
        self,
        name: str,
        entry: Entry,
        *,
        source: str,
        rows: int,
        columns: int,
        schema: Any,
        profile: Any,
        preview: Any,
    ) -> Dataset:
        """Give a name to imported content, as a new version of it.

        The same content as the newest version again is that version, not another.

        Parameters
        ----------
        name
            Letters, digits, space and `_ . ( ) + -`, at most 127.
        entry
            From `Store.commit_content`.
        source
            The name of the file it was read from.
        rows, columns
            The shape of the table.
        schema, profile, preview
            JSON values: names and types, statistics, and the first rows.

        Raises
        ------
        InputError
            If the name cannot be used.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"A dataset cannot be named {name!r}.",
                code="0002",
                remedy="Use at most 127 letters, digits, spaces and _ . ( ) + -; first a letter or digit.",
            )
        values = {
            "source": source,
            "rows": rows,
            "columns": columns,
            "schema": schema,
            "profile": profile,
            "preview": preview,
        }
        named = datasets.c.name == name
        self._claim(name)
        with self.database.write(durable=True) as connection:
            # Another host that registers this name waits here until this version is made.
            connection.execute(update(datasets).where(named).values(last_version=datasets.c.last_version))
            # Content that was lost and is here again mends every version that had it.
            lost = and_(dataset_versions.c.address == entry.address, dataset_versions.c.entry_id.is_(None))
            connection.execute(update(dataset_versions).where(lost).values(entry_id=entry.id))
            newest = (
                select(dataset_versions.c.version, dataset_versions.c.address)
                .where(dataset_versions.c.name == name)
                .order_by(dataset_versions.c.version.desc())
                .limit(1)
            )
            last = connection.execute(newest).one_or_none()
            if last is None or last.address != entry.address:
                version = connection.execute(select(datasets.c.last_version).where(named)).scalar_one() + 1
                connection.execute(update(datasets).where(named).values(last_version=version))
                connection.execute(
                    dataset_versions.insert(),
                    values
                    | {
                        "name": name,
                        "version": version,
                        "address": entry.address,
                        "entry_id": entry.id,
                        "created_at": time.time(),
                    },
                )
        return self.get(name)

    def list(self, limit: int = 100, *, after: str = "") -> Sequence[Dataset]:
        """List the newest version of each dataset by name; `after` is the last name of the page above."""
        newest = (
            select(func.max(dataset_versions.c.id))
            .where(dataset_versions.c.name > after)
            .group_by(dataset_versions.c.name)
            .order_by(dataset_versions.c.name)
            .limit(limit)
        )
        query = _query(_LISTED).where(dataset_versions.c.id.in_(newest)).order_by(dataset_versions.c.name)
        with self.database.read() as connection:
            return [_dataset(row) for row in connection.execute(query)]

    def versions(self, name: str, limit: int = 100, *, before: int | None = None) -> Sequence[Dataset]:
        """List the versions of a dataset, newest first; `before` is the last version of the page above."""
        query = _query(_LISTED).where(dataset_versions.c.name == name)
        if before is not None:
            query = query.where(dataset_versions.c.version < before)
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(dataset_versions.c.version.desc()).limit(limit))
            return [_dataset(row) for row in rows]

    def get(self, name: str, version: int | None = None) -> Dataset:
        """Give a dataset, its newest version if none is named.

        Raises
        ------
        InputError
            If there is none of this name or version; the nearest name is told.
        """
        query = _query((*_LISTED, *_WHOLE)).where(dataset_versions.c.name == name)
        if version is not None:
            query = query.where(dataset_versions.c.version == version)
        with self.database.read() as connection:
            row = connection.execute(query.order_by(dataset_versions.c.version.desc()).limit(1)).one_or_none()
        if row is None:
            raise self._unknown(name, version)
        return _dataset(row)

    def open(self, name: str, version: int | None = None) -> int:
        """Open the content of a dataset, an Arrow IPC file, for reading; the caller closes it.

        Where the workspace was copied or restored, the content is proven by its checksum.

        Raises
        ------
        InputError
            If there is no such dataset, or its content was lost or changed.
        """
        found = self.get(name, version)
        fd = None if found.entry is None else self._store.open(found.entry.address, prove=True)
        if fd is None:
            raise InputError(
                f"The content of dataset {name!r} version {found.version} is lost.",
                code="0018",
                remedy=f"Import it again from {found.source}.",
            )
        return fd

    def remove(self, name: str, version: int | None = None) -> int:
        """Remove a dataset or one version of it, and give how many versions went.

        Records of runs that used it stay, and so do their outputs. Its number is never given again.

        Raises
        ------
        InputError
            If there is none of this name or version.
        """
        which = dataset_versions.c.name == name
        if version is not None:
            which = and_(which, dataset_versions.c.version == version)
        with self.database.write(durable=True) as connection:
            removed = connection.execute(delete(dataset_versions).where(which)).rowcount
        if not removed:
            raise self._unknown(name, version)
        return removed

    def _claim(self, name: str) -> None:
        """Make the row that counts the versions of a name, once."""
        with (
            suppress(IntegrityError),
            self.database.write() as connection,
        ):  # PostgreSQL: another host made it
            if connection.execute(select(datasets.c.name).where(datasets.c.name == name)).first() is None:
                connection.execute(datasets.insert(), {"name": name, "last_version": 0})

    def _unknown(self, name: str, version: int | None) -> InputError:
        known = self.versions(name, limit=1)
        if known:
            return InputError(
                f"Dataset {name!r} has no version {version}.",
                code="0018",
                remedy=f"The newest is version {known[0].version}.",
            )
        with self.database.read() as connection:
            names = (
                connection.execute(select(dataset_versions.c.name).distinct().limit(10_000)).scalars().all()
            )
        near = difflib.get_close_matches(name, names, n=1)
        return InputError(
            f"There is no dataset {name!r} in this workspace.",
            code="0018",
            remedy=f"Did you mean {near[0]!r}?" if near else "Import it with `drawloom dataset add`.",
        )


_LISTED = (
    *(dataset_versions.c[name] for name in ("name", "version", "source", "rows", "columns", "created_at")),
    *(column.label(f"entry_{column.name}") for column in entries.c),
)
_WHOLE = (dataset_versions.c.schema, dataset_versions.c.profile, dataset_versions.c.preview)


def _query(columns: tuple[Any, ...]) -> Select[Any]:
    return select(*columns).select_from(dataset_versions.outerjoin(entries))


def _dataset(row: Row[Any]) -> Dataset:
    values = {name: value for name, value in row._mapping.items() if not name.startswith("entry_")}
    return Dataset(**values, entry=None if row.entry_id is None else entry_of(row, "entry_"))
