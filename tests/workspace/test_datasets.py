from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.workspace import Workspace
from drawloom.workspace.datasets import Dataset

from .work import import_content


def register(workspace: Workspace, name: str, content: bytes, source: str = "pima.csv") -> Dataset:
    entry = import_content(workspace, content)
    return workspace.datasets.register(
        name, entry, source=source, rows=768, columns=9, schema=[["glucose", "double"]],
        profile={"glucose": {"mean": float("nan")}}, preview=[[148.0]],
    )  # fmt: skip


def read(workspace: Workspace, name: str, version: int | None = None) -> bytes:
    with open(workspace.datasets.open(name, version), "rb") as file:
        return file.read()


def test_versions_count_up_and_the_same_content_is_the_same_version(workspace: Workspace) -> None:
    assert register(workspace, "Pima Indians", b"one").version == 1
    assert register(workspace, "Pima Indians", b"one").version == 1
    assert register(workspace, "Pima Indians", b"two").version == 2
    assert register(workspace, "Pima Indians", b"one").version == 3, "an old content again is a new version"
    assert register(workspace, "other", b"one").version == 1
    assert [each.version for each in workspace.datasets.versions("Pima Indians")] == [3, 2, 1]
    assert [each.version for each in workspace.datasets.versions("Pima Indians", limit=1, before=3)] == [2]
    assert [read(workspace, "Pima Indians", number) for number in (1, 2, 3)] == [b"one", b"two", b"one"]


def test_a_dataset_is_read_back_as_it_was_registered(workspace: Workspace) -> None:
    register(workspace, "pima", b"one", source="pima ü.csv")
    found = workspace.datasets.get("pima")
    assert (found.name, found.version, found.source, found.rows, found.columns) == (
        "pima",
        1,
        "pima ü.csv",
        768,
        9,
    )
    assert (found.schema, found.preview) == ([["glucose", "double"]], [[148.0]])
    assert str(found.profile) == "{'glucose': {'mean': nan}}"
    assert found.entry is not None
    assert workspace.datasets.versions("pima")[0].profile is None


def test_datasets_are_listed_by_name_in_pages(workspace: Workspace) -> None:
    for name in ("cars", "adult", "breast", "adult"):
        register(workspace, name, os.urandom(4))
    assert [(each.name, each.version) for each in workspace.datasets.list(limit=2)] == [
        ("adult", 2),
        ("breast", 1),
    ]
    assert [each.name for each in workspace.datasets.list(limit=2, after="breast")] == ["cars"]


def test_a_number_is_never_given_again(workspace: Workspace) -> None:
    register(workspace, "pima", b"one")
    register(workspace, "pima", b"two")
    assert workspace.datasets.remove("pima", 2) == 1
    assert workspace.datasets.get("pima").version == 1
    assert register(workspace, "pima", b"three").version == 3
    assert workspace.datasets.remove("pima") == 2
    assert list(workspace.datasets.list()) == []
    assert register(workspace, "pima", b"four").version == 4


def test_what_is_not_there_is_said_with_the_nearest_name(workspace: Workspace) -> None:
    register(workspace, "diabetes", b"one")
    with pytest.raises(InputError, match=r"no dataset 'diabets'.*Did you mean 'diabetes'"):
        workspace.datasets.get("diabets")
    with pytest.raises(InputError, match=r"has no version 2.*newest is version 1"):
        workspace.datasets.open("diabetes", 2)
    with pytest.raises(InputError, match=r"no dataset 'x'.*drawloom dataset add"):
        workspace.datasets.remove("x")


@pytest.mark.parametrize("name", ["", " pima", "pima ", "../pima", "a/b", "a\n", "a" * 128, "a@2"])
def test_a_name_that_would_be_trouble_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match="A dataset cannot be named"):
        register(workspace, name, b"one")


def test_content_that_is_lost_is_said_and_importing_it_again_mends_every_version(
    workspace: Workspace,
) -> None:
    register(workspace, "pima", b"one")
    register(workspace, "copy", b"one")
    entry = workspace.datasets.get("pima").entry
    assert entry is not None
    workspace.store.drop(entry.address)
    with pytest.raises(InputError, match=r"content of dataset 'pima' version 1 is lost.*again from pima.csv"):
        workspace.datasets.open("pima")
    assert register(workspace, "pima", b"one").version == 1
    assert (read(workspace, "pima"), read(workspace, "copy")) == (b"one", b"one")


def test_a_copied_workspace_proves_its_datasets_by_their_content(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "a") as original:
        register(original, "pima", b"one")
        register(original, "changed", b"two")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with Workspace.open(tmp_path / "b") as copied:
        changed = copied.datasets.get("changed").entry
        assert changed is not None
        path = copied.store.path(changed.address)
        path.chmod(0o600)
        path.write_bytes(b"TWO")
        for _ in range(2):
            assert read(copied, "pima") == b"one"
        with pytest.raises(InputError, match="was replaced"):
            copied.datasets.open("changed")
