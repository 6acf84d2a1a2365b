"""The memory of a run where no cgroup counts it: add up its processes now and then."""

from __future__ import annotations

PERIOD_SECONDS = 0.1
_COUNTED = ("RssAnon:", "RssShmem:")


def memory_bytes(pid: int, *, inherited_bytes: int = 0) -> int:
    """Add up the anonymous and shared memory of process `pid` and of all below it.

    Orphans of a child become children of its process 1, so the tree holds them all. What a process
    of the tree shares with its parent since a fork counts once for each: the sum errs upwards.

    Parameters
    ----------
    inherited_bytes
        What each of them has from the zygote, and so costs nothing: not counted.
    """
    total, waiting = 0, [pid]
    while waiting:
        current = waiting.pop()
        try:
            with open(f"/proc/{current}/status", "rb") as file:
                lines = file.read().decode("ascii", "replace").splitlines()
            with open(f"/proc/{current}/task/{current}/children", "rb") as file:
                waiting += [int(child) for child in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        held = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_COUNTED))
        total += max(0, held - inherited_bytes)
    return total
