"""The environments of a workspace: locks by name, and those of scripts by what their blocks ask for."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from drawloom.environment.lock import Lock
from drawloom.environment.requirement import checked
from drawloom.environment.resolve import resolve
from drawloom.environment.settings import TRANSFER, Settings
from drawloom.errors import InputError

BASE = "base"
DEFAULT = "default"
FOLDER = "environments"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_STAMP = "# exclude-newer: "

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Shelf:
    """The locks in one folder.

    Attributes
    ----------
    folder
        Of the workspace, or of the cache where there is no workspace.
    settings
        With which a lock that is missing is made.
    """

    folder: Path
    settings: Settings

    def names(self) -> list[str]:
        """Give the named environments, `base` and `default` first."""
        return [BASE, DEFAULT, *sorted(file.stem for file in self.folder.glob("*.txt"))]

    def get(self, name: str, tell: Tell = lambda text: None) -> Lock | None:
        """Give the lock of an environment by name; None for `base`, which needs none.

        Raises
        ------
        InputError
            There is none of this name, or `default` cannot be resolved.
        """
        if name == BASE:
            return None
        if name == DEFAULT:
            return self.default(tell)
        file = self._file(name)
        try:
            return _read(file)
        except FileNotFoundError:
            near = get_close_matches(name, self.names(), n=1)
            raise InputError(
                f"There is no environment {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""),
                code="0003",
                remedy=f"Make it: drawloom env add {name} PACKAGE...",
            ) from None

    def set(self, name: str, requirements: Sequence[str]) -> Lock:
        """Lock an environment anew under a name, from what the index has now.

        Raises
        ------
        InputError
            The name cannot be used, or the packages cannot be had; then the old lock stays.
        """
        if name in (BASE, DEFAULT):
            raise InputError(
                f"The environment {name!r} belongs to drawloom.", code="0003", remedy="Use another name."
            )
        file = self._file(name)
        lock = resolve(requirements, self.settings)
        _write(file, lock)
        return lock

    def remove(self, name: str) -> None:
        """Forget a named environment; what was built of it goes once nobody has used it for long.

        Raises
        ------
        InputError
            There is none.
        """
        if self.get(name) is None or name == DEFAULT:
            raise InputError(f"The environment {name!r} belongs to drawloom.", code="0003")
        self._file(name).unlink()

    def of_script(self, requirements: Sequence[str], tell: Tell = lambda text: None) -> Lock:
        """Give the lock of what a script asks for; made the first time, the same ever after."""
        return self._remembered(checked(requirements), None, tell)

    def lock_script(self, requirements: Sequence[str]) -> Lock:
        """Lock anew what a script asks for."""
        asked = checked(requirements)
        lock = resolve(asked, self.settings)
        _write(self._remembered_file(asked, None), lock)
        return lock

    def default(self, tell: Tell = lambda text: None) -> Lock:
        """Give the lock of the environment `default` of this release."""
        stamp, listed = default_packages()
        return self._remembered(listed, stamp, tell)

    def _remembered(self, asked: tuple[str, ...], stamp: str | None, tell: Tell) -> Lock:
        file = self._remembered_file(asked, stamp)
        try:
            return _read(file)
        except FileNotFoundError:
            tell(f"resolving {', '.join(asked[:4])}{f' and {len(asked) - 4} more' if len(asked) > 4 else ''}")
        lock = resolve(asked, self.settings, stamp=stamp)
        _write(file, lock)
        return lock

    def _remembered_file(self, asked: tuple[str, ...], stamp: str | None) -> Path:
        index = sorted(
            (name, value)
            for name, value in self.settings.index.items()
            if name not in TRANSFER and not name.endswith("_PASSWORD")
        )
        about = [sys.version_info[:2], asked, stamp, self.settings.source_builds, index]
        return self.folder / "scripts" / f"{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}.txt"

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} cannot be the name of an environment.",
                code="0003",
                remedy="Use letters, digits, - and _, a letter first.",
            )
        return self.folder / f"{name}.txt"


def default_packages() -> tuple[str, tuple[str, ...]]:
    """Give the stamp and the packages of the environment `default` of this release."""
    lines = Path(__file__).with_name("default.in").read_text("utf-8").splitlines()
    stamp = next(line.removeprefix(_STAMP) for line in lines if line.startswith(_STAMP))
    return stamp, checked(line for line in lines if line.strip() and not line.startswith("#"))


def _read(file: Path) -> Lock:
    about = file.stat()
    return _parsed(file, about.st_ino, about.st_mtime_ns)


@lru_cache(maxsize=32)
def _parsed(file: Path, inode: int, changed_ns: int) -> Lock:
    """Read a lock once for as long as its file is the same: a warm run pays for everything else alone."""
    return Lock.from_text(file.read_text("utf-8"), file)


def _write(file: Path, lock: Lock) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(lock.to_text(), "utf-8")
        draft.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.", code="0048") from None
