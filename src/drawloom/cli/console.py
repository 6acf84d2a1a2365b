"""The terminal while a script runs: its output as it comes, and a line that tells the time."""

from __future__ import annotations

import codecs
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# A terminal acts on these; what a script prints, or what stands in a cell, must not steer it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    r"""Spell out the control characters of untrusted text, but for tab, line feed and carriage return.

    Examples
    --------
    >>> harmless("\x1b[2J")
    '\\x1b[2J'
    """
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


class Console:
    """Writes to one text stream from the thread that reads the script and from the one that tells the time.

    A terminal gets the text with control characters spelt out and a line of progress that is redrawn each
    second; anything else gets the script's bytes as they are, and one line after the first second.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._decoders = {
            name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")
        }
        self._lock = threading.Lock()
        self._progress_shown = False
        self._at_line_start = True

    def write(self, stream: str, data: bytes) -> None:
        """Pass on what the script wrote to `stream` ("stdout" or "stderr")."""
        with self._lock:
            self._erase_progress()
            if self._terminal:
                self._stream.write(harmless(self._decoders[stream].decode(data)))
            else:
                self._stream.flush()
                self._stream.buffer.write(data)
            self._stream.flush()
            self._at_line_start = data.endswith(b"\n") if data else self._at_line_start

    def line(self, text: str) -> None:
        """Write one line of our own, on a line of its own."""
        with self._lock:
            self._erase_progress()
            self._stream.write(f"{'' if self._at_line_start else chr(10)}{text}\n")
            self._stream.flush()
            self._at_line_start = True

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Tell that `what` goes on, once it has taken longer than a second."""
        done = threading.Event()
        clock = threading.Thread(target=self._tell_time, args=(what, done), daemon=True)
        clock.start()
        try:
            yield
        finally:
            done.set()
            clock.join()
            with self._lock:
                self._erase_progress()
                self._finish_line()

    def _tell_time(self, what: str, done: threading.Event) -> None:
        start = time.monotonic()
        while not done.wait(1.0):
            with self._lock:
                if not self._terminal:
                    self._finish_line()
                    self._stream.write(f"drawloom: {what} ...\n")
                    self._stream.flush()
                    return
                if self._at_line_start:
                    self._stream.write(f"\r\x1b[Kdrawloom: {what} ... {time.monotonic() - start:.0f} s")
                    self._stream.flush()
                    self._progress_shown = True

    def _erase_progress(self) -> None:
        if self._progress_shown:
            self._stream.write("\r\x1b[K")
            self._progress_shown = False

    def _finish_line(self) -> None:
        if not self._at_line_start:
            self._stream.write("\n")
            self._stream.flush()
            self._at_line_start = True
