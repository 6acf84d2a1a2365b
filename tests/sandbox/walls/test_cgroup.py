"""All processes of a child together keep to a limit where a cgroup can be had; else the reason is told."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from walled import Zygote

from drawloom.sandbox import cgroup
from drawloom.sandbox.cgroup import Home, Usage
from drawloom.sandbox.pool import cgroup_home

MANY_PROCESSES = """
import mmap, os, time
read, write = os.pipe()
for _ in range(4):
    if os.fork() == 0:
        memory = mmap.mmap(-1, 48 << 20)
        for offset in range(0, 48 << 20, 4096):
            memory[offset] = 1
        os.write(write, b"1")
        time.sleep(60)
os.close(write)
held = b""
while len(held) < 4 and (more := os.read(read, 4)):
    held += more
print(len(held))
"""


_numbers = itertools.count()


@pytest.fixture
def home() -> Home | None:
    """This process's folder of cgroups, or None where none can be had; it goes when the process ends."""
    found, why = cgroup_home(os.getpid())
    assert why
    return found


def run_in(
    zygote: Zygote, home: Home, code: str, *, memory_bytes: int, processes: int, seconds: float = 5
) -> tuple[str, Usage]:
    """Run code in a cgroup of its own; give what it printed and what it took."""
    group = home.create(f"child-{next(_numbers)}", memory_bytes=memory_bytes, processes=processes)
    try:
        printed = zygote.run(code, before=group.attach, seconds=seconds).printed
        return printed, group.usage()
    finally:
        group.remove()


def test_many_processes_together_keep_to_the_memory(zygote: Zygote, home: Home | None) -> None:
    assert zygote.run(MANY_PROCESSES).printed == "4\n"  # each for itself is below every other limit
    if home is None:
        return
    printed, usage = run_in(zygote, home, MANY_PROCESSES, memory_bytes=64 << 20, processes=64)
    assert printed != "4\n"
    assert usage.out_of_memory >= 1
    assert usage.peak_bytes is not None
    assert usage.peak_bytes <= 64 << 20


def test_files_of_the_tmpfs_count_as_memory(zygote: Zygote, home: Home | None) -> None:
    if home is None:
        return
    code = "open('/dev/shm/big', 'wb').write(bytes(1 << 20) * 100); print('written')"
    printed, usage = run_in(zygote, home, code, memory_bytes=64 << 20, processes=64)
    assert printed == ""
    assert usage.out_of_memory >= 1


def test_the_number_of_processes_is_held_too(zygote: Zygote, home: Home | None) -> None:
    if home is None:
        return
    code = """
import os, signal
try:
    while os.fork():
        pass
    signal.pause()
except BlockingIOError:
    print("refused")
"""
    printed, usage = run_in(zygote, home, code, memory_bytes=512 << 20, processes=10, seconds=2)
    assert printed == "refused\n"
    assert usage.refused_forks >= 1


def test_a_tame_child_reports_its_peak_and_no_kill(zygote: Zygote, home: Home | None) -> None:
    if home is None:
        return
    printed, usage = run_in(
        zygote, home, "print(len(bytearray(30 << 20)))", memory_bytes=256 << 20, processes=64
    )
    assert printed == f"{30 << 20}\n"
    assert usage.out_of_memory == 0
    assert usage.peak_bytes is not None
    assert usage.peak_bytes > 20 << 20


def test_killing_a_cgroup_kills_all_in_it(home: Home | None) -> None:
    if home is None:
        return
    group = home.create("killed", memory_bytes=256 << 20, processes=64)
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & sleep 60 & read wait; sleep 60"], stdin=subprocess.PIPE
    ) as shell:
        group.attach(shell.pid)
        group.kill()
        assert shell.wait(timeout=5) == -signal.SIGKILL
    group.remove()
    assert not group.memory.exists()


LEAVE_BEHIND = """
from drawloom.sandbox import cgroup
home, _ = cgroup.establish()
home.create("left", memory_bytes=64 << 20, processes=5)
print(home.memory)
"""


def test_what_a_dead_host_left_is_swept_up(home: Home | None) -> None:
    if home is None:
        return
    left = Path(
        subprocess.run(
            [sys.executable, "-c", LEAVE_BEHIND], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    assert (left / "left").is_dir()
    again, _ = cgroup.establish()
    assert again == home
    assert not left.exists()
    assert home.memory.is_dir()


def test_without_rights_the_reason_and_the_remedy_are_told(
    as_ordinary_user: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = "from drawloom.sandbox import cgroup; print(*cgroup.establish())"
    said = as_ordinary_user([sys.executable, "-c", code]).stdout
    assert said.startswith(("None ", "Home("))
    if os.geteuid() == 0:
        assert said.startswith("None ")
        assert "Delegate=yes" in said
