"""A zygote and its children: prepared ahead, attested, handed out once.

One thread listens to the zygote and to the children that are not ready yet. Whoever takes a child
talks to it directly.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import selectors
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from drawloom.errors import SandboxError
from drawloom.sandbox import attest, cgroup, early, launch, protocol
from drawloom.sandbox.activity import Activity
from drawloom.sandbox.outputs import new_memory_file
from drawloom.sandbox.walls.lockdown import WallsConfig
from drawloom.sandbox.worker import Exit, Worker

START_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_REMEDY = "Nothing was run. `drawloom doctor` shows which wall is missing here and how to mend it."


_MOST_BYTES = 1 << 40
_MOST_USES = 100
_MOST_KEPT = 4
_LARGE_BYTES = 8 << 20
_IDLE_SECONDS = 0.003
_numbers = itertools.count(1)


@lru_cache(maxsize=1)
def cgroup_home(pid: int) -> tuple[cgroup.Home | None, str]:
    """Give the cgroup folder of this process, by its pid so that a fork gets one of its own."""
    home, note = cgroup.establish()
    if home is not None:
        _homes[pid] = home
    return home, note


def _remove_home() -> None:
    home = _homes.get(os.getpid())
    if home is not None:
        with contextlib.suppress(OSError):
            home.remove()


_homes: dict[int, cgroup.Home] = {}
# Registered before any pool there is, so that it comes after they have closed.
atexit.register(_remove_home)


def lowest_level() -> int:
    """Give the lowest level of walls this host accepts: 4 full, 3 (the default) also without a cgroup.

    Raises
    ------
    SandboxError
        DRAWLOOM_MIN_WALLS is no number.
    """
    asked = os.environ.get("DRAWLOOM_MIN_WALLS", "3")
    if not asked.isdecimal():
        raise SandboxError(
            f"DRAWLOOM_MIN_WALLS is {asked!r}, which is no level.", remedy="Set it to 3 or 4, or unset it."
        )
    return int(asked)


@dataclass(frozen=True)
class PoolConfig:
    """How a pool prepares its children.

    Attributes
    ----------
    size
        How many children are kept ready.
    imports
        Modules of the base set that every child has at hand.
    warm
        Whether a ready child runs the warm-up while it waits.
    walls
        What the children are built with.
    environment
        A folder of packages that the children see above those of the interpreter.
    bare
        Whether it has another version of something the interpreter has: then nothing is imported ahead.
    """

    size: int = 2
    imports: tuple[str, ...] = ("numpy", "pandas", "pyarrow")
    warm: bool = True
    walls: WallsConfig = field(default_factory=WallsConfig)
    environment: Path | None = None
    bare: bool = False


class Pool:
    """The children of one zygote; safe to use from several threads.

    The zygote starts with the pool and is started anew when it has died.
    """

    def __init__(self, config: PoolConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ready: deque[Worker] = deque()
        self._kept: deque[Worker] = deque()
        self._coming: dict[int, Worker] = {}
        self._alive: dict[int, Worker] = {}
        self._imports: frozenset[str] = frozenset(config.imports)
        self._launched: launch.Launched | None = None
        self._failure: SandboxError | None = None
        self._closed = False
        self._host_proc = False
        self._lowest = lowest_level()
        self._activity = Activity()
        self._large = -1
        self._wake, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)[::-1]
        self._watching: list[threading.Thread] = []
        try:
            with self._lock:
                self._start()
        except BaseException:
            self.close()
            raise

    def take(self, imports: Collection[str] = ()) -> Worker:
        """Take a ready child out of the pool; it is used once and then retired.

        Another one is prepared in its place when the work under way is done, or at once where more is
        under way than children are at hand.

        Parameters
        ----------
        imports
            Modules of the base set it must have; the zygote learns what it has not imported yet.

        Raises
        ------
        SandboxError
            A wall cannot be built here, or the pool is closed.
        """
        deadline = time.monotonic() + START_SECONDS
        with self._changed:
            self._imports |= frozenset(imports)
            wanted = frozenset(imports)
            while True:
                if self._closed:
                    raise SandboxError("The pool of workers is closed.")
                if self._failure is not None:
                    failure, self._failure = self._failure, None
                    self._stop()
                    raise failure
                if self._launched is None:
                    self._start()
                worker = self._pick(wanted)
                if worker is not None:
                    break
                if not any(wanted <= coming.imports for coming in self._coming.values()):
                    self._spawn(wanted | frozenset(self.config.imports))
                if not self._changed.wait(deadline - time.monotonic()):
                    raise SandboxError(
                        f"No worker was ready within {START_SECONDS:g} seconds.",
                        remedy="The machine may be overloaded; `drawloom doctor` tells what is missing.",
                    )
            worker.active = True
            self._activity.add(1)
            if len(self._ready) + len(self._coming) < self._activity.count:
                os.write(self._wake, b"t")
        return worker

    def borrow(self, imports: Collection[str]) -> Worker:
        """Take a child that is to be given back: one that was, else a new one.

        Only for work of our own code, such as validating a table. What a hostile file could do to such a
        child ends with it: after a hundred pieces of work, at the first that fails, or with the pool.
        """
        wanted = frozenset(imports)
        with self._lock:
            for worker in self._kept:
                if wanted <= worker.imports and not worker.exited.is_set():
                    self._kept.remove(worker)
                    worker.active = True
                    self._activity.add(1)
                    return worker
        return self.take(imports)

    def give_back(self, worker: Worker) -> None:
        """Keep a borrowed child for the next piece of work of its kind."""
        worker.uses += 1
        with self._lock:
            keep = worker.uses < _MOST_USES and len(self._kept) < _MOST_KEPT and not self._closed
            keep &= not worker.exited.is_set()
            if keep:
                self._kept.append(worker)
                self._rest(worker)
        if not keep:
            self.retire(worker)

    def prepare(self, imports: Collection[str]) -> None:
        """Ask for one more child, which has these modules and no others than it needs."""
        with self._lock:
            if self._closed:
                return
            if self._launched is None:
                self._start()
            self._spawn(frozenset(imports))

    def retire(self, worker: Worker) -> None:
        """End a worker that was taken, without waiting for it to be gone."""
        worker.kill()
        with self._lock:
            worker.retired = True
            self._rest(worker)
            gone = worker.exited.is_set()
        if gone:
            worker.close()

    def close(self) -> None:
        """End the zygote and everything it started."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._stop()
            self._changed.notify_all()
        for thread in self._watching:
            thread.join()
        with self._lock:
            self._close_large()
            self._activity.close()
            protocol.close_all([self._wake, self._woken])

    def new_file(self, name: str, size_bytes: int) -> int:
        """Make an empty file for an output that is about so large; gives its descriptor.

        Small ones are memory files, which can be sealed. Large ones lie on huge pages, if there are any.
        """
        with self._lock:
            if self._large >= 0 and size_bytes >= _LARGE_BYTES:
                return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=self._large)
        return new_memory_file(name)

    def _close_large(self) -> None:
        if self._large >= 0:
            os.close(self._large)
            self._large = -1

    def _rest(self, worker: Worker) -> None:
        if worker.active:
            worker.active = False
            if not self._closed:
                self._activity.add(-1)
                os.write(self._wake, b"r")

    def _refill(self) -> float | None:
        """Prepare what is missing; gives the seconds after which to look again, None for not by itself."""
        with self._lock:
            if self._closed or self._launched is None:
                return None
            at_hand = len(self._ready) + len(self._coming)
            if at_hand >= self.config.size:
                return None
            crowded = self._activity.count >= len(os.sched_getaffinity(0)) or bool(self._coming)
            if at_hand >= self._activity.count > 0 and crowded:
                return None
            if at_hand > 1 and self._activity.idle_seconds() < _IDLE_SECONDS:
                return None if self._activity.count else _IDLE_SECONDS
            self._spawn(self._imports)
            return 0.0

    def _pick(self, wanted: frozenset[str]) -> Worker | None:
        able = [worker for worker in self._ready if wanted <= worker.imports]
        if able:
            worker = min(able, key=lambda worker: len(worker.imports))
            self._ready.remove(worker)
            return worker
        if self._ready and len(self._ready) + len(self._coming) >= self.config.size > 0:
            self._ready.popleft().close()  # it would keep a place from one that can do the work of today
        return None

    def _start(self) -> None:
        started = early.take() if self.config.environment is None else None
        self._launched = started or launch.launch(
            host_proc=self._host_proc, environment=self.config.environment, bare=self.config.bare
        )
        byte = self._activity.read_only_fd()
        # As root the step before bubblewrap has made the place for large files.
        with contextlib.suppress(OSError):  # the watching thread finds the zygote gone and says why
            protocol.send(self._launched.control, {"offer_large": os.geteuid() != 0}, [byte])
        os.close(byte)
        name = f"drawloom-pool-{self._launched.process.pid}"
        thread = threading.Thread(target=self._watch, args=(self._launched,), name=name, daemon=True)
        thread.start()
        self._watching = [*(each for each in self._watching if each.is_alive()), thread]
        for _ in range(self.config.size):
            self._spawn(self._imports)

    def _stop(self) -> None:
        launched, self._launched = self._launched, None
        waiting = [*self._ready, *self._kept, *self._coming.values()]
        self._ready.clear()
        self._kept.clear()
        self._coming.clear()
        if launched is not None:
            with contextlib.suppress(OSError):
                launched.control.shutdown(socket.SHUT_RDWR)
            try:
                launched.process.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                launched.process.kill()
                launched.process.wait()
        for worker in waiting:
            worker.close()

    def _spawn(self, imports: frozenset[str]) -> None:
        assert self._launched is not None
        number = next(_numbers)
        job, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        out, out_theirs = os.pipe2(os.O_CLOEXEC)
        err, err_theirs = os.pipe2(os.O_CLOEXEC)
        for fd in (out, err):
            os.set_blocking(fd, False)
        worker = Worker(number, job, out, err, imports)
        self._coming[number] = worker
        message = {
            "id": number,
            "imports": sorted(imports),
            "warm": self.config.warm,
            "walls": self.config.walls.to_dict(),
        }
        try:
            protocol.send(self._launched.control, message, [theirs.fileno(), out_theirs, err_theirs])
        except OSError:
            del self._coming[number]
            worker.close()  # the watching thread finds the zygote gone and says why
        finally:
            theirs.close()
            protocol.close_all([out_theirs, err_theirs])

    def _watch(self, launched: launch.Launched) -> None:
        selector = selectors.DefaultSelector()
        selector.register(launched.control, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in selector.select(self._refill()):
                    if key.fileobj == self._woken:
                        os.read(self._woken, 4096)
                    elif key.fileobj is launched.control:
                        self._hear_zygote(launched, selector)
                    else:
                        selector.unregister(key.fileobj)
                        self._hear_child(launched, key.data)
        except (OSError, EOFError, protocol.ProtocolError) as error:
            self._lost(launched, error)
        finally:
            selector.close()
            launched.control.close()

    def _hear_zygote(self, launched: launch.Launched, selector: selectors.BaseSelector) -> None:
        received = protocol.receive(launched.control, max_fds=1)
        if received is None:
            raise EOFError
        message, fds = received
        if "spawned" in message:
            with self._lock:
                worker = self._coming.get(message["spawned"])
                if worker is None:
                    protocol.close_all(fds)
                    return
                worker.pidfd = fds[0]
                self._alive[worker.number] = worker
            try:
                worker.pid = attest.pid_of(worker.pidfd)
                self._count(worker)
            except ProcessLookupError:
                self._drop(worker.number)  # it died young, as it does with its zygote: another is made
                return
            except (SandboxError, OSError) as error:
                self._refuse(worker.number, str(error))
                return
            with self._lock:
                # Otherwise the pool was closed meanwhile, and the worker with it.
                if worker.number in self._coming:
                    selector.register(worker.job, selectors.EVENT_READ, worker)
        elif "exit" in message:
            with self._lock:
                gone = self._alive.pop(message["exit"], None)
                if gone is not None:
                    gone.exit = Exit(message["status"], message["peak_kib"] * 1024, message["cpu_seconds"])
                    gone.exited.set()
                    if gone in self._kept:
                        self._kept.remove(gone)
                        gone.retired = True
                retired = gone is not None and gone.retired
            if gone is not None and retired:
                gone.close()
        elif "failed" in message:
            self._refuse(message["failed"], message["why"])
        elif "large" in message:
            with self._lock:
                self._close_large()
                self._large = fds[0]

    def _hear_child(self, launched: launch.Launched, worker: Worker) -> None:
        try:
            received = protocol.receive(worker.job)
            if received is None:
                raise ConnectionResetError
            message = received[0]
            if "ready" not in message:
                self._refuse(worker.number, message.get("refused", "it said something unknown"))
                return
            unlike = tuple(pid for pid in (launched.zygote_pid(),) if pid is not None)
            seen = attest.attest(worker.pid, attest.Expectation(uid=launch.child_uid(), unlike=unlike))
        except (ConnectionResetError, ProcessLookupError):
            self._drop(worker.number)
            return
        except (SandboxError, protocol.ProtocolError) as error:
            self._refuse(worker.number, str(error))
            return
        said = message["ready"]
        worker.walls |= {"built": said if isinstance(said, dict) else {}, "attested": seen}
        with self._changed:
            if self._coming.pop(worker.number, None) is None:
                return
            self._ready.append(worker)
            launched.proven = True
            self._changed.notify_all()

    def _count(self, worker: Worker) -> None:
        """Put a child into a cgroup of its own, where one can be had."""
        home, note = cgroup_home(os.getpid())
        worker.walls = {"level": 3 if home is None else 4, "cgroup": note}
        if worker.walls["level"] < self._lowest:
            raise SandboxError(
                f"walls of level {self._lowest} are asked for (DRAWLOOM_MIN_WALLS), and {note}"
            )
        if home is not None:
            limits = self.config.walls.limits
            worker.group = home.create(
                str(worker.number), memory_bytes=_MOST_BYTES, processes=limits.processes + 1
            )
            worker.group.attach(worker.pid)

    def _refuse(self, number: int, why: str) -> None:
        self._drop(number, SandboxError(f"A worker could not be walled in: {why}.", remedy=_REMEDY))

    def _drop(self, number: int, failure: SandboxError | None = None) -> None:
        with self._changed:
            worker = self._coming.pop(number, None)
            self._failure = failure or self._failure
            self._changed.notify_all()
        if worker is not None:
            worker.close()

    def _lost(self, launched: launch.Launched, error: Exception) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            launched.process.wait(_CLOSE_SECONDS)
        said = launched.stderr_text().splitlines()
        os.close(launched.stderr_fd)
        with self._changed:
            orphans = [worker for worker in self._alive.values() if worker.retired]
            for worker in self._alive.values():
                worker.await_death()
                worker.exited.set()
            self._alive.clear()
            if self._launched is launched:
                self._launched = None
                orphans += [*self._ready, *self._kept, *self._coming.values()]
                self._ready.clear()
                self._kept.clear()
                self._coming.clear()
                if not launched.proven and any("mount proc" in line for line in said) and not self._host_proc:
                    self._host_proc = True
                elif not launched.proven:
                    self._failure = SandboxError(
                        f"The sandbox could not be started: {said[-1] if said else error}.",
                        remedy=_REMEDY,
                    )
                self._changed.notify_all()
        for worker in orphans:
            worker.close()
