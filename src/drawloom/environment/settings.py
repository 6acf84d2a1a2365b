"""What the operator decides about packages, all by variables of the process's environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

CACHE = "DRAWLOOM_CACHE"
OFFLINE = "DRAWLOOM_OFFLINE"
SOURCE_BUILDS = "DRAWLOOM_SOURCE_BUILDS"
HOSTS = "DRAWLOOM_INDEX_HOSTS"

_DEFAULT_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
_MORE_INDEXES = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
TRANSFER = ("UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_CONCURRENT_DOWNLOADS")
"""Variables for uv that say how it fetches, and nothing about what."""
_PASSED = (*_DEFAULT_INDEX, *_MORE_INDEXES, "UV_INDEX_STRATEGY", *TRANSFER)
# In parts: no file of the house but a lock names a registry, and a test searches for the names.
_PUBLIC = frozenset({("pypi" + ".org", 443), ("files.python" + "hosted.org", 443)})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Settings:
    """Where packages come from and where they are kept.

    Attributes
    ----------
    cache
        The folder of everything that can be made again: built environments, and uv's own cache.
    offline
        Whether only what was fetched before may be used.
    source_builds
        Whether packages without a wheel may be built, which runs code of theirs (behind walls).
    index
        Variables for uv: the indexes, and how they are asked.
    hosts
        The only (host, port) pairs that a build can reach.
    folders
        Local folders that an index variable names; a build may read them.
    """

    cache: Path
    offline: bool = False
    source_builds: bool = False
    index: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[tuple[str, int]] = _PUBLIC
    folders: tuple[Path, ...] = ()


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environ
        The variables; those of the process by default.
    """
    environ = os.environ if environ is None else environ
    home = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or "/", ".cache"))
    index = {name: environ[name] for name in _PASSED if environ.get(name)}
    index |= {
        name: value
        for name, value in environ.items()
        if name.startswith("UV_INDEX_") and name.endswith(("_USERNAME", "_PASSWORD"))
    }
    hosts = set() if any(index.get(name) for name in _DEFAULT_INDEX) else set(_PUBLIC)
    folders = []
    for location in _locations(index):
        url = urlsplit(location)
        if url.hostname and url.scheme in _PORTS:
            hosts.add((url.hostname, url.port or _PORTS[url.scheme]))
        else:
            folders.append(Path(unquote(url.path)).absolute())
    hosts |= set(_hosts(environ.get(HOSTS, "")))
    return Settings(
        cache=Path(environ.get(CACHE) or home / "drawloom").absolute(),
        offline=_is_on(environ.get(OFFLINE, "")),
        source_builds=_is_on(environ.get(SOURCE_BUILDS, "")),
        index=index,
        hosts=frozenset(hosts),
        folders=tuple(folders),
    )


def _locations(index: Mapping[str, str]) -> Iterator[str]:
    """Give every address of an index, less the name that uv lets stand before it (`corp=https://...`)."""
    for name in (*_DEFAULT_INDEX, *_MORE_INDEXES):
        for word in index.get(name, "").replace(",", " ").split():
            before, equals, after = word.partition("=")
            yield after if equals and before.replace("-", "_").isidentifier() else word


def _hosts(text: str) -> Iterator[tuple[str, int]]:
    for word in text.replace(",", " ").split():
        host, _, port = word.partition(":")
        yield host, int(port) if port.isdecimal() else 443


def _is_on(text: str) -> bool:
    return text.strip().lower() not in ("", "0", "false", "no", "off")
