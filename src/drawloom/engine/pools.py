"""The pools of this process: one that stays warm, and one that serves a single command line."""

from __future__ import annotations

import atexit
import os
import threading

from drawloom.sandbox.pool import Pool, PoolConfig

BASE = frozenset({"numpy", "pandas", "pyarrow", "drawloom.script.work", "drawloom.table.files.work"})
PARSE = frozenset({"pyarrow", "drawloom.table.files.work"})

_lock = threading.Lock()
_pool: Pool | None = None


def warm_pool() -> Pool:
    """Give this process's warm pool; the first call starts it."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = Pool(PoolConfig(size=cores() + 2, imports=tuple(sorted(BASE))))
        return _pool


def one_shot_pool() -> Pool:
    """Give a new pool that prepares only what it is asked for, unwarmed: for a single command."""
    return Pool(PoolConfig(size=0, imports=(), warm=False))


def close_warm_pool() -> None:
    """End the warm pool; the next `warm_pool` starts another."""
    global _pool
    with _lock:
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


atexit.register(close_warm_pool)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
