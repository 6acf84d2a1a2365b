"""A failure of a script, told in the user's own terms: message, line, traceback, locals."""

from __future__ import annotations

import errno
import os
import traceback
from collections import deque
from collections.abc import Iterator
from itertools import islice
from types import FrameType, TracebackType

from drawloom.errors import DrawloomError, LimitError, ScriptError
from drawloom.script import packages, python2, values
from drawloom.script.arena import BUNDLE
from drawloom.script.breakpoints import NoDebuggerError

MAX_FRAMES = 30
MAX_MESSAGE = 4096
MAX_TRACEBACK = 64 * 1024
_FIRST_FRAMES = 10
_CHAIN = 10
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def describe(error: BaseException, filename: str, workdir: str) -> DrawloomError:
    """Turn what stopped a script into what the user is told.

    Parameters
    ----------
    error
        What was raised; an error of ours is handed on as it is, with line and traceback added.
    filename
        What the script was compiled as.
    workdir
        Its working directory, left out of the names of files.

    Returns
    -------
    ScriptError or LimitError
        0085; 0138 where memory ran out, 0039 where the disk was full, with the traceback as a note.

    Notes
    -----
    The line is the last one of the script itself on the way to the failure, and the locals are those of that
    frame. Frames of Drawloom are left out, 30 are shown at most, chained exceptions and notes are kept.
    """
    frame, line = _last_frame(error.__traceback__, filename)
    told = error if isinstance(error, DrawloomError) else None
    if told is not None and not isinstance(told, ScriptError):
        return told
    try:
        text = render(error, workdir)
    except MemoryError:
        text = f"{type(error).__name__}\n"
    if isinstance(told, ScriptError):
        told.line = told.line or line
        return told
    message = shorten(_where(filename, frame, line) + _message(error))
    if limit := _limit(error):
        code, remedy = limit
        exceeded = LimitError(message, code=code, remedy=remedy)
        exceeded.add_note(text)
        return exceeded
    shown = values.of_frame(frame) if frame is not None else {}
    return ScriptError(
        message, remedy=_remedy(error, os.path.basename(filename)), line=line, traceback=text, locals=shown
    )


def render(error: BaseException, workdir: str) -> str:
    """Write the traceback of an error as Python does, less our own frames, cut to a bearable length."""
    shown = traceback.TracebackException(type(error), error, None, limit=0, compact=True)
    _give_frames(shown, error, _CHAIN)
    text = "".join(shown.format()).replace(f'  File "{workdir}{os.sep}', '  File "')
    return shorten(text, MAX_TRACEBACK)


def shorten(text: str, limit: int = MAX_MESSAGE) -> str:
    """Cut a text to a length, keeping its head and its tail."""
    if len(text) <= limit:
        return text
    mark = f"\n... {len(text) - limit} characters left out ...\n"
    head = (limit - len(mark)) // 2
    return text[:head] + mark + text[-(limit - len(mark) - head) :]


class _Frames(traceback.StackSummary):
    """The frames of one exception, with a line where frames were left out."""

    left_out: tuple[int, int] = (0, 0)

    def format(self, **_: object) -> list[str]:
        place, count = self.left_out
        if not count:
            return super().format()
        head, tail = (
            traceback.StackSummary.from_list(self[:place]),
            traceback.StackSummary.from_list(self[place:]),
        )
        return [*head.format(), f"  [{count} frames left out]\n", *tail.format()]


def _give_frames(shown: traceback.TracebackException, error: BaseException, depth: int) -> None:
    shown.stack = _frames(error.__traceback__)
    pairs = [(shown.__cause__, error.__cause__), (shown.__context__, error.__context__)]
    if isinstance(error, BaseExceptionGroup):
        pairs += list(zip(shown.exceptions or [], error.exceptions, strict=False))
    for part, inner in pairs:
        if part is None or inner is None:
            continue
        if depth == 0:
            part.stack = _Frames()
        else:
            _give_frames(part, inner, depth - 1)


def _frames(trace: TracebackType | None) -> _Frames:
    """Take the first and the last frames of a traceback that are not ours, however long it is."""
    first: list[TracebackType] = []
    last: deque[TracebackType] = deque(maxlen=MAX_FRAMES - _FIRST_FRAMES)
    count = 0
    for entry in _walk(trace):
        if entry.tb_frame.f_code.co_filename.startswith((_OURS, "<frozen importlib")):
            continue
        count += 1
        if len(first) < _FIRST_FRAMES:
            first.append(entry)
        else:
            last.append(entry)
    frames = _Frames(map(_summary, (*first, *last)))
    if count > MAX_FRAMES:
        frames.left_out = (_FIRST_FRAMES, count - MAX_FRAMES)
    return frames


def _summary(entry: TracebackType) -> traceback.FrameSummary:
    """Describe one entry with the columns that the little arrows under the line mark."""
    code = entry.tb_frame.f_code
    positions = next(islice(code.co_positions(), entry.tb_lasti // 2, None), (None,) * 4)
    _, end_line, column, end_column = positions
    return traceback.FrameSummary(
        code.co_filename,
        entry.tb_lineno,
        code.co_name,
        lookup_line=False,
        end_lineno=end_line,
        colno=column,
        end_colno=end_column,
    )


def _walk(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _last_frame(trace: TracebackType | None, filename: str) -> tuple[FrameType | None, int | None]:
    found: tuple[FrameType | None, int | None] = (None, None)
    for entry in _walk(trace):
        if entry.tb_frame.f_code.co_filename == filename:
            found = (entry.tb_frame, entry.tb_lineno)
    return found


def _where(filename: str, frame: FrameType | None, line: int | None) -> str:
    if frame is None:
        return ""
    function = frame.f_code.co_name
    inside = "" if function == "<module>" else f", in {function}"
    return f"{os.path.basename(filename)}, line {line}{inside}: "


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        status = "" if error.code is None else repr(error.code)[:200]
        return f"the script called sys.exit({status}) instead of returning"
    try:
        said = str(error)
    except Exception:
        said = "(its message cannot be read)"
    name = type(error).__qualname__
    return f"{name}: {said}" if said else name


def _limit(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, MemoryError):
        return "0138", "Give the step more memory (--memory), or less data at a time."
    if isinstance(error, OSError) and error.errno in _DISK:
        return (
            "0039",
            "The working directory of a step is limited; write less, or delete what is not needed any more.",
        )
    return None


def _remedy(error: BaseException, script: str) -> str:
    if replacement := python2.replacement(error):
        return f"{replacement} `drawloom upgrade` rewrites the script."
    if isinstance(error, SyntaxError):
        construct = python2.construct(error.msg, (error.text or "")[:1000])
        return f"The module is Python 2 ({construct}); `drawloom upgrade` rewrites it." if construct else ""
    if isinstance(error, SystemExit):
        return "Return a table; a step has no process of its own to leave."
    if isinstance(error, NoDebuggerError):
        return (
            "`drawloom debug SCRIPT.py` with the same inputs stops there with a debugger attached; "
            "`drawloom debug run:RUN.STEP` opens pdb at that line of a step that was run."
        )
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return "A step has no keyboard: take the value as a parameter of azureml_main, set by --param."
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _missing(error.name, script) + _bundle_holds()
    return ""


def _missing(module: str, script: str) -> str:
    package = packages.bringing(module)
    other = "put it beside the script, or ship it in the bundle."
    if package is None:
        return f"There is no module {module!r} here: {other}"
    same = "of the same name may bring it" if package == module else f"{package} brings it"
    return (
        f"There is no module {module!r} here. The package {same}: `drawloom env add {script} {package}` "
        f"writes that into the script, `drawloom env add NAME {package}` into an environment. "
        f"Your own module: {other}"
    )


def _bundle_holds() -> str:
    try:
        names = sorted(name for name in os.listdir(BUNDLE) if not name.startswith("."))
    except OSError:
        return ""
    return f" The bundle holds {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}." if names else ""
