"""The doctor: builds a child for real and tells which walls stand here, what is missing, and the remedy."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from drawloom.errors import SandboxError
from drawloom.sandbox import launch
from drawloom.sandbox.outputs import new_memory_file, read_report, seal
from drawloom.sandbox.pool import Pool, PoolConfig
from drawloom.sandbox.worker import WorkLimits

_REFUSALS = ("ermitted", "denied", "namespace", "uid map", "mount", "No space left on device")
_LEVELS = {
    4: "full: every wall stands",
    3: "no cgroup: the memory of all processes of a step together is watched, not walled",
    0: "none: nothing can be run here",
}


@dataclass(frozen=True)
class Wall:
    """One wall: whether it stands, what was found, and the remedy where it does not."""

    name: str
    stands: bool
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What this machine can do.

    Attributes
    ----------
    level
        4 full, 3 without a cgroup, 0 nothing runs.
    machine
        Kernel, user, versions.
    walls
        Each wall.
    ready_seconds
        From nothing to the first walled child, and from there to the next.
    """

    level: int
    machine: dict[str, str]
    walls: list[Wall] = field(default_factory=list)
    ready_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The level in words."""
        return _LEVELS[self.level]

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {**asdict(self), "verdict": self.verdict}


def diagnose() -> Diagnosis:
    """Start a zygote, take a child, hand it work, and say what stood around it."""
    machine = {
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "user": "root" if os.geteuid() == 0 else f"uid {os.geteuid()}",
        "lowest level accepted": os.environ.get("DRAWLOOM_MIN_WALLS", "3"),
    }
    try:
        machine["bubblewrap"] = str(launch.bubblewrap())
    except SandboxError as error:
        return Diagnosis(0, machine, [Wall("bubblewrap", False, error.message, error.remedy)])
    started = time.perf_counter()
    pool = Pool(PoolConfig(size=0, imports=(), warm=False))
    try:
        worker = pool.take()
        first = time.perf_counter() - started
        walls = worker.walls
        works = _answers(worker)
        started = time.perf_counter()
        pool.take().close()
        second = time.perf_counter() - started
        worker.close()
    except SandboxError as error:
        return Diagnosis(0, machine, [Wall("sandbox", False, error.message, remedy(error.message))])
    finally:
        pool.close()
    stand = [Wall(name, True, str(found)) for name, found in walls["built"].items()]
    stand.append(Wall("seen from outside", True, ", ".join(walls["attested"])))
    stand.append(Wall("a worker answers", works, "it did a piece of work" if works else "it did not"))
    counted = walls["level"] == 4
    note = str(walls["cgroup"])
    stand.append(Wall("cgroup", counted, note, "" if counted else "Steps run, at level 3."))
    return Diagnosis(walls["level"], machine, stand, {"first": first, "next": second})


def echo(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Do the doctor's piece of work: say back what was asked."""
    os.write(outputs["report"], b'{"echo": true}')
    return {"asked": spec["ask"]}


def _answers(worker: Any) -> bool:
    report = new_memory_file("report")
    try:
        finished, counts = worker.run(
            "drawloom.sandbox.doctor:echo",
            {"ask": 7},
            {},
            {"report": report},
            limits=WorkLimits(timeout_seconds=10),
        )
        return finished and counts == {"asked": 7} and seal(report) and read_report(report) == {"echo": True}
    finally:
        os.close(report)


def remedy(message: str) -> str:
    """Say what to change where no child can be walled in, from the message and this machine's settings."""
    refused = any(word in message for word in _REFUSALS)
    found = [text for is_so, text in _causes() if is_so and refused]
    if found:
        return " ".join(found)
    return "The settings of this machine allow what the sandbox needs; the message above is the kernel's."


def _causes() -> list[tuple[bool, str]]:
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    return [
        (
            _setting("user/max_user_namespaces") == "0",
            "User namespaces are switched off: `sysctl user.max_user_namespaces=15000`.",
        ),
        (
            _setting("kernel/unprivileged_userns_clone") == "0" and os.geteuid() != 0,
            "User namespaces are root's alone here: `sysctl kernel.unprivileged_userns_clone=1`.",
        ),
        (
            _setting("kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid() != 0,
            "AppArmor forbids unprivileged user namespaces (Ubuntu): "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or give bubblewrap a profile with "
            "`userns,`.",
        ),
        (
            in_container,
            "In a container, start it with `--security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`: the default "
            "profile refuses namespaces.",
        ),
    ]


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return None
