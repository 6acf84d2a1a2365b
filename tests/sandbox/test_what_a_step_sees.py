"""docs/sandbox.md says what a step sees and what its limits are; this holds it to that."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from drawloom import run_script
from drawloom.engine import bundles
from drawloom.sandbox import outputs, watchdog
from drawloom.sandbox.pool import PoolConfig
from drawloom.sandbox.worker import WorkLimits
from drawloom.script import graphics

LOOK = """
import errno, getpass, json, os, socket

def tried(call, *words):
    try:
        call(*words)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def azureml_main():
    seen = {
        "environment": sorted(os.environ),
        "cwd": os.getcwd(),
        "user": [os.getuid(), getpass.getuser()],
        "processes": [name for name in os.listdir("/proc") if name.isdigit()],
        "devices": sorted(os.listdir("/dev")),
        "top": sorted(os.listdir("/")),
        "writable": [tried(open, f"{folder}/file", "w")
                     for folder in (".", "/tmp", "/dev/shm", os.environ["HOME"], os.environ["TMPDIR"])],
        "one disk": len({os.stat(folder).st_dev for folder in (".", "/tmp", "/dev/shm", os.environ["HOME"])}),
        "elsewhere": [tried(open, f"{folder}/file", "w") for folder in ("/", "/usr", "/etc", "/var", "/dev")],
        "read": [tried(open, path) for path in ("/etc/shadow", "/var/log/dpkg.log", "/root/.bashrc")],
        "network": [tried(socket.socket, family) for family in (socket.AF_INET, socket.AF_INET6)],
        "unix sockets": tried(socket.socketpair),
        "input": os.read(0, 1).decode(),
    }
    print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script(LOOK).stdout)
    return found


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/sandbox.md").read_text()


def test_folders_files_and_devices(seen: dict[str, Any]) -> None:
    assert seen["cwd"] == "/w"
    assert seen["writable"] == ["done"] * 5
    assert seen["one disk"] == 1
    assert set(seen["elsewhere"]) <= {"EROFS", "EACCES", "ENOENT"}
    assert set(seen["read"]) <= {"ENOENT", "EACCES"}
    assert not {"home", "var", "sys", "boot", "run"} & set(seen["top"])
    assert not {"kvm", "tty", "mem", "kmsg", "nvidia0", "dri"} & set(seen["devices"])


def test_devices_are_those_of_the_page(seen: dict[str, Any], page: str) -> None:
    (line,) = (line for line in page.splitlines() if line.startswith("| `/dev` |"))
    assert set(re.findall(r"`(\w+)`", line)) | {"shm"} == set(seen["devices"])


def test_it_is_alone_and_nobody(seen: dict[str, Any]) -> None:
    assert seen["user"] == [1000, "user"]
    assert seen["processes"] == ["1"]
    assert seen["network"] == ["EPERM", "EPERM"]
    assert seen["unix sockets"] == "done"
    assert seen["input"] == ""


def test_none_of_the_hosts_variables(
    seen: dict[str, Any], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"PATH", "HOME", "TMPDIR", "USER", "LANG", "TZ", "PYTHONHASHSEED", "MPLBACKEND"}
    assert named <= set(seen["environment"])
    assert all(f"`{name}" in page for name in named)
    monkeypatch.setenv("SECRET_OF_THE_HOST", "1")
    script = "import os\ndef azureml_main():\n    print('SECRET_OF_THE_HOST' in os.environ)\n"
    assert run_script(script).stdout == "False\n"


def test_the_limits_of_the_page_are_those_that_hold(page: str) -> None:
    walls, work = PoolConfig().walls.limits, WorkLimits()
    mib, gib = 1024**2, 1024**3
    assert f"| {work.timeout_seconds:g} seconds |" in page
    assert f"| {walls.disk_bytes // gib} GiB, {walls.disk_files:,} files |" in page
    assert f"| {min(walls.file_bytes, work.file_bytes) // gib} GiB |" in page
    assert f"| processes and threads | {walls.processes} |" in page
    assert f"| descriptors of a process | {walls.open_files} |" in page
    assert f"| processor time of a process | {walls.cpu_seconds // 3600} hours |" in page
    assert f"| what it prints | {work.log_bytes // mib} MiB;" in page
    sizes = f"{graphics.MAX_BYTES // mib} MiB each, {graphics.MAX_TOTAL_BYTES // mib} MiB together"
    assert f"| pictures | {graphics.MAX_PICTURES}, {sizes} |" in page
    assert f"| {outputs.REPORT_BYTES // mib} MiB |" in page
    assert f"| a bundle made of a folder | {bundles._FOLDER_BYTES // gib} GiB |" in page
    assert watchdog.PERIOD_SECONDS == 0.1
    assert "ten times a second" in page
