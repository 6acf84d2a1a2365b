"""One piece of work in one child: hand over, listen, kill, seal, read the report."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from drawloom.engine import failures, pools
from drawloom.errors import DrawloomError, SandboxError
from drawloom.sandbox import outputs, protocol
from drawloom.sandbox.pool import Pool
from drawloom.sandbox.worker import OnOutput, Worker, WorkerDied, WorkLimits

if TYPE_CHECKING:
    from drawloom.environment.build import Built

LOG_KEPT_BYTES = 1024 * 1024
NewFile = Callable[[str], int]


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Attributes
    ----------
    function
        `"module:function"` of a work function.
    spec
        Plain JSON values for it.
    inputs
        Descriptors it reads, by name; they stay the caller's.
    outputs
        Names of the files it writes, besides its report.
    imports
        Modules of the base set its child should have at hand.
    limits
        What it may use.
    trusted
        Whether it is our own code on data: a child that did such work well may do more of it.
    environment
        The packages it is to find; None for those of the interpreter.
    """

    function: str
    spec: Any
    inputs: Mapping[str, int] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    imports: frozenset[str] = frozenset()
    limits: WorkLimits = field(default_factory=WorkLimits)
    trusted: bool = False
    environment: Built | None = None


@dataclass
class Log:
    """The first mebibyte of each stream, as it came."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    cut: bool = False

    def add(self, stream: str, data: bytes) -> None:
        """Keep what fits."""
        kept = self.stdout if stream == "stdout" else self.stderr
        room = LOG_KEPT_BYTES - len(kept)
        self.cut |= len(data) > room
        kept += data[:room]


@dataclass
class Done:
    """What came of it; the files are the caller's to close and nobody else can change them."""

    files: dict[str, int]
    report: dict[str, Any]
    counts: dict[str, int | float]
    error: DrawloomError | None
    log: Log
    walls: dict[str, Any]
    timings: dict[str, float]
    peak_memory_bytes: int | None = None

    def close(self) -> None:
        """Let go of the files."""
        for fd in self.files.values():
            with contextlib.suppress(OSError):
                os.close(fd)
        self.files.clear()


class Executor(Protocol):
    """Where work is done: behind walls, or in the caller's process."""

    def execute(
        self, work: Work, *, on_output: OnOutput | None = None, new_file: NewFile | None = None
    ) -> Done:
        """Do `work` and wait until nobody can change its outputs any more.

        Its outputs go to files that `new_file` makes by name; by default files in memory, of a kind that
        suits the size of the inputs. A failure of the work itself stands in `Done.error`, beside what was
        printed until then.

        Raises
        ------
        SandboxError
            No child could be had.
        """
        ...


class Stop:
    """Ends work that is under way, from another thread: once `now` was called, none of it goes on."""

    def __init__(self) -> None:
        self.called = False
        self._lock = threading.Lock()
        self._workers: dict[int, Worker] = {}

    def now(self) -> None:
        """End everything that is under way; what begins later ends at once."""
        with self._lock:
            self.called = True
            for worker in self._workers.values():
                worker.kill()

    @contextlib.contextmanager
    def holding(self, worker: Worker) -> Iterator[None]:
        """Let `now` end this worker meanwhile."""
        with self._lock:
            self._workers[worker.number] = worker
            if self.called:
                worker.kill()
        try:
            yield
        finally:
            with self._lock:
                del self._workers[worker.number]


@dataclass(frozen=True)
class Walled:
    """Does each piece of work in a fresh child of a pool; `stop` may end it.

    `pool_of` gives the pool of an environment, for as long as the work goes on.
    """

    pool: Pool
    stop: Stop = field(default_factory=Stop)
    pool_of: Callable[[Built], contextlib.AbstractContextManager[Pool]] = pools.warm_pool_of

    def execute(
        self, work: Work, *, on_output: OnOutput | None = None, new_file: NewFile | None = None
    ) -> Done:
        """As `Executor.execute`."""
        if work.environment is None:
            return self._execute(self.pool, work, on_output, new_file)
        with self.pool_of(work.environment) as pool:
            return self._execute(pool, work, on_output, new_file)

    def _execute(self, pool: Pool, work: Work, on_output: OnOutput | None, new_file: NewFile | None) -> Done:
        size = sum(os.fstat(fd).st_size for fd in work.inputs.values())
        started = time.perf_counter()
        worker = pool.borrow(work.imports) if work.trusted else pool.take(work.imports)
        taken = time.perf_counter()
        files: dict[str, int] = {}
        log = Log()
        try:
            for name in work.outputs:
                files[name] = self.pool.new_file(name, size) if new_file is None else new_file(name)
            files["report"] = outputs.new_memory_file("report")
            with self.stop.holding(worker):
                finished, counts, error = _converse(worker, work, files, log, on_output)
        except BaseException:
            pool.retire(worker)
            protocol.close_all(list(files.values()))
            raise
        answered = time.perf_counter()
        peak = worker.peak_bytes()
        settled = error is None and outputs.settled(files.values())
        if work.trusted and settled and finished:
            pool.give_back(worker)
        else:
            pool.retire(worker)
        if not settled and not outputs.settled(files.values()):
            gone = worker.wait_until_gone(10)
            if not (gone and outputs.settled(files.values(), dead=True)):
                error = SandboxError(
                    "An output could still be changed after its worker was ended; it was not kept."
                )
        report, error = _read_report(files.pop("report"), error)
        if error is None and not finished:
            error = failures.from_report(report.get("error"))
        if new_file is None:
            for fd in files.values():
                outputs.make_read_only(fd)
        timings = {"wait_seconds": taken - started, "work_seconds": answered - taken}
        return Done(files, report, counts, error, log, worker.walls, timings, peak)


def _converse(
    worker: Worker, work: Work, files: dict[str, int], log: Log, on_output: OnOutput | None
) -> tuple[bool, dict[str, int | float], DrawloomError | None]:
    def listen(stream: str, data: bytes) -> None:
        log.add(stream, data)
        if on_output is not None:
            on_output(stream, data)

    try:
        finished, counts = worker.run(
            work.function, work.spec, work.inputs, files, limits=work.limits, on_output=listen
        )
    except WorkerDied as died:
        return False, {}, failures.from_exit(died.exit)
    except DrawloomError as error:
        return False, {}, error
    return finished, counts, None


def _read_report(fd: int, error: DrawloomError | None) -> tuple[dict[str, Any], DrawloomError | None]:
    try:
        return outputs.read_report(fd), error
    except DrawloomError as bad:
        return {}, error or bad
    finally:
        os.close(fd)
