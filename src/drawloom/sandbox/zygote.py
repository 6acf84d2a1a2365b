"""The zygote: imports the locked base set once and forks walled children; it never runs user code.

It stays single-threaded (a fork copies only the calling thread) and leaves when the host's end of
the control socket closes, which takes every child with it: they live in its pid namespace.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import socket
import sys
from typing import Any

from drawloom.errors import SandboxError
from drawloom.sandbox import activity, child, launch_as_root, protocol, warmup
from drawloom.sandbox.base_set import IMPORTABLE
from drawloom.sandbox.places import SCRATCH
from drawloom.sandbox.walls import lockdown, namespaces

_LARGE = f"{SCRATCH}/large"
_EARLY = ("pyarrow", "numpy", "pandas")
"""What every pool asks for sooner or later: imported while nobody asks for anything."""


def main(control_fd: int, *, bare: bool) -> None:
    """Serve the host until it closes the control socket.

    Parameters
    ----------
    bare
        Import nothing here: each child does so itself, once its walls stand, from its environment.
    """
    control = socket.socket(fileno=control_fd)
    gc.disable()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        _serve(control, bare=bare)
    os._exit(0)


def _serve(control: socket.socket, *, bare: bool) -> None:
    children: dict[int, tuple[int, int]] = {}  # pidfd -> (id, pid)
    poll = select.poll()
    poll.register(control.fileno(), select.POLLIN)
    busy = ctypes.c_ubyte(0)
    early = [] if bare else list(_EARLY)
    warmed = bare
    while True:
        ready = poll.poll(0 if early else None)
        if not ready:
            with contextlib.suppress(ImportError):  # who needs it will be told
                importlib.import_module(early.pop(0))
        for fd, _ in ready:
            if fd != control.fileno():
                poll.unregister(fd)
                _report_exit(control, fd, children)
                continue
            received = protocol.receive(control, max_fds=protocol.FDS_PER_MESSAGE)
            if received is None:
                return
            message, fds = received
            if "offer_large" in message:
                busy = _begin(control, message, fds)
                continue
            if not bare:
                _import(message["imports"])
            if message["warm"] and not warmed:
                warmed = True
                for step in warmup.steps(in_child=False):
                    step()
            pidfd = _spawn(control, message, fds, children, busy)
            if pidfd is not None:
                poll.register(pidfd, select.POLLIN)


def _begin(control: socket.socket, message: dict[str, Any], fds: list[int]) -> ctypes.c_ubyte:
    """Take the byte of activity, and offer a place for large files where the host could not make it."""
    busy = activity.watch(fds[0])
    protocol.close_all(fds)
    if message["offer_large"]:
        os.mkdir(_LARGE)
        launch_as_root.offer_large_files(control.fileno(), _LARGE)
    return busy


def _import(names: list[str]) -> None:
    for name in names:
        if name.startswith("drawloom.") or name in IMPORTABLE:
            if name not in sys.modules:
                importlib.import_module(name)
        else:
            raise ValueError(f"{name} is not of the base set")


def _spawn(
    control: socket.socket,
    message: dict[str, Any],
    fds: list[int],
    children: dict[int, tuple[int, int]],
    busy: ctypes.c_ubyte,
) -> int | None:
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        protocol.close_all(fds)
        protocol.send(control, {"failed": message["id"], "why": f"the zygote has {threads} threads"})
        return None
    gc.freeze()
    try:
        lockdown.prepare(lockdown.WallsConfig.from_dict(message["walls"]))
        pid = namespaces.fork_into_new_pid_namespace()
    except (OSError, SandboxError) as error:
        protocol.close_all(fds)
        protocol.send(control, {"failed": message["id"], "why": str(error)})
        return None
    if pid == 0:
        child.main(message, fds, busy)
    pidfd = os.pidfd_open(pid)
    protocol.close_all(fds)
    children[pidfd] = (message["id"], pid)
    protocol.send(control, {"spawned": message["id"]}, [pidfd])
    return pidfd


def _report_exit(control: socket.socket, pidfd: int, children: dict[int, tuple[int, int]]) -> None:
    number, pid = children.pop(pidfd)
    _, status, usage = os.wait4(pid, 0)
    os.close(pidfd)
    exit_report = {
        "status": status,
        "peak_kib": usage.ru_maxrss,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }
    protocol.send(control, {"exit": number, **exit_report})
