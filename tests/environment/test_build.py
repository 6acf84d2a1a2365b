from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from drawloom.environment import base, build, room, walls
from drawloom.environment.resolve import resolve
from drawloom.environment.settings import Settings
from drawloom.environment.shelf import Shelf, default_packages
from drawloom.errors import InputError


def test_packages_are_locked_with_hashes_at_the_versions_the_interpreter_has(now: Settings) -> None:
    lock = resolve(["toolz==1.0.0"], now)
    assert lock.packages["toolz"] == "1.0.0"
    assert "--hash=sha256:" in lock.pins["toolz"]
    assert "pandas" in lock.packages
    assert lock.missing(base.installed()).keys() == {"toolz"}


def test_what_the_interpreter_has_need_not_be_fetched_to_be_locked_along(
    now: Settings, tmp_path: Path
) -> None:
    fresh = replace(now, cache=tmp_path / "cache")
    lock = resolve(["toolz==1.0.0"], fresh)
    assert "scipy" in lock.packages
    fetched = {path.parent.name for path in (fresh.cache / "build/uv").glob("wheels-*/**/*.msgpack")}
    assert fetched == {"toolz"}


def test_nothing_newer_than_the_stamp_is_taken(now: Settings) -> None:
    with pytest.raises(InputError, match="exclude"):
        resolve(["toolz==1.0.0"], now, stamp="2023-06-01T00:00:00Z")


def test_what_is_built_holds_only_what_the_interpreter_lacks_and_is_built_once(now: Settings) -> None:
    told: list[str] = []
    lock = resolve(["toolz==1.0.0"], now)
    first = build.ready(lock, now, told.append)
    assert first is not None
    assert not first.bare
    assert {"toolz", "toolz-1.0.0.dist-info"} <= set(os.listdir(first.folder))
    assert not (first.folder / "pandas").exists()
    assert list((first.folder / "toolz" / "__pycache__").iterdir())
    assert build.ready(lock, now, told.append) == first
    assert len([text for text in told if "toolz 1.0.0" in text]) <= 1


def test_an_environment_with_another_version_of_what_is_installed_imports_nothing_ahead(
    now: Settings,
) -> None:
    lock = resolve(["cloudpickle==3.1.0"], now)
    built = build.ready(lock, now)
    assert built is not None
    assert built.bare


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("drawloom-has-no-such-friend", "There is no package drawloom-has-no-such-friend"),
        ("toolz==99.0", "There is no version toolz==99.0"),
        ("toolz==", "could not do it"),
        ("pandas<2", "No set of packages fits"),
        ("sgmllib3k", "The package sgmllib3k has no wheel"),
    ],
)
def test_what_cannot_be_had_is_told_within_seconds(asked: str, said: str, now: Settings) -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match=said) as raised:
        resolve([asked], now)
    assert time.monotonic() - started < 20
    assert raised.value.remedy or said == "could not do it"


def test_a_package_without_a_wheel_names_the_operators_switch(now: Settings) -> None:
    with pytest.raises(InputError) as raised:
        resolve(["sgmllib3k"], now)
    assert "DRAWLOOM_SOURCE_BUILDS=1" in raised.value.remedy


def test_offline_what_was_fetched_is_enough_and_what_was_not_is_told(now: Settings, tmp_path: Path) -> None:
    lock = resolve(["toolz==1.0.0"], now)
    built = build.ready(lock, now)
    assert built is not None
    offline = replace(now, offline=True)
    build.remove(built.folder.parent)
    assert build.ready(resolve(["toolz==1.0.0"], offline), offline) is not None
    with pytest.raises(InputError, match="was fetched before") as raised:
        resolve(["zict==3.0.0"], offline)
    assert "DRAWLOOM_OFFLINE" in raised.value.remedy


def test_a_host_that_is_not_the_index_is_not_reached(now: Settings) -> None:
    elsewhere = replace(
        now,
        hosts=frozenset({("index.invalid", 443)}),
        cache=now.cache / "elsewhere",
        index={"UV_HTTP_RETRIES": "0"},
    )
    started = time.monotonic()
    with pytest.raises(InputError, match="which a build may not reach") as raised:
        resolve(["toolz==1.0.0"], elsewhere)
    assert "DRAWLOOM_INDEX_HOSTS" in raised.value.remedy
    assert time.monotonic() - started < 30


def test_uv_sees_nothing_of_the_host_but_the_system_and_its_room(now: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with room.of(now) as (folder, _):
        said = walls.run(["pip", "freeze", "--path", str(tmp_path)], folder, now, network=False)
        assert "secret" not in said.stdout + said.stderr
        walls.run(["venv", f"{tmp_path}/venv"], folder, now, network=False)
    assert not (tmp_path / "venv").exists()


def test_the_newest_lock_of_a_script_is_kept_until_it_is_locked_anew(now: Settings, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, now)
    told: list[str] = []
    first = shelf.of_script(["toolz"], told.append)
    assert shelf.of_script(["toolz"], told.append) == first
    assert len(told) == 1
    assert shelf.lock_script(["toolz"]).requirements == ("toolz",)


def test_a_named_environment_is_kept_listed_and_forgotten(now: Settings, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, now)
    lock = shelf.set("science", ["toolz==1.0.0"])
    assert shelf.get("science") == lock
    assert shelf.names() == ["base", "default", "science"]
    with pytest.raises(InputError, match="Did you mean 'science'"):
        shelf.get("scince")
    shelf.remove("science")
    assert shelf.names() == ["base", "default"]


@pytest.mark.parametrize("name", ["base", "default", "../up", "a/b", "", "1st"])
def test_a_name_that_leads_elsewhere_or_is_taken_is_refused(name: str, now: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Shelf(tmp_path, now).set(name, ["toolz"])


def test_what_nobody_used_for_long_is_removed(now: Settings) -> None:
    built = build.ready(resolve(["iniconfig==2.0.0"], now), now)
    assert built is not None
    folder = built.folder.parent
    long_ago = time.time() - 1000
    os.utime(folder / "used", (long_ago, long_ago))
    assert folder in set(build.unused(now, 900))
    assert folder not in set(build.unused(now, 1100))
    build.remove(folder)
    assert not folder.exists()


def test_the_default_set_is_as_large_as_studios_and_resolves(now: Settings, tmp_path: Path) -> None:
    stamp, listed = default_packages()
    lock = Shelf(tmp_path, now).default()
    assert lock.stamp == stamp
    assert len(lock.pins) >= 200
    assert {"polars", "statsmodels", "xgboost", "nltk", "networkx", "plotly", "seaborn"} <= lock.pins.keys()
    assert lock.requirements == listed
