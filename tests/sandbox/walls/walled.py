"""A process behind a real outer wall; its real children run pieces of code behind the inner walls."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drawloom.sandbox import attest, launch, launch_as_root
from drawloom.sandbox.walls.lockdown import WallsConfig

INSIDE = Path(__file__).with_name("inside.py")
SOURCES = Path(launch.__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of code: what it printed, its exit status, what it said of its walls."""

    printed: str
    status: int
    report: dict[str, str]
    failures: list[str]

    @property
    def words(self) -> list[str]:
        """The words printed."""
        return self.printed.split()


@dataclass(frozen=True)
class Zygote:
    """One process behind the outer wall that forks children on request."""

    control: socket.socket
    stderr: Path

    def run(
        self,
        code: str,
        *,
        config: WallsConfig | None = None,
        without: Sequence[str] = (),
        before: Callable[[int], object] | None = None,
        seconds: float = 20,
        fds: Sequence[int] = (),
    ) -> Outcome:
        """Run `code` in a new child.

        Parameters
        ----------
        code
            Python, executed once the walls stand.
        config
            The walls asked for.
        without
            Walls to leave out, to show what each of them stops.
        before
            Called with the host's pid of the child when its walls stand and its code has not begun.
        seconds
            How long the code may take.
        fds
            At most one descriptor for the child to inherit as number 3.
        """
        asked = {
            "code": code,
            "config": (config or WallsConfig()).to_dict(),
            "without": list(without),
            "seconds": seconds,
        }
        socket.send_fds(self.control, [json.dumps(asked).encode()], list(fds))
        data, received, _, _ = socket.recv_fds(self.control, 1 << 20, 1)
        assert data, f"the process behind the outer wall is gone: {self.stderr.read_text()}"
        try:
            if before is not None:
                before(attest.pid_of(received[0]))
        finally:
            for fd in received:
                os.close(fd)
            self.control.send(b"go")
            said: dict[str, Any] = json.loads(self.control.recv(1 << 20))
        return Outcome(**said)


@contextlib.contextmanager
def behind_the_outer_wall(folder: Path, *, masked_proc: bool = False) -> Iterator[Zygote]:
    """Start a zygote behind bubblewrap; what it says on stderr goes to a file in `folder`.

    With `masked_proc` a part of /proc is covered, as containers do it, so that no new one can be mounted.
    """
    paths = ["/usr", sys.base_prefix, sys.prefix, str(SOURCES), str(INSIDE), "/etc/ld.so.cache"]
    bwrap = launch.bubblewrap()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stderr = folder / "stderr"
    if os.geteuid() == 0:
        staged = {path: f"{launch_as_root.STAGING}/{n}" for n, path in enumerate(paths)}
    else:
        staged = {path: path for path in paths}
    program = [sys.executable, "-B", "-P", "-s", str(INSIDE), str(theirs.fileno())]
    outer = launch.arguments(bwrap, staged, theirs.fileno())
    command = [*outer[: outer.index(sys.executable)], *program]
    if masked_proc:
        command[command.index("--proc")] = "--bind"
        command.insert(command.index("--bind") + 1, "/proc")
    if os.geteuid() == 0:
        command = launch_as_root.command(command, staged, launch.SERVICE_UID)
    if masked_proc:
        privileges = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        mask = 'mount -t tmpfs -o ro tmpfs /proc/tty; exec "$@"'
        command = [
            "unshare",
            *privileges,
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-ec",
            mask,
            "sh",
            *command,
        ]
    with stderr.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[theirs.fileno()],
            env={},
            cwd="/",
        )
    theirs.close()
    with ours:
        yield Zygote(ours, stderr)
    assert process.wait(timeout=10) == 0, stderr.read_text()
