"""Attest: the host's own look, from outside, at the walls around a child.

The child's report is only a claim. What stands here is read from the kernel.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from drawloom.errors import SandboxError

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_REMEDY = "Run `drawloom doctor`; it tries each wall and says what this machine lacks."


@dataclass(frozen=True)
class Expectation:
    """What must be true of a child.

    Parameters
    ----------
    uid
        Its uid as the host sees it; None for any but 0.
    unlike
        Further processes, by pid, whose namespaces it must not share either: its zygote. The host's own
        are always compared.
    """

    uid: int | None = None
    unlike: tuple[int, ...] = ()


def pid_of(pidfd: int) -> int:
    """Give the pid, as this process sees it, of the process a pidfd stands for.

    Raises
    ------
    ProcessLookupError
        Where that process has ended.
    """
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    pid = int(fields.get("Pid", "-1"))
    if pid <= 0:
        raise ProcessLookupError("the child ended before its walls could be checked")
    return pid


def attest(pid: int, expect: Expectation) -> dict[str, str]:
    """Check the walls of a child from outside.

    Parameters
    ----------
    pid
        The child, as the host sees it.
    expect
        What must be true of it.

    Returns
    -------
    dict of str to str
        Wall -> what was found.

    Raises
    ------
    SandboxError
        Naming the first wall that does not stand.
    ProcessLookupError
        Where the child has ended.
    """
    try:
        status = _status(pid)
        own = _namespaces(pid)
        others = [_namespaces(other) for other in (os.getpid(), *expect.unlike)]
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessLookupError("the child ended before its walls could be checked") from None
    shared = [name for name in NAMESPACES if any(own[name] == other[name] for other in others)]
    uids = {int(uid) for uid in status["Uid"].split()}
    capabilities = {name: status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    walls = {
        "seccomp": (status["Seccomp"] == "2", f"mode {status['Seccomp']}"),
        "no_new_privs": (status["NoNewPrivs"] == "1", status["NoNewPrivs"]),
        "capabilities": (all(int(held, 16) == 0 for held in capabilities.values()), str(capabilities)),
        "identity": (
            0 not in uids and uids <= {expect.uid, *(uids if expect.uid is None else ())},
            f"uid {uids}",
        ),
        "namespaces": (not shared, f"shared with others: {', '.join(shared) or 'none'}"),
        "process 1": (status["NSpid"].split()[-1] == "1", f"pids {status['NSpid']}"),
        "threads": (status["Threads"] == "1", status["Threads"]),
    }
    for wall, (stands, found) in walls.items():
        if not stands:
            raise SandboxError(f"The sandbox wall '{wall}' does not stand: {found}.", remedy=_REMEDY)
    return {wall: found for wall, (_, found) in walls.items()}


def _status(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        lines = (line.split(":", 1) for line in file)
        return {name: value.strip() for name, value in lines}


def _namespaces(pid: int) -> dict[str, str]:
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in NAMESPACES}
