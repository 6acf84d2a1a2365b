"""Landlock is a second lock on files and the network, and the kernel must have a version that will do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from walled import Zygote

from drawloom.errors import SandboxError
from drawloom.sandbox.walls import landlock, lockdown
from drawloom.sandbox.walls.lockdown import WallsConfig

BIND = """
import socket
try:
    socket.socket().bind(("0.0.0.0", 0)); print("bound")
except PermissionError:
    print("refused")
"""


def test_tcp_is_refused_even_where_the_call_filter_is_missing(zygote: Zygote) -> None:
    assert zygote.run(BIND, without=["seccomp"]).printed == "refused\n"
    assert zygote.run(BIND, without=["seccomp", "landlock"]).printed == "bound\n"


def test_a_leaked_descriptor_of_a_host_folder_opens_nothing(zygote: Zygote, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    tmp_path.chmod(0o755)
    code = """
import os
try:
    print(os.read(os.open("secret", os.O_RDONLY, dir_fd=0), 10).decode())
except PermissionError:
    print("refused")
"""
    leaked = os.open(tmp_path, os.O_RDONLY)
    try:
        assert zygote.run(code, fds=[leaked]).printed == "refused\n"
        assert zygote.run(code, fds=[leaked], without=["landlock"]).printed == "s3cret\n"
    finally:
        os.close(leaked)


def test_a_read_only_descriptor_cannot_be_opened_again_for_writing(zygote: Zygote, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(b"table")
    path.chmod(0o666)
    code = """
import os
try:
    os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"HACK"); print("altered")
except OSError:
    print("refused")
"""
    handed = os.open(path, os.O_RDONLY)
    try:
        assert zygote.run(code, fds=[handed]).printed == "refused\n"
        assert path.read_bytes() == b"table"
        assert zygote.run(code, fds=[handed], without=["landlock"]).printed == "altered\n"
    finally:
        os.close(handed)


def test_no_device_node_can_be_made(zygote: Zygote) -> None:
    code = """
import os, stat
try:
    os.mknod("device", stat.S_IFCHR | 0o600, 0); print("made")
except PermissionError:
    print("refused")
os.mkfifo("pipe")
"""
    assert zygote.run(code).printed == "refused\n"
    assert zygote.run(code, without=["landlock"]).printed == "made\n"


def test_the_report_names_the_version(zygote: Zygote) -> None:
    assert zygote.run("").report["landlock"].startswith(f"ABI {landlock.abi()}")


def test_a_kernel_whose_landlock_is_too_old_is_refused_with_the_remedy() -> None:
    with pytest.raises(SandboxError, match="landlock") as refusal:
        lockdown.prepare(WallsConfig(lowest_landlock_abi=landlock.abi() + 1))
    assert "Linux 6.12" in refusal.value.remedy
