"""The device of a script step: standard output and standard error, live and apart, and in their true order.

Both streams are real descriptors, so what C code and child processes write arrives too. What Python writes is
also recorded in the order in which it was written, across both streams.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

LOG_BYTES = 1 << 20
_READ_BYTES = 64 * 1024

Sink = Callable[[str, bytes], None]


class Device:
    """Takes the place of ``sys.stdout`` and ``sys.stderr`` while a script runs.

    Parameters
    ----------
    log_bytes
        How much of the common log is kept; the streams themselves are not cut here.

    Notes
    -----
    Standard output is handed on at each end of line and before anything goes to standard error, which is
    never held back. That is the order a terminal shows, at the price of one system call a line.
    """

    def __init__(self, log_bytes: int = LOG_BYTES) -> None:
        self._log: list[tuple[str, bytearray]] = []
        self._left = log_bytes
        self.cut = False
        self._out = _text_stream(self, "stdout", 1)
        self._err = _text_stream(self, "stderr", 2)
        self._before: tuple[Any, ...] = ()

    def __enter__(self) -> Device:
        self._before = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        for stream in self._before:
            _flush(stream)
        sys.stdout = sys.__stdout__ = self._out  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = self._err  # type: ignore[misc]
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (sys.stdout, sys.stderr, self._out, self._err):
            _flush(stream)
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = self._before  # type: ignore[misc]

    def record(self, stream: str, data: bytes) -> None:
        """Keep what was written for the common log."""
        if stream == "stderr":
            _flush(self._out)
        if len(data) > self._left:
            data, self.cut = data[: self._left], True
        if not data:
            return
        self._left -= len(data)
        if self._log and self._log[-1][0] == stream:
            self._log[-1][1].extend(data)
        else:
            self._log.append((stream, bytearray(data)))

    def log(self) -> list[tuple[str, str]]:
        """Give the common log: (stream, text) in the order of writing."""
        return [(stream, data.decode("utf-8", "replace")) for stream, data in self._log]


class _Buffer(io.BufferedIOBase):
    """The bytes under a text stream: recorded, then written to the descriptor at once."""

    def __init__(self, device: Device, stream: str, fd: int) -> None:
        self._device = device
        self._stream = stream
        self._fd = fd
        self.raw = self
        self.name = f"<{stream}>"
        self.mode = "wb"

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        self._device.record(self._stream, bytes(view))
        rest = view
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        return len(view)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return False


def _text_stream(device: Device, stream: str, fd: int) -> io.TextIOWrapper:
    text = io.TextIOWrapper(
        _Buffer(device, stream, fd),
        encoding="utf-8",
        errors="backslashreplace",
        newline="\n",
        line_buffering=True,
        write_through=fd == 2,
    )
    text.mode = "w"  # type: ignore[misc]
    return text


def _flush(stream: Any) -> None:
    with contextlib.suppress(ValueError, OSError, AttributeError):  # a script may close or replace a stream
        stream.flush()


class Tee:
    """Catches descriptors 1 and 2 of this process and hands on what is written to them (``--no-sandbox``).

    Parameters
    ----------
    sink
        Called with ("stdout" or "stderr", bytes) as it comes, from one thread a stream. It must not write to
        descriptors 1 and 2, which lead back to it.
    echo
        Whether both streams also appear on the standard error of before, so that a debugger can be used.
    """

    def __init__(self, sink: Sink, *, echo: bool = True) -> None:
        self._sink = sink
        self._echo = echo
        self._kept: dict[int, int] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Tee:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        self._kept = {fd: os.dup(fd) for fd in (1, 2)}
        for fd, stream in ((1, "stdout"), (2, "stderr")):
            reading, writing = os.pipe()
            os.dup2(writing, fd)
            os.close(writing)
            thread = threading.Thread(target=self._forward, args=(reading, stream), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        for fd in (1, 2):
            os.dup2(self._kept[fd], fd)
        for thread in self._threads:
            thread.join(timeout=2)  # a process that the script left behind may hold its pipe open
        for fd in self._kept.values():
            os.close(fd)

    def _forward(self, fd: int, stream: str) -> None:
        terminal = self._kept[2]
        while data := os.read(fd, _READ_BYTES):
            self._sink(stream, data)
            if self._echo:
                with contextlib.suppress(OSError):
                    os.write(terminal, data)
        os.close(fd)
