"""The sandbox of a resolution or a build: it can write one folder and reach the package index, nothing else.

bubblewrap gives it a root of read-only system folders and namespaces of its own; as root it is run by the
service uid, as the children of a zygote are.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from drawloom.environment import relay
from drawloom.environment.gate import Gate
from drawloom.environment.settings import Settings
from drawloom.errors import InputError, LimitError, SandboxError
from drawloom.sandbox import launch, launch_as_root

ROOM = "/room"
"""Where the one writable folder lies inside."""

_ELF = b"\x7fELF"
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Said:
    """How a command ended, what it printed, and where it wanted to go but may not."""

    status: int
    stdout: str
    stderr: str
    refused: frozenset[tuple[str, int]] = frozenset()


def uv() -> Path:
    """Find the program uv: the wheel's, else one on the PATH (not a script that stands for it).

    Raises
    ------
    InputError
        There is none.
    """
    names = [Path(sys.prefix, "bin", "uv"), Path(sys.base_prefix, "bin", "uv")]
    spec = find_spec("uv")
    if spec is not None:
        names.insert(0, Path(import_module("uv").find_uv_bin()))
    names += [Path(folder, "uv") for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for name in names:
        if name.is_file() and os.access(name, os.X_OK):
            with name.open("rb") as file:
                if file.read(4) == _ELF:
                    return name.resolve()
    raise InputError(
        "uv, which resolves and builds environments, is not installed.",
        code="1000",
        remedy="Install it: `pip install uv`.",
    )


def run(
    words: Sequence[str], room: Path, settings: Settings, *, network: bool, timeout_seconds: float = 1800.0
) -> Said:
    """Run uv behind walls.

    Parameters
    ----------
    words
        Its arguments; `room` is `/room` to it, and the working directory.
    room
        The only folder it can write.
    network
        Whether it may reach the hosts of the index.

    Raises
    ------
    SandboxError
        The sandbox cannot be built.
    LimitError
        It took too long.
    """
    bwrap = launch.bubblewrap()
    program = uv()
    staged = launch.read_only_paths()
    for path in (program, *settings.folders, *_certificates()):
        if path.exists() and not any(path.is_relative_to(known) for known in staged):
            staged[str(path)] = str(path)
    ours, theirs = socket.socketpair()
    gate = Gate(settings.hosts if network else frozenset())
    with ours, theirs:
        uv_words = [str(program), *words]
        entry = [
            os.path.realpath(sys.executable),
            "-I",
            "-S",
            str(Path(relay.__file__)),
            str(theirs.fileno()),
        ]
        command = [*_outer(bwrap, staged, room, settings), *entry, *uv_words]
        if os.geteuid() == 0:
            command = _as_service(bwrap, staged, room, settings, [*entry, *uv_words])
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env={},
            cwd="/",
            umask=0o022,
        )
        theirs.close()
        with gate.open(ours):
            try:
                out, err = process.communicate(timeout=timeout_seconds)
            except BaseException as error:
                process.kill()
                process.communicate()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise LimitError(
                        f"uv took longer than {timeout_seconds:g} seconds and was stopped.", code="0072"
                    ) from None
                raise
    said = err.decode("utf-8", "replace")
    if said.startswith("bwrap:") or "launch_as_root" in said:
        raise SandboxError(
            f"The sandbox for packages could not be started: {said.strip().splitlines()[-1]}.",
            remedy="Nothing was built. `drawloom doctor` shows which wall is missing here.",
        )
    return Said(process.returncode, out.decode("utf-8", "replace"), said, frozenset(gate.refused))


def give(folder: Path) -> None:
    """Let the sandbox write a folder of ours: as root it is run by another user."""
    if os.geteuid() == 0:
        os.chown(folder, launch.SERVICE_UID, launch.SERVICE_UID)


def clear(folder: Path) -> None:
    """Remove a folder and all in it; links are removed, never followed."""
    shutil.rmtree(folder, ignore_errors=True)


def _as_service(
    bwrap: Path, staged: dict[str, str], room: Path, settings: Settings, inner: list[str]
) -> list[str]:
    places = {
        source: f"{launch_as_root.STAGING}/{n}" for n, source in enumerate([*staged.values(), str(room)])
    }
    moved = {inside: places[source] for inside, source in staged.items()}
    outer = _outer(bwrap, moved, Path(places[str(room)]), settings)
    return launch_as_root.command([*outer, *inner], places, launch.SERVICE_UID)


def _outer(bwrap: Path, staged: dict[str, str], room: Path, settings: Settings) -> list[str]:
    command = [str(bwrap), "--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session"]
    command += ["--hostname", "drawloom", "--clearenv"]
    for name, value in _environment(settings).items():
        command += ["--setenv", name, value]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/tmp/home"]  # noqa: S108
    for inside, source in staged.items():
        command += ["--ro-bind", source, inside]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    return [*command, "--bind", str(room), ROOM, "--remount-ro", "/", "--chdir", ROOM, "--"]


def _environment(settings: Settings) -> dict[str, str]:
    variables = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp/home",  # noqa: S108
        "LANG": "C.UTF-8",
        "UV_CACHE_DIR": f"{ROOM}/uv",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_HTTP_RETRIES": "4",
        "UV_HTTP_TIMEOUT": "60",
        "UV_CONCURRENT_DOWNLOADS": "8",
    }
    named = {name: os.environ[name] for name in _CERTIFICATES if os.environ.get(name)}
    return variables | named | dict(settings.index)


def _certificates() -> list[Path]:
    return [Path(os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)]
