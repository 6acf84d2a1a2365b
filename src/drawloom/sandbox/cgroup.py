"""The cgroup: the only limit on what all processes of a child take *together*.

Each child gets a new one (a cgroup that was once killed may kill what is put into it later). Both
versions serve: version 1 as root, version 2 wherever a subtree with `memory` and `pids` is delegated to
this process. Where neither can be had the child still runs, and the report says what is missing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drawloom.errors import SandboxError

CONTROLLERS: Final = ("memory", "pids")
_HOST_LEAF = "drawloom-host"
_HOME = re.compile(r"drawloom-(\d+)-(\d+)-(\d+)")
_REMOVAL_SECONDS = 2.0
_DELEGATE = "start it with `systemd-run --user --scope -p Delegate=yes` or as a service with Delegate=yes"


@dataclass(frozen=True)
class Usage:
    """What the processes of one cgroup took together.

    Parameters
    ----------
    peak_bytes
        The most memory held at one time, or None where the kernel does not say.
    out_of_memory
        How many of its processes the kernel killed because the limit was reached.
    refused_forks
        How often the limit on processes refused a new one.
    """

    peak_bytes: int | None
    out_of_memory: int
    refused_forks: int


@dataclass(frozen=True)
class Cgroup:
    """The cgroup of one child; in version 1 one folder for each controller."""

    version: int
    memory: Path
    pids: Path

    def attach(self, pid: int) -> None:
        """Move a process into it; what it starts from now on is in it too."""
        for folder in {self.memory, self.pids}:
            _write(folder / "cgroup.procs", str(pid))

    def limit_memory(self, memory_bytes: int) -> None:
        """Set the most its processes may hold together, swap included."""
        if self.version == 2:
            _write(self.memory / "memory.max", str(memory_bytes))
        else:
            _write_if_there(self.memory / "memory.memsw.limit_in_bytes", "-1")  # it is never the lower one
            _write(self.memory / "memory.limit_in_bytes", str(memory_bytes))
            _write_if_there(self.memory / "memory.memsw.limit_in_bytes", str(memory_bytes))

    def usage(self) -> Usage:
        """Read what was taken so far."""
        if self.version == 2:
            kills = _events(self.memory / "memory.events").get("oom_kill", 0)
            peak = self.memory / "memory.peak"
        else:
            kills = _events(self.memory / "memory.oom_control").get("oom_kill", 0)
            peak = self.memory / "memory.max_usage_in_bytes"
        refused = _events(self.pids / "pids.events").get("max", 0)
        return Usage(int(peak.read_text()) if peak.exists() else None, kills, refused)

    def kill(self) -> None:
        """Kill every process in it."""
        if self.version == 2:
            _write(self.memory / "cgroup.kill", "1")
            return
        while pids := (self.pids / "cgroup.procs").read_text().split():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.001)

    def remove(self) -> None:
        """Delete it; waits for processes that are dying, but no longer than two seconds.

        Raises
        ------
        OSError
            Where processes are still in it then.
        """
        for folder in {self.memory, self.pids}:
            _remove(folder)


@dataclass(frozen=True)
class Home:
    """The folder of this host process, in which the cgroups of its children lie."""

    version: int
    memory: Path
    pids: Path

    def create(self, name: str, *, memory_bytes: int, processes: int) -> Cgroup:
        """Make the cgroup of one child.

        Parameters
        ----------
        name
            A new name within this host process.
        memory_bytes
            The most its processes may hold together, swap included.
        processes
            The most processes and threads in it at one time.
        """
        group = Cgroup(self.version, self.memory / name, self.pids / name)
        for folder in {group.memory, group.pids}:
            folder.mkdir()
        if self.version == 2:
            _write(group.memory / "memory.oom.group", "1")
            _write_if_there(group.memory / "memory.swap.max", "0")
        group.limit_memory(memory_bytes)
        _write(group.pids / "pids.max", str(processes))
        return group

    def remove(self) -> None:
        """Delete the folder; the cgroups in it must be removed before."""
        for folder in {self.memory, self.pids}:
            _remove(folder)


def establish() -> tuple[Home | None, str]:
    """Find where cgroups can be made, make this process's folder there and sweep up after dead hosts.

    Returns
    -------
    tuple of (Home or None, str)
        The folder and what it is; or None and the reason with the remedy.
    """
    try:
        folders, version = _own_folders()
        if version == 2:
            folders = dict.fromkeys(CONTROLLERS, _delegate(folders["memory"]))
        _sweep(version, folders)
        home = Home(version, *(folders[name] / _home_name() for name in CONTROLLERS))
        for folder in {home.memory, home.pids}:
            folder.mkdir(exist_ok=True)
        if version == 2:
            _write(home.memory / "cgroup.subtree_control", "+memory +pids")
    except SandboxError as error:
        return None, f"{error.message} {error.remedy}"
    except OSError as error:
        return None, f"No cgroup can be made here: {error}. Run as root, or {_DELEGATE}."
    return home, f"version {version}: {home.memory}"


def _own_folders() -> tuple[dict[str, Path], int]:
    """Give the folder this process is in, for each controller, and the version of cgroups."""
    places: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, place = line.split(":", 2)
        places |= dict.fromkeys(controllers.split(","), place)
    found: dict[str, Path] = {}
    for root, mount_point, kind, options in _cgroup_mounts():
        names = [""] if kind == "cgroup2" else [name for name in options.split(",") if name in CONTROLLERS]
        for name in names:
            relative = os.path.relpath(places.get(name, "/"), root)
            found[name] = Path(mount_point) if relative.startswith("..") else Path(mount_point, relative)
    if all(name in found for name in CONTROLLERS):
        return {name: found[name] for name in CONTROLLERS}, 1
    unified = found.get("")
    if unified is None:
        raise SandboxError(
            "No cgroup file system is mounted here.", remedy="Mount cgroup2 on /sys/fs/cgroup."
        )
    offered = (unified / "cgroup.controllers").read_text().split()
    missing = [name for name in CONTROLLERS if name not in offered]
    if missing:
        raise SandboxError(
            f"The cgroup {unified} has no control of {' and '.join(missing)}.",
            remedy=f"To have it, {_DELEGATE}.",
        )
    return dict.fromkeys(CONTROLLERS, unified), 2


def _cgroup_mounts() -> list[tuple[str, str, str, str]]:
    """Give root, mount point, kind and options of every mounted cgroup file system."""
    mounts = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        root, mount_point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind in ("cgroup", "cgroup2"):
            mounts.append((root, mount_point, kind, options))
    return mounts


def _delegate(own: Path) -> Path:
    """Give the version 2 folder whose children may be limited, leaving it for a leaf first if need be.

    A folder that hands controllers to its children may hold no process itself.
    """
    base = own.parent if own.name == _HOST_LEAF else own
    if own == base:
        others = [pid for pid in (own / "cgroup.procs").read_text().split() if int(pid) != os.getpid()]
        if others:
            raise SandboxError(
                f"Other processes share the cgroup {own} with this one.",
                remedy=f"To have one alone, {_DELEGATE}.",
            )
        leaf = base / _HOST_LEAF
        leaf.mkdir(exist_ok=True)
        _write(leaf / "cgroup.procs", str(os.getpid()))
    _write(base / "cgroup.subtree_control", "+memory +pids")
    return base


def _home_name() -> str:
    return f"drawloom-{os.stat('/proc/self/ns/pid').st_ino}-{os.getpid()}-{_start_time(os.getpid())}"


def _start_time(pid: int) -> int | None:
    """Give the start of a process in ticks since boot, None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[19])


def _sweep(version: int, folders: dict[str, Path]) -> None:
    """Remove what hosts left that are no longer alive; a pid alone would not do, pids are used again."""
    own_namespace = os.stat("/proc/self/ns/pid").st_ino
    for base in set(folders.values()):
        for home in base.glob("drawloom-*"):
            match = _HOME.fullmatch(home.name)
            if match is None or int(match[1]) != own_namespace:
                continue
            if _start_time(int(match[2])) == int(match[3]):
                continue
            for folder in (child for child in home.iterdir() if child.is_dir()):
                Cgroup(version, folder, folder).kill()
                _remove(folder)
            _remove(home)


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + _REMOVAL_SECONDS
    pause = 0.0005
    while True:
        try:
            folder.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause *= 2


def _events(file: Path) -> dict[str, int]:
    if not file.exists():
        return {}
    return {name: int(count) for name, count in (line.split() for line in file.read_text().splitlines())}


def _write(file: Path, text: str) -> None:
    """Write in one call, unbuffered: a buffered file would lose the error at close."""
    fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    except OSError as error:
        raise OSError(error.errno, f"{file}: {os.strerror(error.errno or 0)}") from None
    finally:
        os.close(fd)


def _write_if_there(file: Path, text: str) -> None:
    if file.exists():
        _write(file, text)
