from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from drawloom.errors import InputError
from drawloom.workspace import Workspace, database, tables, upkeep

from .conftest import OPEN, Postgres
from .work import WORK, content_of, key_of

UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRAWLOOM_DATABASE_URL", raising=False)


def test_a_workspace_is_found_from_below_and_made_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    deep = tmp_path / "project" / "experiments" / "one"
    deep.mkdir(parents=True)
    Workspace.open(tmp_path / "project").close()
    with Workspace.open(start=deep) as found:
        assert found.root == tmp_path / "project"
    monkeypatch.chdir(deep)
    with Workspace.open() as found:
        assert found.root == tmp_path / "project"
    with Workspace.open(deep) as own:
        assert own.root == deep, "a folder that is named is taken as it is"
    with Workspace.open(start=tmp_path) as fresh:
        assert fresh.root == tmp_path


def test_what_is_not_a_workspace_is_said(tmp_path: Path, alone: None) -> None:
    with pytest.raises(InputError, match=r"is not a workspace: there is no .drawloom in it"):
        Workspace.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("made_before", [False, True])
def test_a_workspace_on_a_read_only_file_system_is_said(
    tmp_path: Path, alone: None, made_before: bool
) -> None:
    if made_before:
        Workspace.open(tmp_path).close()
    program = f"""
from drawloom.workspace import Workspace
from drawloom.errors import InputError
try:
    Workspace.open({str(tmp_path)!r})
except InputError as error:
    print(error)
"""
    mounts = f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro {tmp_path}"
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", f'{mounts} && exec "$0" -c "$1"', sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Error 0048: Cannot write the"), done.stderr
    assert "Use a folder you may write to (--workspace)" in done.stdout


def test_records_of_a_newer_program_are_refused(open_workspace: OPEN) -> None:
    workspace = open_workspace()
    with workspace.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"made by a newer drawloom: their schema is 9999.*Update drawloom"):
        open_workspace()


def test_migrations_make_the_tables_the_program_uses(workspace: Workspace) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with workspace.database.write() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    scripts = ScriptDirectory(str(Path(database.__file__).parent / "migrations"))
    assert tuple(reversed([each.revision for each in scripts.walk_revisions()])) == tables.REVISIONS


def test_the_wrong_database_is_refused_by_name(tmp_path: Path, postgres: Postgres, alone: None) -> None:
    url = postgres.empty()
    Workspace.open(tmp_path / "sqlite").close()
    with pytest.raises(
        InputError, match=r"are kept in SQLite, not in PostgreSQL. Unset DRAWLOOM_DATABASE_URL"
    ):
        Workspace.open(tmp_path / "sqlite", database_url=url)
    Workspace.open(tmp_path / "postgres", database_url=url).close()
    with pytest.raises(InputError, match=r"are kept in PostgreSQL, not in SQLite. Set DRAWLOOM_DATABASE_URL"):
        Workspace.open(tmp_path / "postgres")
    with pytest.raises(InputError, match="belong to another workspace"):
        Workspace.open(tmp_path / "other", database_url=url)


def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path, alone: None) -> None:
    with pytest.raises(InputError, match=r"Error 0015: The database .* cannot be reached") as failed:
        Workspace.open(tmp_path, database_url="postgresql://me:pa55word@127.0.0.1:1/none")
    assert "pa55word" not in str(failed.value)
    for url, said in (("mysql://x/y", "cannot be kept in 'mysql'"), ("nonsense", "cannot be read")):
        with pytest.raises(InputError, match=said):
            Workspace.open(tmp_path, database_url=url)


def test_a_database_that_is_missing_or_closed_to_the_user_is_said(
    tmp_path: Path, postgres: Postgres, alone: None
) -> None:
    postgres.empty()
    with pytest.raises(InputError, match=r"/none.* (cannot be reached|refuses): .*the password"):
        Workspace.open(tmp_path / "a", database_url=postgres.url(database="none"))
    postgres.execute("CREATE ROLE guest LOGIN")
    try:
        with pytest.raises(
            InputError, match=r"guest@.* refuses: .*permission denied.*may the user create tables"
        ):
            Workspace.open(tmp_path / "b", database_url=postgres.url(user="guest"))
    finally:
        postgres.execute("DROP ROLE guest")


def test_damaged_or_missing_records_are_said(tmp_path: Path, alone: None) -> None:
    Workspace.open(tmp_path).close()
    file = tmp_path / ".drawloom" / "records.db"
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(InputError, match=r"are damaged.*Restore the file"):
        Workspace.open(tmp_path)
    file.unlink()
    with pytest.raises(InputError, match=r"are missing.*Restore the file"):
        Workspace.open(tmp_path)
    (tmp_path / ".drawloom" / "workspace.json").write_text("{")
    with pytest.raises(InputError, match=r"workspace\.json cannot be read"):
        Workspace.open(tmp_path)


def test_records_locked_by_another_program_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with Workspace.open(tmp_path) as workspace:
        other = sqlite3.connect(tmp_path / ".drawloom" / "records.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(
            InputError, match=r"Another program has held the records .* for more than 0\.2 seconds"
        ):
            workspace.records.start_run("e", "", [])
        other.execute("ROLLBACK")
        other.close()
        assert workspace.records.start_run("e", "", []) == 1


def test_sqlite_is_in_wal_mode_and_holds_its_references(tmp_path: Path, alone: None) -> None:
    with Workspace.open(tmp_path) as workspace, workspace.database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_importing_the_room_and_opening_a_workspace_load_only_what_they_need(
    tmp_path: Path, alone: None
) -> None:
    program = f"""
import sys
import time
from drawloom.workspace import Workspace
heavy = {{"sqlalchemy", "alembic", "pandas", "numpy", "pyarrow", "pg8000"}}
assert not heavy & set(sys.modules)
Workspace.open({str(tmp_path)!r}).close()
before = len(sys.argv)
print("new", *sorted(heavy & set(sys.modules)))
"""
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["new alembic sqlalchemy\n", "new sqlalchemy\n"]


def test_several_processes_make_and_write_one_workspace_at_once(tmp_path: Path, open_workspace: OPEN) -> None:
    folder = tmp_path / "project"
    several = [
        subprocess.Popen(
            [sys.executable, WORK, folder, "many"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for each in several:
        out, error = each.communicate(timeout=120)
        assert out == b"closed\n", error.decode()
    workspace = open_workspace()
    runs = workspace.records.runs(limit=100)
    assert len(runs) == 60
    assert {run.status for run in runs} == {"succeeded"}
    assert [(each.name, each.version) for each in workspace.datasets.list()] == sorted(
        (f"d{number}", 1) for number in range(20)
    )
    assert len(workspace.secrets.list()) == 60
    assert workspace.store.usage()[0] == 61
    assert list(workspace.check()) == []
    assert list((folder / ".drawloom" / "hosts").iterdir()) == []


def test_a_run_whose_host_was_killed_is_interrupted_and_its_finished_steps_are_reusable(
    tmp_path: Path, open_workspace: OPEN
) -> None:
    folder = tmp_path / "project"
    host = subprocess.Popen([sys.executable, WORK, folder, "hang"], stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    assert host.stdout.readline() == "ready\n"
    while_alive = open_workspace()
    assert while_alive.records.run(1).status == "running"
    host.send_signal(signal.SIGKILL)
    host.communicate(timeout=30)
    assert while_alive.notices == ()

    workspace = open_workspace()
    assert workspace.notices == (
        f"Run 1 was interrupted: process {host.pid} died. Its finished steps can be reused.",
    )
    run = workspace.records.run(1)
    assert (run.status, run.message) == ("interrupted", f"Interrupted: process {host.pid} died.")
    assert [(step.name, step.status) for step in workspace.records.steps(1)] == [
        ("first", "succeeded"),
        ("second", "interrupted"),
    ]
    found = workspace.records.find_reusable_many([key_of("first"), key_of("second")])
    assert {key: each.problem for key, each in found.items()} == {key_of("first"): None}
    assert list(workspace.check()) == []
    assert sum(path.is_file() for path in (folder / ".drawloom" / "store").rglob("*")) == 1, (
        "no half-made file"
    )
    assert list((folder / ".drawloom" / "hosts").iterdir()) == []
    assert open_workspace().notices == ()


def test_hosts_killed_at_any_moment_leave_a_whole_workspace(
    tmp_path: Path, open_workspace: OPEN, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    open_workspace()
    for _ in range(4):
        host = subprocess.Popen([sys.executable, WORK, folder, "forever"], stdout=subprocess.PIPE, text=True)
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n"
        time.sleep(random.uniform(0, 0.2))
        host.send_signal(signal.SIGKILL)
        host.communicate(timeout=30)
    workspace = open_workspace()
    assert {run.status for run in workspace.records.runs(limit=10_000)} <= {"succeeded", "interrupted"}
    monkeypatch.setattr(upkeep, "_LINKING_SECONDS", -1)
    assert {problem.kind for problem in workspace.check(mend=True)} <= {"foreign"}
    assert list(workspace.check()) == []
    for run in workspace.records.runs(limit=10_000):
        for step in workspace.records.steps(run.id):
            assert step.status in ("succeeded", "interrupted")
            for output in step.outputs:
                assert output.entry is not None
                assert content_of(workspace, output.entry.address) == f"content of {step.name}".encode()


def test_a_workspace_found_that_belongs_to_someone_else_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    Workspace.open(tmp_path).close()
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(tmp_path).st_uid + 1)
    with pytest.raises(InputError, match="belongs to another user"):
        Workspace.open(start=tmp_path)
    Workspace.open(tmp_path).close()
