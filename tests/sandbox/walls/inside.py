"""Runs behind the outer wall: forks a child for each request, walls it in and lets it run the code sent."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from typing import Any, NoReturn

from drawloom.sandbox.walls import capabilities, identity, landlock, lockdown, namespaces, rlimits, seccomp

WALLS = {
    "seccomp": (seccomp, "apply"),
    "landlock": (landlock, "restrict"),
    "capabilities": (capabilities, "drop_all"),
    "rlimits": (rlimits, "apply"),
    "user namespaces": (identity, "forbid_user_namespaces"),
    "identity": (identity, "enter_user_namespace"),
    "namespaces": (namespaces, "enter"),
}


def main() -> None:
    """Serve until the host hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    lockdown.prepare(lockdown.WallsConfig())
    while True:
        data, fds, _, _ = socket.recv_fds(control, 1 << 20, 1)
        if not data:
            return
        control.send(json.dumps(run(control, json.loads(data), fds)).encode())


def run(control: socket.socket, asked: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    """Give what the child printed, its exit status and what it reported."""
    printed, out = os.pipe()
    ours, job = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stdin = fds[0] if fds else os.open("/dev/null", os.O_RDONLY)
    pid = namespaces.fork_into_new_pid_namespace()
    if pid == 0:
        high = [os.dup2(fd, 200 + n) for n, fd in enumerate((stdin, out, out, job.fileno()))]
        for target, fd in enumerate(high):
            os.dup2(fd, target)
        child(asked)
    pidfd = os.pidfd_open(pid)
    job.close()
    for fd in (out, stdin):
        os.close(fd)
    ours.settimeout(20)
    report = ours.recv(1 << 16)
    socket.send_fds(control, [b"walled"], [pidfd])
    control.recv(16)
    with contextlib.suppress(BrokenPipeError):
        ours.send(b"go")
    text = read(printed, asked["seconds"])
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    ours.close()
    for fd in (printed, pidfd):
        os.close(fd)
    return {
        "printed": text,
        "status": status,
        **(json.loads(report) if report else {"report": {}, "failures": []}),
    }


def read(fd: int, seconds: float) -> str:
    """Read until the other side closes or time is up."""
    end = time.monotonic() + seconds
    data = b""
    while select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
        chunk = os.read(fd, 65536)
        if not chunk:
            break
        data += chunk
    return data.decode("utf-8", "replace")


def child(asked: dict[str, Any]) -> NoReturn:
    """Put the walls up, report, wait for the word to go, run the code."""
    status = 111
    try:
        for wall in asked["without"]:
            setattr(*WALLS[wall], lambda *_, **__: "left out")
        config = lockdown.WallsConfig.from_dict(asked["config"])
        report = {"report": lockdown.lock_down(config), "failures": lockdown.self_test(config)}
        job = socket.socket(fileno=3)
        job.send(json.dumps(report).encode())
        job.recv(16)
        exec(compile(asked["code"], "<code>", "exec"), {"__name__": "__main__"})
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


main()
