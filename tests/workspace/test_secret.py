from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.delenv("DRAWLOOM_DATABASE_URL", raising=False)
    with Workspace.open(tmp_path) as opened:
        yield opened


def test_a_secret_is_set_listed_given_and_removed(workspace: Workspace) -> None:
    assert workspace.secrets.list() == []
    workspace.secrets.set("TOKEN", "s3cret ü")
    workspace.secrets.set("OTHER", "x")
    workspace.secrets.set("TOKEN", "newer")
    assert workspace.secrets.list() == ["OTHER", "TOKEN"]
    assert workspace.secrets.get("TOKEN") == "newer"
    workspace.secrets.remove("TOKEN")
    assert workspace.secrets.list() == ["OTHER"]


def test_the_file_is_its_owners_alone_and_nothing_is_in_the_records(workspace: Workspace) -> None:
    workspace.secrets.set("TOKEN", "s3cret-value")
    folder = workspace.root / ".drawloom"
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
    holders = [
        path.name for path in folder.rglob("*") if path.is_file() and b"s3cret-value" in path.read_bytes()
    ]
    assert holders == ["secrets.json"]
    with sqlite3.connect(folder / "records.db") as connection:
        assert "s3cret-value" not in "".join(connection.iterdump())
    assert "s3cret-value" not in repr(workspace)


def test_a_file_that_others_can_read_is_refused(workspace: Workspace) -> None:
    workspace.secrets.set("TOKEN", "x")
    (workspace.root / ".drawloom" / "secrets.json").chmod(0o640)
    for use in (workspace.secrets.list, lambda: workspace.secrets.get("TOKEN")):
        with pytest.raises(InputError, match=r"can be read by others\. Run `chmod 600"):
            use()


def test_a_secret_that_is_not_there_is_said_with_the_nearest_name(workspace: Workspace) -> None:
    workspace.secrets.set("API_TOKEN", "x")
    with pytest.raises(InputError, match=r"no secret 'API_TOKN'.*Did you mean 'API_TOKEN'"):
        workspace.secrets.get("API_TOKN")
    with pytest.raises(InputError, match="Set it with `drawloom secret set X`"):
        workspace.secrets.remove("X")
    assert workspace.secrets.list() == ["API_TOKEN"]


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A}", "a" * 65])
def test_a_name_that_would_be_trouble_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match="A secret cannot be named"):
        workspace.secrets.set(name, "x")
