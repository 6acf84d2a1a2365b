"""The workspace: a folder with `.drawloom/` in it, found as git finds its own."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from drawloom.errors import InputError
from drawloom.workspace.files import os_errors

if TYPE_CHECKING:
    from drawloom.workspace.database import Database
    from drawloom.workspace.datasets import Datasets
    from drawloom.workspace.runs import Records
    from drawloom.workspace.secret import Secrets
    from drawloom.workspace.store import Store
    from drawloom.workspace.upkeep import Collected, Problem

FOLDER = ".drawloom"
DATABASE_URL = "DRAWLOOM_DATABASE_URL"


@dataclass(frozen=True)
class Workspace:
    """An open workspace; close it, or use it in a `with` statement.

    Attributes
    ----------
    root
        The folder that holds `.drawloom/`.
    records, store, datasets, secrets
        What is kept in it.
    notices
        What was found and mended while opening (an interrupted run, outputs lost with the machine), one
        sentence each, for the user.
    """

    root: Path
    records: Records
    store: Store
    datasets: Datasets
    secrets: Secrets
    database: Database = field(repr=False)
    notices: tuple[str, ...] = ()

    @staticmethod
    def find(start: Path | None = None) -> Path | None:
        """Give the nearest folder with `.drawloom/` in it: `start` (default: here) or one of its parents.

        Raises
        ------
        InputError
            If the one found belongs to another user: it must be named to be trusted.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / FOLDER / "workspace.json").is_file():
                if os.geteuid() not in (0, (folder / FOLDER).stat().st_uid):
                    raise InputError(
                        f"The workspace {folder} belongs to another user.",
                        code="0048",
                        remedy=f"Name it with --workspace {folder} if you trust it.",
                    )
                return folder
        return None

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        start: str | os.PathLike[str] | None = None,
        create: bool = True,
        database_url: str | None = None,
    ) -> Workspace:
        """Open a workspace, or make one.

        Parameters
        ----------
        path
            The folder itself. Without it, the nearest workspace from `start` upwards is taken, and a new one
            is made in `start`.
        start
            Where the search begins; the current folder if not given.
        create
            Make the workspace if there is none.
        database_url
            Where the records are, if not in SQLite in the folder; `DRAWLOOM_DATABASE_URL` if not given.

        Raises
        ------
        InputError
            No workspace and `create` is false; the folder cannot be written; the records are of a newer
            drawloom, in another database, or cannot be reached.
        """
        begin = Path(start) if start is not None else Path.cwd()
        root = Path(path).resolve() if path is not None else cls.find(begin) or begin.resolve()
        folder = root / FOLDER
        url = database_url or os.environ.get(DATABASE_URL) or None
        if not (folder / "workspace.json").is_file():
            if not create:
                raise InputError(
                    f"{root} is not a workspace: there is no {FOLDER} in it"
                    + ("." if path else " or above it."),
                    code="0048",
                    remedy="Run in the folder of an experiment, or name the workspace with --workspace.",
                )
            _make(root, url)
        return cls._connect(root, url)

    @classmethod
    def _connect(cls, root: Path, url: str | None) -> Workspace:
        from drawloom.workspace.database import Database
        from drawloom.workspace.datasets import Datasets
        from drawloom.workspace.runs import Records
        from drawloom.workspace.secret import Secrets
        from drawloom.workspace.store import Store

        folder = root / FOLDER
        about = _read_about(folder)
        kept_in = "PostgreSQL" if url else "SQLite"
        if about["records"] != kept_in:
            raise InputError(
                f"The records of {root} are kept in {about['records']}, not in {kept_in}.",
                code="0015",
                remedy=f"Unset {DATABASE_URL}."
                if url
                else f"Set {DATABASE_URL} to the database of this workspace.",
            )
        database = Database.connect(url, folder / "records.db")
        try:
            with os_errors(f"the workspace {root}"):
                for name in ("store", "hosts"):
                    (folder / name).mkdir(exist_ok=True)
            if not database.is_current():
                with _lock(folder):
                    database.migrate(about["id"])
            database.belong_to(about["id"], root)
            store = Store(database, folder / "store")
            records = Records(database, store, folder / "hosts")
            notices = (*records.recover(), *store.drop_unsynced())
        except BaseException:
            database.close()
            raise
        return cls(root, records, store, Datasets(database, store), Secrets(folder), database, notices)

    def close(self) -> None:
        """Leave the workspace; runs this host had not finished are recorded as interrupted."""
        self.store.close()
        self.records.close()
        self.database.close()

    def check(self, *, mend: bool = False) -> Iterator[Problem]:
        """Read the whole store and give what is not as recorded; see `upkeep.check`."""
        from drawloom.workspace import upkeep

        return upkeep.check(self.store, mend=mend)

    def collect(
        self, *, max_age_seconds: float | None = None, max_bytes: int | None = None, dry_run: bool = False
    ) -> Collected:
        """Free what no record needs, by age and size; see `upkeep.collect`."""
        from drawloom.workspace import upkeep

        return upkeep.collect(
            self.store, max_age_seconds=max_age_seconds, max_bytes=max_bytes, dry_run=dry_run
        )

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def _make(root: Path, url: str | None) -> None:
    folder = root / FOLDER
    with os_errors(f"the workspace {root}"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
        with _lock(folder):
            if (folder / "workspace.json").is_file():  # another process was faster
                return
            if url is None:
                from drawloom.workspace.database import make_sqlite

                make_sqlite(folder / "records.db")
            about = {"format": 1, "id": str(uuid.uuid4()), "records": "PostgreSQL" if url else "SQLite"}
            draft = folder / "workspace.json.new"
            draft.write_text(json.dumps(about) + "\n")
            draft.rename(folder / "workspace.json")


def _read_about(folder: Path) -> dict[str, str]:
    try:
        about: dict[str, Any] = json.loads((folder / "workspace.json").read_text())
        if about["format"] != 1:
            raise InputError(
                f"The workspace {folder.parent} was made by a newer drawloom.",
                code="0048",
                remedy="Update drawloom, or use another workspace.",
            )
        return {"id": about["id"], "records": about["records"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder / 'workspace.json'} cannot be read: {error}.",
            code="0048",
            remedy="Restore it from a backup, or move the folder away to begin anew.",
        ) from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Let one process at a time make or migrate the workspace."""
    with os_errors(f"the workspace {folder.parent}"):
        fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
