"""A real SQLite and a real PostgreSQL: the same promises are tested on both."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pg8000.dbapi
import pytest

from drawloom.workspace import Workspace

OPEN = Callable[..., Workspace]


class Postgres:
    """A cluster of its own in a temporary folder, reached through a socket in that folder alone."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        assert found, "PostgreSQL is missing: apt-get install postgresql"
        self.programs = found[-1].parent
        self.folder = Path(tempfile.mkdtemp(prefix="drawloom-pg-"))
        self.folder.chmod(0o755)
        self.user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        data = self.folder / "data"
        self._call("initdb", "-D", data, "-A", "trust", "-U", "drawloom", "--no-sync", "-E", "UTF8")
        options = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "off"}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", data, *flags],
            user=self.user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, "PostgreSQL did not start"
            assert time.monotonic() < deadline, "PostgreSQL did not answer within a minute"
            time.sleep(0.05)

    def url(self, user: str = "drawloom", database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?unix_sock={self.folder}/.s.PGSQL.5432"

    def empty(self) -> str:
        """Empty the database, whoever is still connected, and give its URL."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        )
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")
        self.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # as a new database has it
        return self.url()

    def execute(self, statement: str) -> None:
        with closing(self._connect()) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder)

    def _call(self, program: str, *arguments: object) -> None:
        command = [self.programs / program, *map(str, arguments)]
        subprocess.run(command, user=self.user, cwd=self.folder, check=True, capture_output=True)

    def _connect(self) -> pg8000.dbapi.Connection:
        return pg8000.dbapi.connect(
            "drawloom", database="postgres", unix_sock=f"{self.folder}/.s.PGSQL.5432", timeout=10
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except (pg8000.dbapi.Error, OSError):
            return False
        return True


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    cluster = Postgres()
    yield cluster
    cluster.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Both places of the records, one after the other; as a user names them, in the environment."""
    monkeypatch.delenv("DRAWLOOM_DATABASE_URL", raising=False)
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres").empty()
    monkeypatch.setenv("DRAWLOOM_DATABASE_URL", url)
    return url


@pytest.fixture
def open_workspace(database_url: str | None, tmp_path: Path) -> Iterator[OPEN]:
    """Open the one workspace of the test, any number of times."""
    opened: list[Workspace] = []

    def again() -> Workspace:
        opened.append(Workspace.open(tmp_path / "project"))
        return opened[-1]

    yield again
    for each in opened:
        each.close()


@pytest.fixture
def workspace(open_workspace: OPEN) -> Workspace:
    return open_workspace()
