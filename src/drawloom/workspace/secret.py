"""Secrets: a file only its owner may read; never in a key, a log, a record or the database."""

from __future__ import annotations

import difflib
import fcntl
import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drawloom.errors import InputError
from drawloom.workspace.files import discard, os_errors, sync

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Secrets:
    """Passwords and tokens that `${secret:NAME}` stands for.

    They are kept as they are in `.drawloom/secrets.json`, mode 0600: encrypting them with a key that lies
    beside them would keep out nobody who can read the file.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "secrets.json"

    def set(self, name: str, value: str) -> None:
        """Keep a secret; an earlier value of the same name is gone.

        Raises
        ------
        InputError
            If the name is not letters, digits and `_`, or the file can be read by others.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"A secret cannot be named {name!r}.",
                code="0002",
                remedy="Use at most 64 letters, digits and _, not beginning with a digit.",
            )
        with self._changing() as kept:
            kept[name] = value

    def get(self, name: str) -> str:
        """Give a secret.

        Raises
        ------
        InputError
            If there is none of this name, or the file can be read by others.
        """
        kept = self._read()
        if name not in kept:
            raise _unknown(name, kept)
        return kept[name]

    def list(self) -> Sequence[str]:
        """Give the names, sorted."""
        return sorted(self._read())

    def remove(self, name: str) -> None:
        """Forget a secret.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        with self._changing() as kept:
            if kept.pop(name, None) is None:
                raise _unknown(name, kept)

    def _read(self) -> dict[str, str]:
        try:
            fd = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(
                f"The secrets in {self._file} cannot be read: {error.strerror}.",
                code="0048",
                remedy="They belong to whoever made them.",
            ) from error
        with open(fd, encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
                raise InputError(
                    f"The secrets in {self._file} can be read by others.",
                    code="0048",
                    remedy=f"Run `chmod 600 {self._file}`, and change what others may have seen.",
                )
            kept: dict[str, str] = json.load(file)
            return kept

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        """Give the secrets to change, and replace the file by the result, one process at a time."""
        draft = self._file.with_suffix(".new")
        with os_errors(str(self._file)):
            lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                kept = self._read()
                yield kept
                discard(draft)
                fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with open(fd, "w", encoding="utf-8") as file:
                    json.dump(kept, file)
                    file.flush()
                    os.fsync(fd)
                draft.rename(self._file)
                sync(self._file)
            finally:
                os.close(lock)


def _unknown(name: str, kept: dict[str, str]) -> InputError:
    near = difflib.get_close_matches(name, kept, n=1)
    return InputError(
        f"There is no secret {name!r} in this workspace.",
        code="0003",
        remedy=f"Did you mean {near[0]!r}?" if near else f"Set it with `drawloom secret set {name}`.",
    )
