"""From how a piece of work ended to what the user is told."""

from __future__ import annotations

import os
import signal

from drawloom import errors
from drawloom.errors import DrawloomError, SandboxError, ScriptError
from drawloom.sandbox.worker import Exit

_TEXT = 64 * 1024
_KINDS = {
    kind.__name__: kind for kind in (errors.InputError, errors.LimitError, errors.SandboxError, DrawloomError)
}
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP}


def from_report(described: object) -> DrawloomError:
    """Make the error a worker described; every field is checked, since the worker may be hostile."""
    if not isinstance(described, dict):
        return SandboxError("The worker described its failure in an unknown form.")
    code, message, remedy = (_text(described.get(name)) for name in ("code", "message", "remedy"))
    if described.get("kind") == "ScriptError":
        line = described.get("line")
        known = line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 10**9 else None
        return ScriptError(
            message,
            code=code[:8],
            remedy=remedy,
            line=known,
            traceback=_text(described.get("traceback")),
            locals=_texts(described.get("locals")),
        )
    kind = _KINDS.get(str(described.get("kind")), DrawloomError)
    return kind(message, code=code[:8], remedy=remedy)


def from_exit(ended: Exit | None) -> DrawloomError:
    """Say how a child ended that never answered."""
    if ended is None:
        return SandboxError(
            "The sandbox ended while the step was running.",
            remedy="Nothing of the step was kept. Run it again.",
        )
    if os.WIFEXITED(ended.status):
        return ScriptError(
            f"The script ended its process (status {os.WEXITSTATUS(ended.status)}) instead of returning.",
            remedy="Return from azureml_main; do not call os._exit.",
        )
    number = os.WTERMSIG(ended.status)
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number in _CRASHES:
        return ScriptError(
            f"The script crashed the Python interpreter ({name}).",
            remedy="A native library it calls is at fault; what was printed before tells how far it came.",
        )
    if number == signal.SIGSYS:
        return ScriptError(
            "The script made a system call that no step may make, and was stopped.",
            remedy="Steps have no business with the kernel; see docs/sandbox.md for what is allowed.",
        )
    return SandboxError(
        f"The worker was ended from outside ({name}) while the step was running.",
        remedy="Nothing was kept. If the machine ran out of memory, run less at once; then run it again.",
    )


def _text(value: object) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {_text(name)[:200]: _text(text) for name, text in list(value.items())[:200]}
