"""Values shown to the user after a failure: short, and safe although their `repr` may be the script's."""

from __future__ import annotations

import contextlib
import io
import reprlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

MAX_VALUE = 1000
MAX_NAMES = 100
MAX_TOTAL = 64 * 1024
RENDER_SECONDS = 1.0
_FRAME_ROWS = 5
_FRAME_COLUMNS = 20


def of_frame(frame: FrameType) -> dict[str, str]:
    """Render the local variables of a frame.

    Parameters
    ----------
    frame
        Of the script; at its top level the locals are its globals, of which modules, classes and functions
        are left out.

    Returns
    -------
    dict
        Name -> text, 100 names and 64 KiB in all at most. Whatever the values' own code does (raise, print,
        exit, hang) stays here: all of them together get a second.
    """
    shown: dict[str, str] = {}
    left = MAX_TOTAL
    try:
        with _quiet(), _deadline(RENDER_SECONDS):
            for name, value in list(frame.f_locals.items()):
                if name.startswith("__") or (frame.f_locals is frame.f_globals and _is_code(value)):
                    continue
                text = render(value)
                left -= len(name) + len(text)
                if left < 0 or len(shown) == MAX_NAMES:
                    shown["..."] = "and more"
                    break
                shown[name] = text
    except _TooSlow:
        shown["..."] = f"the others took more than {RENDER_SECONDS:g} s to show"
    except MemoryError:
        shown["..."] = "no memory is left to show the others"
    return shown


def render(value: Any) -> str:
    """Give a value as text: frames as shape, types and first rows, anything long cut, a failing repr said."""
    try:
        text = _table(value) or _SHORT.repr(value)
    except (_TooSlow, MemoryError):
        raise
    except BaseException as error:
        text = f"<{type(value).__qualname__}: repr raised {type(error).__qualname__}>"
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 4] + " ..."


def _table(value: Any) -> str:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        few = value.iloc[:_FRAME_ROWS, :_FRAME_COLUMNS]
        types = ", ".join(f"{name}: {dtype}" for name, dtype in few.dtypes.items())
        more = ", ..." if value.shape[1] > _FRAME_COLUMNS else ""
        rows, columns = value.shape
        return f"DataFrame, {rows} rows x {columns} columns\n{types}{more}\n{few.to_string(max_colwidth=40)}"
    if pandas is not None and isinstance(value, pandas.Series):
        return f"Series, {len(value)} rows, {value.dtype}\n{value.iloc[:_FRAME_ROWS].to_string()}"
    if numpy is not None and isinstance(value, numpy.ndarray) and value.ndim:
        few = value.ravel()[:_FRAME_ROWS] if value.flags.c_contiguous else value.flat[:_FRAME_ROWS]
        return f"ndarray, shape {value.shape}, {value.dtype}: {_SHORT.repr(few.tolist())}"
    return ""


def _short() -> reprlib.Repr:
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 300
    short.maxlist = short.maxtuple = short.maxdict = short.maxset = 10
    return short


_SHORT = _short()


def _is_code(value: Any) -> bool:
    return isinstance(value, ModuleType | type) or (callable(value) and hasattr(value, "__code__"))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _TooSlow(BaseException):
    """Raised by the alarm; not an Exception, so that a `repr` does not catch it by the way."""


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Stop Python code that takes too long, where the platform has an alarm and this is the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise _TooSlow

    handler = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
