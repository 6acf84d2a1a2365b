"""A failure, told in the user's own terms."""

from __future__ import annotations

import traceback

from drawloom.errors import DrawloomError, ScriptError


def describe(error: BaseException, name: str, filename: str, workdir: str) -> DrawloomError:
    """Describe what stopped a script."""
    if isinstance(error, DrawloomError):
        return error
    return ScriptError(
        "".join(traceback.format_exception_only(error)).strip(),
        traceback="".join(traceback.format_exception(error)),
    )
