"""A cache of packages for the whole session: what one test fetched, the next finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drawloom.engine.pools import close_warm_pool
from drawloom.environment.settings import Settings, read


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(autouse=True)
def cache(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DRAWLOOM_CACHE", str(session_cache))
    for name in ("DRAWLOOM_OFFLINE", "DRAWLOOM_SOURCE_BUILDS", "DRAWLOOM_INDEX_HOSTS", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    yield session_cache
    close_warm_pool()


@pytest.fixture
def now(cache: Path) -> Settings:
    return read()
