"""A child can write to its private tmpfs alone, and to that only as much as it was given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from walled import SOURCES, Zygote, behind_the_outer_wall

from drawloom.sandbox.walls.lockdown import Limits, WallsConfig

TRY = """
def attempt(action):
    try:
        action()
    except OSError as error:
        print(error.strerror)
    else:
        print("done")
"""


def test_the_working_directory_is_fresh_empty_and_writable(zygote: Zygote) -> None:
    code = "import os; print(os.getcwd(), os.listdir()); open('mine', 'w').write('x'); print(os.listdir())"
    assert zygote.run(code).printed == "/w []\n['mine']\n"
    assert zygote.run(code).printed == "/w []\n['mine']\n"


def test_nothing_is_left_for_the_next_child(zygote: Zygote) -> None:
    code = """
import os
for folder in ("/tmp", "/dev/shm", os.environ["HOME"]):
    print("residue" in os.listdir(folder))
    with open(folder + "/residue", "w") as file:
        file.write("x")
"""
    assert zygote.run(code).printed == "False\n" * 3
    assert zygote.run(code).printed == "False\n" * 3


@pytest.mark.parametrize(
    "folder", ["/", "/usr", "/usr/lib", "/etc", "/dev", "/proc", "/scratch/..", str(SOURCES / "drawloom")]
)
def test_everything_else_is_read_only(zygote: Zygote, folder: str) -> None:
    code = TRY + f"attempt(lambda: open({folder!r} + '/planted', 'w'))"
    assert zygote.run(code).printed.strip() in {
        "Permission denied",
        "Read-only file system",
        "No such file or directory",
    }
    assert zygote.run(code, without=["landlock"]).printed.strip() != "done"


def test_installed_packages_cannot_be_changed(zygote: Zygote) -> None:
    code = (
        TRY
        + """
import drawloom, os
attempt(lambda: open(drawloom.__file__, "a"))
attempt(lambda: os.unlink(drawloom.__file__))
"""
    )
    assert set(zygote.run(code).printed.splitlines()) <= {"Permission denied", "Read-only file system"}


def test_a_secret_of_the_host_cannot_be_read(zygote: Zygote, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    paths = [
        str(secret),
        f"/proc/1/root{secret}",
        f"/proc/self/cwd/../{secret}",
        "/etc/shadow",
        "/etc/machine-id",
    ]
    code = TRY + f"for path in {paths!r}: attempt(lambda: open(path).read())"
    assert set(zygote.run(code).printed.splitlines()) <= {"No such file or directory", "Permission denied"}


def test_the_disk_is_full_when_its_size_is_reached_across_all_folders(zygote: Zygote) -> None:
    code = """
import os
taken = 0
for folder in ("/w", "/tmp", "/dev/shm", os.environ["HOME"]):
    try:
        with open(folder + "/bomb", "wb", buffering=0) as file:
            while True:
                taken += file.write(bytes(1 << 20))
    except OSError as error:
        print(error.strerror)
print(taken >> 20)
"""
    config = WallsConfig(limits=replace(Limits(), disk_bytes=16 << 20))
    *errors, taken = zygote.run(code, config=config).printed.splitlines()
    assert errors == ["No space left on device"] * 4
    assert int(taken) <= 16


def test_files_can_be_made_until_their_number_is_reached(zygote: Zygote) -> None:
    code = (
        TRY
        + """
import os
def bomb():
    for number in range(1000):
        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))
attempt(bomb)
print(len(os.listdir()))
"""
    )
    config = WallsConfig(limits=replace(Limits(), disk_files=100))
    message, made = zygote.run(code, config=config).printed.splitlines()
    assert message == "No space left on device"
    assert int(made) < 100


def test_set_user_id_and_device_files_mean_nothing_on_the_tmpfs(zygote: Zygote) -> None:
    code = (
        "print(*[line.split()[3] for line in open('/proc/mounts') if line.split()[1] in ('/w', '/scratch')])"
    )
    for options in zygote.run(code).words:
        assert {"nosuid", "nodev"} <= set(options.split(","))


def test_there_are_no_devices_but_the_harmless_ones(zygote: Zygote) -> None:
    code = """
import os, stat
print(*sorted(name for name in os.listdir("/dev") if stat.S_ISCHR(os.lstat("/dev/" + name).st_mode)))
"""
    assert zygote.run(code).words == ["full", "null", "random", "urandom", "zero"]
    write = "open('/dev/null', 'wb').write(b'x'); print(len(os.urandom(3)), open('/dev/zero', 'rb').read(2))"
    assert zygote.run("import os; " + write).printed == "3 b'\\x00\\x00'\n"


def test_a_process_cannot_reach_the_zygote_through_proc(zygote: Zygote) -> None:
    code = (
        TRY + "import os; print(os.getppid()); attempt(lambda: open(f'/proc/{os.getppid()}/environ').read())"
    )
    assert zygote.run(code).printed == "0\nNo such file or directory\n"


def test_kernel_internals_in_proc_stay_shut(zygote: Zygote) -> None:
    paths = [
        "/proc/kcore",
        "/proc/kmsg",
        "/proc/slabinfo",
        "/proc/vmallocinfo",
        "/proc/kpagemap",
        "/proc/sysrq-trigger",
    ]
    code = TRY + f"for path in {paths!r}: attempt(lambda: open(path, 'rb').read(1))"
    assert set(zygote.run(code).printed.splitlines()) <= {
        "Permission denied",
        "No such file or directory",
        "Operation not permitted",
    }


def test_tuning_the_kernel_through_proc_is_refused(zygote: Zygote) -> None:
    paths = [
        "/proc/sys/kernel/hostname",
        "/proc/sys/vm/drop_caches",
        "/proc/self/oom_score_adj",
        "/proc/self/uid_map",
    ]
    code = TRY + f"for path in {paths!r}: attempt(lambda: open(path, 'w'))"
    for walls in ([], ["landlock"]):  # the mount of /proc is read-only by itself, too
        assert set(zygote.run(code, without=walls).printed.splitlines()) <= {
            "Permission denied",
            "Read-only file system",
        }


def test_where_no_proc_can_be_mounted_there_is_none_and_the_report_says_so(tmp_path: Path) -> None:
    with behind_the_outer_wall(tmp_path, masked_proc=True) as zygote:
        outcome = zygote.run("import os; print(os.listdir('/proc'), os.getpid(), os.getuid())")
        assert outcome.printed == "[] 1 1000\n"
        assert outcome.report["proc"].startswith("none: ")
        assert outcome.failures == []
