from __future__ import annotations

from pathlib import Path

import pytest

from drawloom.environment import base
from drawloom.environment.lock import Lock
from drawloom.environment.requirement import checked, from_file
from drawloom.environment.settings import read
from drawloom.errors import InputError

PINS = {
    "attrs": "attrs==25.1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb",
    "toolz": "toolz==1.0.0 \\\n    --hash=sha256:cc",
}
LOCK = Lock(("attrs", "toolz>=1"), "2026-01-02T03:04:05Z", "3.11", PINS)


def test_a_lock_is_read_as_it_was_written() -> None:
    assert Lock.from_text(LOCK.to_text(), "here") == LOCK
    assert LOCK.packages == {"attrs": "25.1.0", "toolz": "1.0.0"}


def test_only_what_the_interpreter_has_at_another_version_or_not_at_all_is_missing() -> None:
    assert LOCK.missing({"attrs": "25.1.0", "toolz": "0.9"}) == {"toolz": PINS["toolz"]}


def test_another_version_or_another_hash_is_another_identity() -> None:
    identities = {
        Lock((), "", "3.11", {"toolz": text}).identity
        for text in ("toolz==1.0.0 --hash=sha256:cc", "toolz==1.0.0 --hash=sha256:dd", "toolz==1.1.0")
    }
    assert len(identities) == 3
    assert Lock((), "later", "3.11", PINS).identity == LOCK.identity


def test_any_other_file_is_not_taken_for_a_lock() -> None:
    with pytest.raises(InputError, match="is not the lock of an environment"):
        Lock.from_text("toolz==1.0.0\n", "here")


def test_the_interpreter_has_what_drawloom_works_with() -> None:
    assert {"numpy", "pandas", "pyarrow", "scikit-learn"} <= base.installed().keys()
    assert "drawloom" not in base.installed()
    assert "pandas>=3.0" in base.requirements()


def test_requirements_come_from_a_file_of_pip(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# ours\ntoolz==1.0.0 \\\n    --hash=sha256:cc\nattrs  # ok\n\n")
    assert from_file(file) == ("attrs", "toolz==1.0.0")


def test_requirements_come_from_a_file_of_conda_by_name(tmp_path: Path) -> None:
    file = tmp_path / "environment.yml"
    file.write_text(
        "name: old\nchannels: [conda-forge]\ndependencies:\n  - python=3.9\n  - pip\n  - numpy=1.26=py39_0\n"
        "  - conda-forge::toolz>=1.0\n  - pytables\n  - pip:\n    - attrs==25.1.0\n"
    )
    assert from_file(file) == ("attrs==25.1.0", "numpy==1.26.*", "tables", "toolz>=1.0")


@pytest.mark.parametrize("line", ["-r other.txt", "--index-url https://x", "git+https://x/y", "./local.whl"])
def test_a_file_may_name_packages_of_an_index_alone(line: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"{line}\n")
    with pytest.raises(InputError, match="not a package of an index"):
        from_file(file)


def test_requirements_are_sorted_and_named_once() -> None:
    assert checked([" toolz", "attrs ", "toolz"]) == ("attrs", "toolz")


def test_a_private_index_is_the_only_one_that_is_reached() -> None:
    now = read({"UV_DEFAULT_INDEX": "https://me:word@index.corp:8443/all", "HOME": "/home/me"})
    assert now.hosts == {("index.corp", 8443)}
    assert now.cache == Path("/home/me/.cache/drawloom")


def test_further_indexes_and_hosts_come_on_top() -> None:
    now = read({"UV_INDEX": "corp=http://index.corp/all /srv/wheels", "DRAWLOOM_INDEX_HOSTS": "files.corp"})
    assert now.hosts > {("index.corp", 80), ("files.corp", 443)}
    assert now.folders == (Path("/srv/wheels"),)
    assert len(now.hosts) == 4
