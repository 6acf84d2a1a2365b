"""Namespaces: the child sees no process, mount, network, IPC object or host name but its own.

Stops: looking at, signalling or tracing other processes; reaching the network or abstract sockets
of the host; System V objects and message queues that outlive a run; and it is what makes killing
process 1 of the child kill everything the child ever started.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct

from drawloom.sandbox.walls import calls

_OWN = {
    "mnt": calls.CLONE_NEWNS,
    "ipc": calls.CLONE_NEWIPC,
    "uts": calls.CLONE_NEWUTS,
    "net": calls.CLONE_NEWNET,
    "cgroup": calls.CLONE_NEWCGROUP,
}
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


def fork_into_new_pid_namespace() -> int:
    """Fork a child that is process 1 of a pid namespace of its own.

    Called by the zygote, which must have one thread and CAP_SYS_ADMIN in the user namespace that
    owns its pid namespace. Afterwards the zygote forks into its own namespace again, so that it
    does not keep the child's alive.

    Returns
    -------
    int
        The child's pid as the zygote sees it, and 0 in the child.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        calls.unshare(calls.CLONE_NEWPID)
        pid = -1
        try:
            pid = os.fork()
        finally:
            # A second unshare of the pid namespace is EINVAL until the first is taken back.
            if pid != 0:
                calls.setns(own, calls.CLONE_NEWPID)
    finally:
        os.close(own)
    return pid


def enter(*, loopback: bool) -> str:
    """Give the calling process its own mount, IPC, UTS, network and cgroup namespaces.

    Parameters
    ----------
    loopback
        Bring up the loopback interface of the new network namespace, which has no other.
    """
    flags = 0
    for flag in _OWN.values():
        flags |= flag
    calls.unshare(flags)
    if loopback:
        _bring_up_loopback()
    return "pid " + " ".join(_OWN) + (" (loopback up)" if loopback else "")


def _bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = fcntl.ioctl(probe, _SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack_from("H", request, 16)[0]
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | _IFF_UP))
