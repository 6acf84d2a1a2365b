"""Post-mortem inside the walls: pdb at the line where a script failed, typed into the user's terminal."""

from __future__ import annotations

import functools
import importlib
import os
import pdb
import socket
import sys
from types import FrameType, TracebackType
from typing import Any

from drawloom.script import execute, failure
from drawloom.script.under_debugger import CONTROL, do, placed

ASK = "\0"
"""Stands after what is written when a line is to be read."""

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Do the work of a script step, and open the debugger where the script fails.

    Parameters
    ----------
    spec
        ``of``: the work function; ``spec``: what it is given; ``name``: of the script.
    inputs
        As the work function takes them, and ``debugger``: a stream socket to the user's terminal.
    """
    terminal = socket.socket(fileno=inputs.pop(CONTROL))
    work = placed(spec)
    execute.examiners.append(functools.partial(examine, terminal=terminal, filename=work["filename"]))
    return do(spec["of"], work, inputs, outputs)


def examine(error: BaseException, *, terminal: socket.socket, filename: str) -> None:
    """Talk with the user about the frames of `error` until they quit or hang up."""
    keyboard = _Keyboard(terminal)
    screen = terminal.makefile("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    streams = sys.stdin, sys.stdout
    screen.write(failure.render(error, os.getcwd()))
    try:
        debugger = _debugger(keyboard, screen, filename)
        debugger.reset()
        debugger.interaction(None, error.__traceback__)
    except (BrokenPipeError, ConnectionResetError):
        return
    finally:
        sys.stdin, sys.stdout = streams


class _Keyboard:
    """What the user types, a line at a time; pdb asks by `readline`."""

    def __init__(self, terminal: socket.socket) -> None:
        self._terminal = terminal
        self._lines = terminal.makefile("r", encoding="utf-8", errors="replace", newline="\n")

    def readline(self) -> str:
        """Ask for a line; empty at the end."""
        self._terminal.sendall(ASK.encode())
        return self._lines.readline()


def _debugger(keyboard: Any, screen: Any, filename: str) -> pdb.Pdb:
    base = _base()

    class Debugger(base):  # type: ignore[misc, valid-type]
        """Shows the frames of the script and of libraries, and begins at the script's own last line."""

        def get_stack(
            self, frame: FrameType | None, trace: TracebackType | None
        ) -> tuple[list[tuple[FrameType, int]], int]:
            stack, _ = super().get_stack(frame, trace)
            shown = [entry for entry in stack if not _is_ours(entry[0])] or stack[-1:]
            own = [place for place, (each, _) in enumerate(shown) if each.f_code.co_filename == filename]
            return shown, own[-1] if own else len(shown) - 1

    debugger = Debugger(stdin=keyboard, stdout=screen, readrc=False)
    debugger.use_rawinput = False
    return debugger


def _base() -> type[pdb.Pdb]:
    """Give IPython's debugger where there is one, else Python's."""
    try:
        shell = importlib.import_module("IPython.core.interactiveshell").InteractiveShell
        base: type[pdb.Pdb] = importlib.import_module("IPython.core.debugger").Pdb
    except ImportError:
        return pdb.Pdb
    if not shell.initialized():
        shell.instance(colors="nocolor")
    return base


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith((_OURS, "<frozen importlib"))
