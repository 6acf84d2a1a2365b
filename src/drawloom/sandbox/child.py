"""The child: forked from the zygote, walled, warmed, then it waits for work on descriptor 3."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import resource
import select
import site
import socket
import sys
import types
from typing import Any, NoReturn

from drawloom.errors import DrawloomError
from drawloom.sandbox import protocol, warmup
from drawloom.sandbox.places import ENVIRONMENT
from drawloom.sandbox.walls import lockdown

JOB_FD = 3
REFUSED_STATUS = 111
_BUSY_MILLISECONDS = 5


def main(message: dict[str, Any], fds: list[int], busy: ctypes.c_ubyte) -> NoReturn:
    """Live the life of one child.

    Parameters
    ----------
    message
        The host's order: what walls, and whether to warm up.
    fds
        The job socket, stdout and stderr.
    busy
        Not 0 while the host has work under way elsewhere.
    """
    status = REFUSED_STATUS
    try:
        _take_descriptors(fds)
        job = socket.socket(fileno=JOB_FD)
        try:
            config = lockdown.WallsConfig.from_dict(message["walls"])
            walls = lockdown.lock_down(config)
            broken = lockdown.self_test(config)
            if broken:
                raise OSError("; ".join(broken))
        except BaseException as error:
            protocol.send(job, {"refused": f"{type(error).__name__}: {error}"[:1000]})
            raise
        _be_nobodys_twin()
        protocol.send(job, {"ready": walls})
        if os.path.isdir(ENVIRONMENT):
            _take_up_environment(message["imports"])
        _serve(job, busy, warm=message["warm"])
        status = 0
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        os._exit(status)


def _take_descriptors(fds: list[int]) -> None:
    """Keep exactly 0 (nothing to read), 1, 2 and the job socket; whatever else was inherited is closed."""
    job, out, err = (os.dup(fd) for fd in fds)
    null = os.open("/dev/null", os.O_RDONLY)
    spare = [os.dup2(fd, 200 + n, inheritable=False) for n, fd in enumerate((null, out, err, job))]
    for target, fd in zip((0, 1, 2), spare, strict=False):
        os.dup2(fd, target)
    os.dup2(spare[3], JOB_FD, inheritable=False)
    os.closerange(JOB_FD + 1, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def _be_nobodys_twin() -> None:
    """Drop what all children of a zygote would share: random state, module `__main__`, frozen garbage."""
    sys.modules["__main__"] = types.ModuleType("__main__")
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(int.from_bytes(os.urandom(4)))
    gc.enable()


def _take_up_environment(imports: list[str]) -> None:
    """Put the packages of the environment before the interpreter's own, and import what the zygote did not.

    Here code of packages may run for the first time, that of their .pth files too: after the walls. What
    cannot be imported is told once the work wants it.
    """
    known = list(sys.path)
    site.addsitedir(ENVIRONMENT)
    added = [folder for folder in sys.path if folder not in known]
    place = next((n for n, folder in enumerate(known) if folder.endswith("-packages")), len(known))
    sys.path[:] = [*known[:place], *added, *known[place:]]
    for name in imports:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _serve(job: socket.socket, busy: ctypes.c_ubyte, *, warm: bool) -> None:
    if warm:
        _warm_up(job, busy)
    while (received := protocol.receive(job, max_fds=protocol.FDS_PER_MESSAGE)) is not None:
        protocol.send(job, _work(*received))


def _warm_up(job: socket.socket, busy: ctypes.c_ubyte) -> None:
    """Take the steps of the warm-up until there is work; while others work, stand still."""
    waiting = select.poll()
    waiting.register(job.fileno(), select.POLLIN)
    for step in warmup.steps(in_child=True):
        while not waiting.poll(_BUSY_MILLISECONDS if busy.value else 0):
            if not busy.value:
                step()
                break
        else:
            return


def _work(message: dict[str, Any], fds: list[int]) -> dict[str, Any]:
    count = len(message["inputs"]) + len(message["outputs"])
    files = iter(fds[len(fds) - count :])
    inputs = {name: next(files) for name in message["inputs"]}
    outputs = {name: next(files) for name in message["outputs"]}
    try:
        _limit(message["limits"], inputs)
        spec = message["spec"] if len(fds) == count else _read_spec(fds[0])
        module, function = message["work"].split(":")
        counts = getattr(importlib.import_module(module), function)(spec, inputs, outputs)
        return {"ok": True, "counts": counts}
    except Exception as error:
        _write_error(error, outputs["report"])
        return {"ok": False}
    finally:
        protocol.close_all(list(outputs.values()))


def _read_spec(fd: int) -> Any:
    with os.fdopen(fd, "rb") as file:
        return json.load(file)


def _limit(limits: dict[str, int], inputs: dict[str, int]) -> None:
    """Lower this process's own limits to the step's; mapped inputs do not count as its memory."""
    mapped = sum(os.fstat(fd).st_size for fd in inputs.values())
    with open("/proc/self/statm", "rb") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    for kind, value in (
        (resource.RLIMIT_AS, used + mapped + limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _write_error(error: Exception, report_fd: int) -> None:
    if isinstance(error, DrawloomError):
        described = {"kind": type(error).__name__, **error.to_dict()}
    elif isinstance(error, MemoryError):
        remedy = "Give the step more memory (--memory) or less data."
        described = {
            "kind": "LimitError",
            "code": "0138",
            "message": "The step ran out of memory.",
            "remedy": remedy,
        }
    else:
        message = f"{type(error).__name__}: {error}"[:4096]
        described = {"kind": "DrawloomError", "code": "1000", "message": message, "remedy": ""}
    text = json.dumps({**getattr(error, "report", {}), "error": described}).encode()
    os.ftruncate(report_fd, 0)
    os.lseek(report_fd, 0, os.SEEK_SET)
    with contextlib.suppress(OSError):
        view = memoryview(text)
        while view:
            view = view[os.write(report_fd, view) :]
