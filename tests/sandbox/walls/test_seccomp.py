"""The filter lets through what it lists, refuses the rest, and reads the arguments where they matter."""

from __future__ import annotations

import errno
import os
import struct
from dataclasses import replace

import pytest
from walled import Zygote

from drawloom.sandbox.walls import calls, seccomp
from drawloom.sandbox.walls.lockdown import WallsConfig

MACHINES = ("x86_64", "aarch64")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW = 0x7FFF0000


def verdict(program: bytes, architecture: int, number: int, *arguments: int) -> str:
    """Run a filter as the kernel would; give `allow` or the name of the error."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    instructions = list(struct.iter_unpack("<HBBI", program))
    position, word = 0, 0
    while True:
        code, if_true, if_false, value = instructions[position]
        position += 1
        match code:
            case 0x20:
                word = struct.unpack_from("<I", data, value)[0]
            case 0x05:
                position += value
            case 0x15:
                position += if_true if word == value else if_false
            case 0x35:
                position += if_true if word >= value else if_false
            case 0x45:
                position += if_true if word & value else if_false
            case 0x06:
                return "allow" if value == ALLOW else errno.errorcode[value & 0xFFFF]
            case _:
                raise AssertionError(f"an instruction the filter should not have: {code:#x}")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    """Each kind of machine the filter is made for."""
    return str(request.param)


JUDGED_BY_ARGUMENTS = {"clone", "socket", "socketpair", "ioctl", "prctl", "personality"}


def test_every_call_of_the_table_gets_its_verdict(machine: str) -> None:
    program = seccomp.build(machine, loopback=False)
    for name, number in calls.numbers(machine).items():
        if name in JUDGED_BY_ARGUMENTS:
            continue
        expected = "allow" if name in seccomp.ALLOWED else "ENOSYS" if name == "clone3" else "EPERM"
        assert verdict(program, ARCHITECTURES[machine], number) == expected, name


def test_every_allowed_name_is_a_call_of_some_machine() -> None:
    assert set().union(*(calls.numbers(machine) for machine in MACHINES)) >= seccomp.ALLOWED


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x11,), "allow"),
        ("clone", (0x3D0F00,), "allow"),  # a thread
        ("clone", (0x10000011,), "EPERM"),
        ("clone", (0x20000011,), "EPERM"),
        ("clone", (0x00020011,), "EPERM"),
        ("clone", (0x02000011,), "EPERM"),
        ("clone", (0x04000011,), "EPERM"),
        ("clone", (0x08000011,), "EPERM"),
        ("clone", (0x40000011,), "EPERM"),
        ("socket", (1, 1), "allow"),
        ("socket", (2, 1), "EPERM"),
        ("socket", (10, 1), "EPERM"),
        ("socket", (16, 3), "EPERM"),
        ("socket", (40, 1), "EPERM"),
        ("socket", (0x1_0000_0001, 1), "allow"),  # the kernel, too, reads only the low word
        ("socketpair", (1, 1), "allow"),
        ("socketpair", (2, 1), "EPERM"),
        ("ioctl", (0, 0x5401), "allow"),
        ("ioctl", (0, 0x5412), "EPERM"),
        ("ioctl", (0, 0x1_0000_5412), "EPERM"),
        ("ioctl", (0, 0x541C), "EPERM"),
        ("ioctl", (0, 0x8912), "EPERM"),
        ("prctl", (15,), "allow"),
        ("prctl", (22,), "EPERM"),
        ("prctl", (28,), "EPERM"),
        ("personality", (0xFFFFFFFF,), "allow"),
        ("personality", (0x0040000,), "EPERM"),
        ("personality", (8,), "EPERM"),
    ],
)
def test_arguments_decide_where_they_matter(
    machine: str, name: str, arguments: tuple[int, ...], expected: str
) -> None:
    program = seccomp.build(machine, loopback=False)
    assert verdict(program, ARCHITECTURES[machine], calls.numbers(machine)[name], *arguments) == expected


def test_a_loopback_opens_internet_sockets_and_no_others(machine: str) -> None:
    program = seccomp.build(machine, loopback=True)
    number = calls.numbers(machine)["socket"]
    allowed = [
        family for family in range(50) if verdict(program, ARCHITECTURES[machine], number, family) == "allow"
    ]
    assert allowed == [1, 2, 10]


def test_unknown_numbers_and_other_architectures_have_no_calls(machine: str) -> None:
    program = seccomp.build(machine, loopback=False)
    for number in (max(calls.numbers(machine).values()) + 1, 1000, 0x40000000, 0x40000027, 0xFFFFFFFF):
        assert verdict(program, ARCHITECTURES[machine], number) == "ENOSYS"
    for architecture in {0x40000003, 0x40000028, *ARCHITECTURES.values()} - {ARCHITECTURES[machine]}:
        assert verdict(program, architecture, 0) == "ENOSYS"


REFUSED = {
    "memfd_create": 'calls.attempt("memfd_create", b"x", 0)',
    "userfaultfd": 'calls.attempt("userfaultfd", 1)',
    "keyctl": 'calls.attempt("add_key", b"user", b"name", b"value", 5, -3)',
    "netlink": 'calls.attempt("socket", 16, 3, 0)',
    "system v memory": 'calls.attempt("shmget", 0, 4096, 0o1600)',
    "message queue": 'calls.attempt("msgget", 0, 0o1600)',
    "tracing": 'calls.attempt("ptrace", 0, 0, 0, 0)',
    "landlock rules of one's own": 'calls.attempt("landlock_create_ruleset", None, 0, 1)',
    "compare kernel objects": 'calls.attempt("kcmp", 1, 1, 0, 0, 0)',
    "personality": 'calls.attempt("personality", 0x40000)',
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_a_call_the_kernel_would_grant_is_refused(zygote: Zygote, attempt: str) -> None:
    code = f"from drawloom.sandbox.walls import calls\nprint({attempt})"
    assert zygote.run(code).printed == f"-{errno.EPERM}\n"
    assert int(zygote.run(code, without=["seccomp"]).printed) >= 0


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("io_uring_setup", "4, bytes(120)"),
        ("bpf", "0, bytes(128), 72"),
        ("perf_event_open", "bytes(128), 0, -1, -1, 0"),
        ("process_vm_readv", "1, bytes(16), 1, bytes(16), 1, 0"),
        ("pidfd_getfd", "0, 0, 0"),
        ("open_by_handle_at", "0, bytes(16), 0"),
        ("clock_settime", "99, bytes(16)"),
        ("fsopen", "b'tmpfs', 0"),
        ("init_module", "bytes(8), 8, b''"),
        ("quotactl", "0, None, 0, None"),
    ],
)
def test_the_doors_of_the_kernel_are_shut_before_it_looks_who_asks(
    zygote: Zygote, name: str, arguments: str
) -> None:
    code = f"from drawloom.sandbox.walls import calls\nprint(calls.attempt({name!r}, {arguments}))"
    assert zygote.run(code).printed == f"-{errno.EPERM}\n"


def test_a_terminal_of_ones_own_cannot_be_typed_into(zygote: Zygote) -> None:
    code = """
import fcntl
try:
    fcntl.ioctl(0, 0x5412, b"x")
except OSError as error:
    print(error.errno)
"""
    assert zygote.run(code).printed == f"{errno.EPERM}\n"


SIDE_DOORS = """
import ctypes, mmap
GETPID_BY_INT_80 = bytes.fromhex("b8 14 00 00 00 cd 80 c3")
GETPID_OF_X32 = bytes.fromhex("b8 27 00 00 40 0f 05 c3")
for code in (GETPID_BY_INT_80, GETPID_OF_X32):
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    print(function())
"""


def test_the_32_bit_and_x32_side_doors_are_shut(zygote: Zygote) -> None:
    if os.uname().machine == "x86_64":
        assert zygote.run(SIDE_DOORS).printed == f"-{errno.ENOSYS}\n" * 2
    else:
        assert "int" not in calls.numbers(os.uname().machine)


def test_threads_and_programs_still_start_though_clone3_is_unknown(zygote: Zygote) -> None:
    code = """
import subprocess, threading
from drawloom.sandbox.walls import calls
print(calls.attempt("clone3", bytes(64), 64))
thread = threading.Thread(target=print, args=("thread",))
thread.start()
thread.join()
print(subprocess.run(["sh", "-c", "echo program"], capture_output=True, text=True).stdout, end="")
"""
    assert zygote.run(code).printed == f"-{errno.ENOSYS}\nthread\nprogram\n"


def test_a_program_started_by_the_child_is_behind_the_same_filter(zygote: Zygote) -> None:
    code = """
import subprocess
print(subprocess.run(["grep", "^Seccomp:", "/proc/self/status"], capture_output=True, text=True).stdout)
"""
    assert zygote.run(code).words == ["Seccomp:", "2"]


def test_a_loopback_child_may_open_sockets(zygote: Zygote) -> None:
    code = """
import socket
for family in (socket.AF_INET, socket.AF_INET6):
    socket.socket(family).close()
print("opened")
"""
    assert zygote.run(code, config=replace(WallsConfig(), loopback=True)).printed == "opened\n"
