"""The relay of a debug session: carries bytes between the host and the debugger inside the walls.

It is a process of its own, forked before anything of the script runs, and it alone holds the way out. The
debugged process cannot take that: its copy is closed by then, the relay is not dumpable (so its descriptors
and memory are closed to others of its uid), and the system-call filter has no ptrace and no pidfd_getfd.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import threading
from typing import NoReturn

from drawloom.errors import SandboxError

PORT = 5678
"""Where the debugger listens inside: its network namespace is its own, so the number is always free."""

_ADDRESS = ("127.0.0.1", PORT)
_CONTROL_FD = 3
_CHUNK_BYTES = 64 * 1024
_PR_SET_DUMPABLE = 4
_READY, _OVER = b"r", b"o"


def start(control: socket.socket) -> int:
    """Fork the relay; it lives until the host's end of `control` closes.

    Parameters
    ----------
    control
        A message on it is one client: the end of a socket pair whose bytes go to and from the debugger. The
        caller closes its own copy before it runs anything that is not ours.

    Returns
    -------
    int
        A descriptor that can be read once a client has been told everything and has gone.

    Raises
    ------
    SandboxError
        It could not be closed to the process that is debugged.
    """
    waiting, telling = os.pipe()
    if os.fork() == 0:
        _live(control.fileno(), telling)
    os.close(telling)
    if os.read(waiting, 1) != _READY:
        raise SandboxError("The relay of the debug session could not be closed to the script.")
    return waiting


def _live(control_fd: int, telling: int) -> NoReturn:
    try:
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            os._exit(1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        control_fd, telling = os.dup2(control_fd, 201), os.dup2(telling, 202)
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.dup2(control_fd, _CONTROL_FD)
        os.closerange(_CONTROL_FD + 1, telling)
        os.closerange(telling + 1, os.sysconf("SC_OPEN_MAX"))
        os.write(telling, _READY)
        _serve(socket.socket(fileno=_CONTROL_FD), telling)
    finally:
        os._exit(0)


def _serve(control: socket.socket, telling: int) -> None:
    """Take one client after the other."""
    while True:
        said, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not said:
            return
        for fd in fds:
            with (
                socket.socket(fileno=fd) as host,
                contextlib.suppress(OSError),
                socket.create_connection(_ADDRESS) as inside,
            ):
                back = threading.Thread(target=_copy, args=(inside, host), daemon=True)
                back.start()
                _copy(host, inside)
                back.join()
            os.write(telling, _OVER)


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on bytes until one side is done, and let go of both ways then."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
