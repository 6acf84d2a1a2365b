"""The host's side of one child: hand it work, listen to it, end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from drawloom.errors import LimitError, SandboxError
from drawloom.sandbox import cgroup, outputs, protocol, watchdog

INLINE_SPEC_BYTES = 32 * 1024
LOG_DRAINED_BYTES = 64 * 1024 * 1024
_READ_BYTES = 64 * 1024
_CLOSE_MILLISECONDS = 5000

OnOutput = Callable[[str, bytes], None]


@dataclass(frozen=True)
class WorkLimits:
    """What one piece of work may use.

    Attributes
    ----------
    timeout_seconds
        Wall time from handing over the work to its answer.
    memory_bytes
        Memory of all its processes together, beyond what it inherits from the zygote and maps as input.
    file_bytes
        The largest file it may write, outputs included.
    log_bytes
        What it may print before it is stopped.
    """

    timeout_seconds: float = 3600.0
    memory_bytes: int = 4 * 1024**3
    file_bytes: int = 16 * 1024**3
    log_bytes: int = LOG_DRAINED_BYTES


@dataclass(frozen=True)
class Exit:
    """How a child ended, as the zygote saw it."""

    status: int
    peak_bytes: int
    cpu_seconds: float


@dataclass
class Worker:
    """One child of a zygote.

    Attributes
    ----------
    number
        Its number within the pool.
    job, stdout_fd, stderr_fd, pidfd
        The host's ends of what leads to it.
    walls
        What the child says it enforced, and what the host saw of it from outside.
    """

    number: int
    job: socket.socket
    stdout_fd: int
    stderr_fd: int
    imports: frozenset[str]
    pidfd: int = -1
    pid: int = 0
    walls: dict[str, Any] = field(default_factory=dict)
    group: cgroup.Cgroup | None = None
    exited: threading.Event = field(default_factory=threading.Event)
    exit: Exit | None = None
    retired: bool = False
    uses: int = 0
    active: bool = False
    _closed: bool = False

    def run(
        self,
        work: str,
        spec: Any,
        inputs: Mapping[str, int],
        made: Mapping[str, int],
        *,
        limits: WorkLimits,
        on_output: OnOutput | None = None,
    ) -> tuple[bool, dict[str, int | float]]:
        """Hand over one piece of work and wait for its answer.

        Parameters
        ----------
        work
            `"module:function"` of a work function.
        spec
            Plain JSON values for it.
        inputs, made
            Descriptors by name: what it reads, and the outputs the host made for it.
        limits
            What it may use.
        on_output
            Called with ("stdout" or "stderr", bytes) as they come.

        Returns
        -------
        tuple
            Whether the work function returned (else its error stands in the report), and its counts.

        Raises
        ------
        LimitError
            Time, memory or log ran out.
        SandboxError
            The child broke the protocol or was ended from outside.
        WorkerDied
            The child ended by itself before it answered.
        """
        if self.group is not None:
            self.group.limit_memory(limits.memory_bytes)
        self._send(work, spec, inputs, made, limits)
        deadline = time.monotonic() + limits.timeout_seconds
        return self._listen(deadline, limits, made.values(), on_output)

    def _send(
        self, work: str, spec: Any, inputs: Mapping[str, int], made: Mapping[str, int], limits: WorkLimits
    ) -> None:
        message = {
            "work": work,
            "inputs": list(inputs),
            "outputs": list(made),
            "limits": {"memory_bytes": limits.memory_bytes, "file_bytes": limits.file_bytes},
        }
        fds = [*inputs.values(), *made.values()]
        text = json.dumps(spec)
        spec_fd = -1
        if len(text) <= INLINE_SPEC_BYTES:
            message["spec"] = spec
        else:
            spec_fd = outputs.new_memory_file("spec", text.encode())
            outputs.seal(spec_fd)
            os.lseek(spec_fd, 0, os.SEEK_SET)
            fds.insert(0, spec_fd)
        try:
            protocol.send(self.job, message, fds)
        except (BrokenPipeError, ConnectionResetError):
            raise self._died() from None
        finally:
            if spec_fd >= 0:
                os.close(spec_fd)

    def _listen(
        self, deadline: float, limits: WorkLimits, made: Collection[int], on_output: OnOutput | None
    ) -> tuple[bool, dict[str, int | float]]:
        poll = select.poll()
        streams = {self.stdout_fd: "stdout", self.stderr_fd: "stderr"}
        for fd in (self.job.fileno(), *streams, self.pidfd):
            poll.register(fd, select.POLLIN)
        budget = limits.log_bytes
        inherited = watchdog.memory_bytes(self.pid) if self.group is None else 0
        looked = time.monotonic()
        while True:
            left = deadline - time.monotonic()
            ready = dict(poll.poll(max(0.0, min(left, watchdog.PERIOD_SECONDS)) * 1000))
            if time.monotonic() - looked > watchdog.PERIOD_SECONDS:
                looked = time.monotonic()
                if self._is_over_memory(limits.memory_bytes, inherited, made):
                    self.kill()
                    raise out_of_memory()
            if left <= 0:
                self.kill()
                raise LimitError(
                    f"The step ran longer than its {limits.timeout_seconds:g} seconds and was stopped.",
                    code="0072",
                    remedy="Give it more time (--timeout), or less to do.",
                )
            for fd in [fd for fd in streams if fd in ready]:
                data = os.read(fd, _READ_BYTES)
                if not data:
                    poll.unregister(fd)
                    del streams[fd]
                elif on_output is not None:
                    on_output(streams[fd], data)
                budget -= len(data)
            if budget < 0:
                self.kill()
                raise LimitError(
                    f"The step printed more than {limits.log_bytes // 1024**2} MiB and was stopped.",
                    code="0085",
                    remedy="Print less; return large data as a table.",
                )
            if self.job.fileno() in ready:
                return self._answer(streams, on_output)
            if self.pidfd in ready and not streams.keys() & ready.keys():
                raise self._died()

    def _is_over_memory(self, allowed_bytes: int, inherited_bytes: int, made: Collection[int]) -> bool:
        """Say whether the kernel had to kill a process of it or, uncounted, whether they hold too much."""
        if self.group is not None:
            return self.group.usage().out_of_memory > 0
        held = watchdog.memory_bytes(self.pid, inherited_bytes=inherited_bytes)
        return held + outputs.memory_bytes(made) > allowed_bytes

    def _answer(
        self, streams: Mapping[int, str], on_output: OnOutput | None
    ) -> tuple[bool, dict[str, int | float]]:
        try:
            try:
                received = protocol.receive(self.job, max_bytes=protocol.REPLY_BYTES)
            except ConnectionResetError:
                received = None
            if received is None:
                raise self._died()
            reply = received[0]
            if reply == {"ok": False}:
                answer: tuple[bool, dict[str, int | float]] = (False, {})
            elif reply.get("ok") is True and reply.keys() == {"ok", "counts"}:
                answer = (True, protocol.counts(reply["counts"]))
            else:
                raise protocol.ProtocolError("an answer has an unknown form")
        except protocol.ProtocolError as error:
            self.kill()
            raise SandboxError(
                f"The worker broke the protocol ({error}) and was stopped.",
                remedy="The script tampers with its own worker; nothing it returned was kept.",
            ) from None
        self._drain(streams, on_output)
        return answer

    def _drain(self, streams: Mapping[int, str], on_output: OnOutput | None) -> None:
        for fd, name in streams.items():
            with contextlib.suppress(BlockingIOError):
                while data := os.read(fd, _READ_BYTES):
                    if on_output is not None:
                        on_output(name, data)
                    if len(data) < _READ_BYTES:
                        break

    def _died(self) -> Exception:
        self.exited.wait(5)
        if self.group is not None and self.group.usage().out_of_memory:
            return out_of_memory()
        return WorkerDied(self.exit)

    def peak_bytes(self) -> int | None:
        """Give the most memory it held so far: of all its processes where a cgroup counts, else of itself."""
        if self.exit is not None:
            return self.exit.peak_bytes
        if self.group is not None:
            return self.group.usage().peak_bytes
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
        return None

    def kill(self) -> None:
        """End the child and every process it started; safe to call twice."""
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError, OSError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def wait_until_gone(self, timeout_seconds: float) -> bool:
        """Wait until it and all it started are gone; False where they still are."""
        return self.exited.wait(timeout_seconds)

    def await_death(self) -> None:
        """Wait for the kernel to say that it is dead, but no longer than five seconds."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        poll.poll(_CLOSE_MILLISECONDS)

    def close(self) -> None:
        """End it and let go of everything that leads to it."""
        if self._closed:
            return
        self._closed = True
        self.kill()
        self.job.close()
        protocol.close_all([self.stdout_fd, self.stderr_fd])
        if self.pidfd >= 0:
            self.await_death()
            os.close(self.pidfd)
        if self.group is not None:
            self.group.remove()


class WorkerDied(Exception):  # noqa: N818 - an event, turned into a user's error where the step is known
    """A child ended before it answered; `exit` says how, where the zygote could tell."""

    def __init__(self, exit_report: Exit | None) -> None:
        super().__init__("the child ended before it answered")
        self.exit = exit_report


def out_of_memory() -> LimitError:
    """Give the error for work that used more memory than it may."""
    return LimitError(
        "The step used more memory than its limit and was stopped.",
        code="0138",
        remedy="Give it more memory (--memory), or less data at a time.",
    )
