"""A text file replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def save(path: Path, text: str) -> None:
    """Replace a file's text at once: a reader, or a crash, finds the old text or the new one.

    The file keeps its permissions, and a link stays a link. Line ends are written as they stand in the text.

    Raises
    ------
    OSError
        The folder cannot be written or the disk is full; the old file is then as it was.
    """
    content = text.encode()
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(fd, "wb") as file:
            if target.exists():
                draft.chmod(target.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
