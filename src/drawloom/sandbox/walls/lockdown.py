"""All inner walls in the one order that works, and the proof that they stand.

Mounts come before the inner user namespace (which may not mount), that before the capabilities go
(writing its maps needs them), Landlock after the last mount (it forbids mounting), and the system-call
filter last (it forbids most of the earlier calls).
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import os
import resource
import select
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drawloom.errors import SandboxError
from drawloom.sandbox.places import SCRATCH, WORK
from drawloom.sandbox.walls import (
    calls,
    capabilities,
    filesystem,
    identity,
    landlock,
    namespaces,
    rlimits,
    seccomp,
)
from drawloom.sandbox.walls.rlimits import Limits

__all__ = ["Limits", "WallsConfig", "lock_down", "prepare", "self_test"]

KEPT_DESCRIPTORS = 4  # stdin, stdout, stderr and the job socket
_WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class WallsConfig:
    """What the walls of one child are to be.

    Parameters
    ----------
    limits
        What the child may take.
    loopback
        Give the child a loopback interface and let it open IPv4 and IPv6 sockets on it.
    lowest_landlock_abi
        Refuse to run where the kernel's Landlock is older. 6 is the first with scopes.
    """

    limits: Limits = field(default_factory=Limits)
    loopback: bool = False
    lowest_landlock_abi: int = 6

    def to_dict(self) -> dict[str, Any]:
        """Give the configuration as plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> WallsConfig:
        """Read what `to_dict` wrote."""
        return cls(**{**values, "limits": Limits(**values["limits"])})


def prepare(config: WallsConfig) -> None:
    """Do once, in the zygote, what every child of it would do again.

    Raises
    ------
    SandboxError
        Where the kernel's Landlock is older than the configuration accepts.
    """
    capabilities.last()
    seccomp.build(os.uname().machine, loopback=config.loopback)
    if landlock.abi() < config.lowest_landlock_abi:
        raise SandboxError(
            f"The wall 'landlock' is version {landlock.abi()} here, below {config.lowest_landlock_abi}.",
            remedy="Use Linux 6.12 or newer, started with `landlock` among its security modules (lsm=).",
        )


def lock_down(config: WallsConfig) -> dict[str, str]:
    """Put every wall around the calling process, for good.

    Call it in a child made by `namespaces.fork_into_new_pid_namespace`, with one thread, whose
    descriptors 0 to 3 are the ones to keep; all others are closed.

    Returns
    -------
    dict of str to str
        Wall -> what stands.

    Raises
    ------
    OSError, SandboxError
        Where a wall cannot be built. The process may then be half walled: it must exit.
    """
    prepare(config)
    limits = config.limits
    calls.call("close_range", KEPT_DESCRIPTORS, 0xFFFFFFFF, 0)
    report = {"namespaces": namespaces.enter(loopback=config.loopback)}
    proc, mounted = filesystem.enclose(disk_bytes=limits.disk_bytes, disk_files=limits.disk_files)
    report |= mounted
    report["identity"] = identity.enter_user_namespace(proc)
    if mounted["proc"].startswith("own"):
        report["user namespaces"] = identity.forbid_user_namespaces(proc)
    os.close(proc)
    report["rlimits"] = rlimits.apply(limits)
    report["capabilities"] = capabilities.drop_all()
    paths = {"/": landlock.READ, SCRATCH: landlock.WRITE, WORK: landlock.WRITE}
    paths |= dict.fromkeys(_WRITABLE_DEVICES, landlock.DEVICE)
    report["landlock"] = landlock.restrict(paths, tcp=config.loopback)
    report["seccomp"] = seccomp.apply(seccomp.build(os.uname().machine, loopback=config.loopback))
    return report


def self_test(config: WallsConfig) -> list[str]:
    """Try what must no longer be possible, and what must be.

    Returns
    -------
    list of str
        What went wrong, one sentence each; empty where the walls stand.
    """
    return [
        *_calls_that_succeed(config),
        *_files_that_open(),
        *_wrong_properties(config),
    ]


def _calls_that_succeed(config: WallsConfig) -> list[str]:
    """Try forbidden calls, each formed so that it would do no harm were it let through."""
    buffer = ctypes.create_string_buffer(128)
    attempts: list[tuple[str, tuple[calls.Argument, ...]]] = [
        ("mount", (b"none", b"/missing", b"tmpfs", 0, None)),
        ("umount2", (b"/missing", 0)),
        ("pivot_root", (b"/missing", b"/missing")),
        ("chroot", (b"/missing",)),
        ("fsopen", (b"missing", 0)),
        ("open_tree", (calls.AT_FDCWD, b"/missing", 0)),
        ("mount_setattr", (calls.AT_FDCWD, b"/missing", 0, buffer, 32)),
        ("setns", (0, 0)),
        ("unshare", (calls.CLONE_NEWUSER | 1,)),  # with a flag that is invalid, were it let through
        ("clone", (calls.CLONE_NEWUSER | 0x200, 0, 0, 0, 0)),  # with CLONE_FS: invalid, were it let through
        ("ptrace", (16, 1, 0, 0)),
        ("process_vm_readv", (1, buffer, 0, buffer, 0, 0)),
        ("pidfd_getfd", (0, 0, 0)),
        ("kcmp", (1, 1, 0, 0, 0)),
        ("keyctl", (0, 0, 0, 0, 0)),
        ("add_key", (b"user", b"x", b"x", 1, -1)),
        ("request_key", (b"user", b"x", None, 0)),
        ("bpf", (0, buffer, 0)),
        ("perf_event_open", (buffer, 0, -1, -1, 0)),
        ("userfaultfd", (0,)),
        ("io_uring_setup", (0, buffer)),
        ("memfd_create", (b"x", 0)),
        ("shmget", (0, 4096, 0o600)),
        ("msgget", (0, 0o600)),
        ("mq_open", (b"x", 0o102, 0o600, None)),
        ("seccomp", (2, 0, buffer)),
        ("open_by_handle_at", (0, buffer, 0)),
        ("fanotify_init", (0, 0)),
        ("init_module", (buffer, 0, b"")),
        ("reboot", (0, 0, 0, None)),
        ("clock_settime", (99, buffer)),
        ("syslog", (3, buffer, 0)),
        ("personality", (0x0040000,)),
        ("prctl", (22, 0, 0, 0, 0)),
        ("ioctl", (0, 0x5412, buffer)),
        ("socket", (16, 3, 0)),
        ("socket", (17, 3, 0)),
        ("socket", (40, 1, 0)),
    ]
    if not config.loopback:
        attempts += [("socket", (2, 1, 0)), ("socket", (10, 1, 0))]
    known = calls.numbers(os.uname().machine)
    results = [(name, args, calls.attempt(name, *args)) for name, args in attempts if name in known]
    return [
        f"{name}{args[:1]} gave {result}, not EPERM"
        for name, args, result in results
        if result != -errno.EPERM
    ]


def _files_that_open() -> list[str]:
    wrong = []
    for folder in ("/", "/usr", "/etc", "/dev", "/var"):
        try:
            os.close(os.open(folder, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600))
            wrong.append(f"{folder} can be written")
        except OSError:
            continue
    node = f"{WORK}/device"
    try:
        # A whiteout is the one device an ordinary user may make, and only Landlock forbids it.
        os.mknod(node, stat.S_IFCHR | 0o600, 0)
        os.unlink(node)
        wrong.append("a device node could be made")
    except OSError as error:
        if error.errno != errno.EACCES:
            wrong.append(f"making a device node failed otherwise than by Landlock: {error}")
    for path in ("/proc/self/uid_map", "/proc/self/oom_score_adj", "/proc/sys/user/max_user_namespaces"):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
            wrong.append(f"{path} can be opened for writing")
        except OSError:
            continue
    for folder in (WORK, "/tmp", "/dev/shm", f"{SCRATCH}/home"):  # noqa: S108
        try:
            os.close(os.open(folder, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600))
        except OSError as error:
            wrong.append(f"{folder} cannot be written: {error}")
    return wrong


def _wrong_properties(config: WallsConfig) -> list[str]:
    capability_sets = ctypes.create_string_buffer(24)
    calls.attempt("capget", calls.struct_of_words(0x20080522), capability_sets)
    limits = config.limits
    expected: dict[str, tuple[object, object]] = {
        "process id": (os.getpid(), 1),
        "user and group": ((os.getresuid(), os.getresgid()), ((identity.UID,) * 3, (identity.UID,) * 3)),
        "working directory": (os.getcwd(), WORK),
        "capabilities": (capability_sets.raw, bytes(24)),
        "no_new_privs": (calls.attempt("prctl", 39, 0, 0, 0, 0), 1),
        "filter mode": (calls.attempt("prctl", 21, 0, 0, 0, 0), 2),
        "descriptors": (_descriptors(limits.open_files), list(range(KEPT_DESCRIPTORS))),
        "core limit": (resource.getrlimit(resource.RLIMIT_CORE), (0, 0)),
        "process limit": (resource.getrlimit(resource.RLIMIT_NPROC)[1] <= limits.processes, True),
    }
    with contextlib.suppress(FileNotFoundError), open("/proc/sys/user/max_user_namespaces", "rb") as file:
        expected["number of further user namespaces"] = (int(file.read()), 0)
    return [
        f"the {name} is {found}, not {wanted}"
        for name, (found, wanted) in expected.items()
        if found != wanted
    ]


def _descriptors(highest: int) -> list[int]:
    """Give the open descriptors below `highest`, found without /proc, which may be missing."""
    every = select.poll()
    for fd in range(highest):
        every.register(fd)
    closed = {fd for fd, event in every.poll(0) if event & select.POLLNVAL}
    return [fd for fd in range(highest) if fd not in closed]
