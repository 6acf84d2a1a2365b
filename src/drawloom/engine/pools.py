"""The pools of this process: one that stays warm, and one that serves a single command line."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawloom.sandbox.pool import Pool, PoolConfig

if TYPE_CHECKING:
    from drawloom.environment.build import Built

BASE = frozenset({"numpy", "pandas", "pyarrow", "drawloom.script.work", "drawloom.table.files.work"})
PARSE = frozenset({"pyarrow", "drawloom.table.files.work"})

_ENVIRONMENTS_KEPT = 4
_ENVIRONMENT_SIZE = 2

_lock = threading.Lock()
_pool: Pool | None = None


@dataclass
class _Leased:
    pool: Pool
    users: int = 0


_environments: dict[str, _Leased] = {}


def warm_pool() -> Pool:
    """Give this process's warm pool; the first call starts it."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = Pool(PoolConfig(size=cores() + 2, imports=tuple(sorted(BASE))))
        return _pool


@contextmanager
def warm_pool_of(built: Built) -> Iterator[Pool]:
    """Give the warm pool of an environment; a few stay, the one not used for longest goes first."""
    key = str(built.folder)
    with _lock:
        leased = _environments.pop(key, None) or _Leased(
            Pool(
                PoolConfig(
                    size=_ENVIRONMENT_SIZE,
                    imports=tuple(sorted(BASE)),
                    environment=built.folder,
                    bare=built.bare,
                )
            )
        )
        leased.users += 1
        _environments[key] = leased  # last: used most recently
        idle = [name for name, each in _environments.items() if not each.users]
        spare = max(0, len(_environments) - _ENVIRONMENTS_KEPT)
        closing = [_environments.pop(name) for name in idle[:spare]]
    try:
        for each in closing:
            each.pool.close()
        yield leased.pool
    finally:
        with _lock:
            leased.users -= 1


def one_shot_pool(built: Built | None = None) -> Pool:
    """Give a new pool that prepares only what it is asked for, unwarmed: for a single command."""
    if built is None:
        return Pool(PoolConfig(size=0, imports=(), warm=False))
    return Pool(PoolConfig(size=0, imports=(), warm=False, environment=built.folder, bare=built.bare))


def close_warm_pool() -> None:
    """End the warm pools; the next `warm_pool` starts another."""
    global _pool
    with _lock:
        for leased in _environments.values():
            leased.pool.close()
        _environments.clear()
        if _pool is not None:
            _pool.close()
            _pool = None


def cores() -> int:
    """Give the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_memory_bytes() -> int:
    """Give what a step may use unless told otherwise: Studio's 14 GB, or three quarters of this machine."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 1 << 34
    return min(14 * 1024**3, machine * 3 // 4)


def _forget() -> None:
    global _lock, _pool
    _lock, _pool = threading.Lock(), None
    _environments.clear()


atexit.register(close_warm_pool)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
