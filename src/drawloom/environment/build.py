"""From a lock to a folder of packages: built in a draft behind walls, renamed into place, never changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from drawloom.environment import base, room, walls
from drawloom.environment.lock import Lock
from drawloom.environment.resolve import explain, switches
from drawloom.environment.settings import Settings

FOLDER = "environments"
PACKAGES = "packages"
_USED = "used"
_USED_SECONDS = 3600.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """Packages that are ready to be used.

    Attributes
    ----------
    folder
        What lies above the interpreter's own packages.
    bare
        Whether it holds another version of something the interpreter has: then a zygote may import
        nothing before the walls stand.
    """

    folder: Path
    bare: bool


def ready(lock: Lock, settings: Settings, tell: Tell = lambda text: None) -> Built | None:
    """Give the packages of a lock, built now where they are not yet; None where the interpreter has all.

    Parameters
    ----------
    tell
        Called with a line of progress before something that takes its time.

    Raises
    ------
    InputError
        A package cannot be fetched, or has no wheel.
    SandboxError
        The sandbox for the build cannot be made.
    """
    installed = base.installed()
    missing = lock.missing(installed)
    if not missing:
        return None
    folder = settings.cache / FOLDER / _name(missing)
    if not (folder / PACKAGES).is_dir():
        with _alone(folder):
            if not (folder / PACKAGES).is_dir():
                _build(missing, lock, folder, settings, tell)
    _note_use(folder)
    return Built(folder / PACKAGES, bare=bool(missing.keys() & installed.keys()))


def _name(missing: dict[str, str]) -> str:
    return hashlib.sha256("\n".join([base.interpreter(), *missing.values()]).encode()).hexdigest()[:32]


def _build(missing: dict[str, str], lock: Lock, folder: Path, settings: Settings, tell: Tell) -> None:
    listed = ", ".join(f"{name} {lock.packages[name]}" for name in list(missing)[:4])
    more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
    tell(f"building an environment with {listed}{more}")
    with room.of(settings) as (space, draft):
        (draft / "lock.txt").write_text("\n".join(missing.values()) + "\n")
        target = draft / "environment"
        target.mkdir()
        (target / PACKAGES).mkdir()
        walls.give(target / PACKAGES)
        inside = f"{walls.ROOM}/{draft.relative_to(space)}"
        words = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--compile-bytecode"]
        words += ["--python", sys.executable, "--target", f"{inside}/environment/{PACKAGES}"]
        words += [*switches(settings), "-r", f"{inside}/lock.txt"]
        said = walls.run(words, space, settings, network=not settings.offline)
        if said.status != 0:
            raise explain(said, lock.requirements, settings)
        (target / "lock.txt").write_text(lock.to_text())
        target.rename(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time build an environment; the others wait and find it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink(f"{folder}.lock")
        os.close(fd)


def _note_use(folder: Path) -> None:
    """Remember, to the hour, that somebody used it."""
    used = folder / _USED
    with suppress(OSError):
        if not used.exists() or time.time() - used.stat().st_mtime > _USED_SECONDS:
            used.touch()


def unused(settings: Settings, seconds: float) -> Iterator[Path]:
    """Give the built environments that nobody used for so long."""
    for folder in sorted((settings.cache / FOLDER).glob("*")):
        with suppress(OSError):
            if folder.is_dir() and time.time() - _last_use(folder) >= seconds:
                yield folder


def _last_use(folder: Path) -> float:
    used = folder / _USED
    return (used if used.exists() else folder).stat().st_mtime


def remove(folder: Path) -> None:
    """Remove a built environment: out of the way first, so that nobody finds half of it."""
    away = folder.with_name(f"removed-{folder.name}")
    folder.rename(away)
    walls.clear(away)
