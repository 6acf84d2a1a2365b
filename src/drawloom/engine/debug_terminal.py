"""The user's terminal at the host's end of a post-mortem: shows what pdb writes, hands on what is typed."""

from __future__ import annotations

import codecs
import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TextIO

_ASK = "\0"
_CHUNK_BYTES = 64 * 1024
_LINE_CHARACTERS = 64 * 1024


@dataclass(frozen=True)
class Terminal:
    """Talks with the debugger inside by lines.

    Attributes
    ----------
    keyboard, screen
        Where lines come from and text goes to; the line can be edited where both are the terminal's own.
    clean
        Makes text of unknown origin harmless to a terminal.
    """

    keyboard: TextIO
    screen: TextIO
    clean: Callable[[str], str]
    function: str = "drawloom.script.postmortem:run"
    kind: socket.SocketKind = socket.SOCK_STREAM

    @contextlib.contextmanager
    def serving(self, end: socket.socket) -> Iterator[None]:
        """As `Debugger.serving`."""
        thread = threading.Thread(target=self._talk, args=(end,), name="drawloom-debug", daemon=True)
        with _as_it_was(self.keyboard):
            thread.start()
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _talk(self, end: socket.socket) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        line = ""
        with contextlib.suppress(OSError):
            while data := end.recv(_CHUNK_BYTES):
                *asked, line = (line + decoder.decode(data)).split(_ASK)
                for text in asked:
                    answer = self._ask(self._show(text))
                    if not answer:
                        self._show("\n")
                        end.shutdown(socket.SHUT_WR)
                        break
                    end.sendall(answer.encode("utf-8", "replace"))
                line = self._show(line)
                if len(line) > _LINE_CHARACTERS:
                    line = self._show(line + "\n")

    def _show(self, text: str) -> str:
        """Write all whole lines; gives the rest, which may become a prompt."""
        shown, newline, rest = text.rpartition("\n")
        self.screen.write(self.clean(shown + newline))
        self.screen.flush()
        return rest

    def _ask(self, prompt: str) -> str:
        """Give a line with its end; empty where there are no more."""
        if self.keyboard is sys.stdin and self.keyboard.isatty() and self.screen.isatty():
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 - lets `input` edit the line
            try:
                return input(self.clean(prompt)) + "\n"
            except EOFError:
                return ""
        self.screen.write(self.clean(prompt))
        self.screen.flush()
        return self.keyboard.readline()


@contextlib.contextmanager
def _as_it_was(keyboard: TextIO) -> Iterator[None]:
    """Leave a terminal in the mode it was in, also where a line was being typed when the session ended."""
    if not keyboard.isatty():
        yield
        return
    import termios

    mode: list[Any] = termios.tcgetattr(keyboard.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(keyboard.fileno(), termios.TCSADRAIN, mode)
