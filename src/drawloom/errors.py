"""What a user is told: a code, one sentence that names the thing, and the remedy.

The four-digit codes are those of Azure ML Studio (classic), so that old hands and old documentation
still help; anything Studio had no number for takes the nearest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DrawloomError(Exception):
    """An error a user can cause or mend.

    Parameters
    ----------
    message
        One sentence that names the thing that is wrong.
    code
        Four digits, as Studio numbered its errors.
    remedy
        What to do about it; may be empty where the message says it all.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy

    def __str__(self) -> str:
        return f"Error {self.code}: {self.message}" + (f" {self.remedy}" if self.remedy else "")

    def to_dict(self) -> dict[str, Any]:
        """Give the error as plain JSON values."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy}


class InputError(DrawloomError):
    """A file, a parameter, a bundle or an option that cannot be used as given."""

    exit_status = 2


class ScriptError(DrawloomError):
    """The user's script failed (Studio's error 0085 and its kin).

    Attributes
    ----------
    line
        The last line of the user's own code on the way to the failure, or None.
    traceback
        The user's traceback as text, without the frames of the host.
    locals
        The local variables of that frame: name -> rendered value, capped.
    """

    exit_status = 1

    def __init__(
        self,
        message: str,
        *,
        code: str = "0085",
        remedy: str = "",
        line: int | None = None,
        traceback: str = "",
        locals: Mapping[str, str] | None = None,  # noqa: A002 - the name users read in the result
    ) -> None:
        super().__init__(message, code=code, remedy=remedy)
        self.line = line
        self.traceback = traceback
        self.locals = dict(locals or {})

    def to_dict(self) -> dict[str, Any]:
        """Give the error as plain JSON values."""
        return super().to_dict() | {"line": self.line, "traceback": self.traceback, "locals": self.locals}


class LimitError(DrawloomError):
    """A limit of the step was hit: time, memory, processes, disk, output or log."""

    exit_status = 4


class SandboxError(DrawloomError):
    """A wall that was asked for cannot be built here, or a worker broke the protocol."""

    exit_status = 3

    def __init__(self, message: str, *, code: str = "1000", remedy: str = "") -> None:
        super().__init__(message, code=code, remedy=remedy)
