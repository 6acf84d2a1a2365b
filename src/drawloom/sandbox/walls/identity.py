"""Identity: an inner user namespace that owns nothing.

Stops: being root of anything. The child's other namespaces belong to the zygote's user namespace;
the child moves into one further in, where it is uid 1000 and from where it has no power over them,
whatever it does to its own capabilities. The count of processes (RLIMIT_NPROC) is kept per user
namespace, so the limit becomes the run's own.
"""

from __future__ import annotations

import os

from drawloom.sandbox.walls import calls

UID = 1000
_PR_SET_DUMPABLE = 4


def enter_user_namespace(proc: int) -> str:
    """Move into a new user namespace as uid and gid 1000, in which no further one can be made.

    Parameters
    ----------
    proc
        A descriptor of a writable /proc; the maps are written through it.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    # The files in /proc/self belong to the process, and so can be written, only while it is dumpable.
    calls.prctl(_PR_SET_DUMPABLE, 1)
    calls.unshare(calls.CLONE_NEWUSER)
    _write(proc, "self/setgroups", "deny")
    _write(proc, "self/uid_map", f"{UID} {outer_uid} 1")
    _write(proc, "self/gid_map", f"{UID} {outer_gid} 1")
    return f"uid {UID} of an inner user namespace"


def forbid_user_namespaces(proc: int) -> str:
    """Set the number of user namespaces that may be made beneath this one to none."""
    _write(proc, "sys/user/max_user_namespaces", "0")
    return "none may be made"


def _write(proc: int, path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
