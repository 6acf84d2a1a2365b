"""The host sees for itself whether the walls of a child stand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from walled import Zygote

from drawloom.errors import SandboxError
from drawloom.sandbox import launch
from drawloom.sandbox.attest import Expectation, attest, pid_of

CHILD_UID = launch.SERVICE_UID if os.geteuid() == 0 else os.geteuid()


def parent_of(pid: int) -> int:
    """Give the pid of the parent: the zygote."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid")))


def attested(found: dict[str, str], **expected: object) -> Callable[[int], None]:
    """Make a check to be run while the child waits."""

    def check(pid: int) -> None:
        found.update(attest(pid, Expectation(uid=CHILD_UID, unlike=(parent_of(pid),))))

    return check


def test_a_walled_child_passes_and_shares_no_namespace_with_host_or_zygote(zygote: Zygote) -> None:
    found: dict[str, str] = {}
    zygote.run("", before=attested(found))
    assert found["seccomp"] == "mode 2"
    assert found["no_new_privs"] == "1"
    assert found["namespaces"] == "shared with others: none"


@pytest.mark.parametrize(
    ("without", "named"),
    [
        (["seccomp"], "seccomp"),
        (["capabilities", "seccomp"], "seccomp"),
        (["capabilities"], "capabilities"),
        (["identity", "user namespaces"], "namespaces"),
    ],
)
def test_a_missing_wall_is_named(zygote: Zygote, without: list[str], named: str) -> None:
    with pytest.raises(SandboxError, match=f"wall '{named}'") as refusal:
        zygote.run("", without=without, before=attested({}))
    assert "drawloom doctor" in refusal.value.remedy


def test_a_child_of_another_uid_is_refused(zygote: Zygote) -> None:
    with pytest.raises(SandboxError, match="wall 'identity'"):
        zygote.run("", before=lambda pid: attest(pid, Expectation(uid=CHILD_UID + 1)))


def test_an_ordinary_process_is_refused() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            with pytest.raises(SandboxError, match="does not stand"):
                attest(process.pid, Expectation())
        finally:
            process.kill()


def test_a_process_that_has_ended_is_refused() -> None:
    with subprocess.Popen(["true"]) as process:
        pidfd = os.pidfd_open(process.pid)
        assert pid_of(pidfd) == process.pid
        process.wait()
        with pytest.raises(ProcessLookupError, match="ended before"):
            attest(process.pid, Expectation())
    with pytest.raises(ProcessLookupError, match="ended before"):
        pid_of(pidfd)
    os.close(pidfd)
