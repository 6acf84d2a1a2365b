"""A child sees no process, network or IPC object but its own."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from walled import Zygote

from drawloom.sandbox.walls.lockdown import WallsConfig

LOOPBACK = replace(WallsConfig(), loopback=True)


def test_the_child_is_process_1_and_alone(zygote: Zygote) -> None:
    seen = zygote.run("import os; print(os.getpid(), *[n for n in os.listdir('/proc') if n.isdigit()])")
    assert seen.words == ["1", "1"]


def test_no_process_of_the_host_can_be_signalled(zygote: Zygote) -> None:
    code = f"import os; os.kill({os.getpid()}, 0)"
    assert "ProcessLookupError" in zygote.run(code).printed


def test_one_child_after_another_is_process_1(zygote: Zygote) -> None:
    assert [zygote.run("import os; print(os.getpid())").printed for _ in range(3)] == ["1\n"] * 3


def test_the_zygote_keeps_no_namespace_of_a_child_that_is_gone(zygote: Zygote) -> None:
    seen: list[str] = []
    zygote.run("", before=lambda pid: seen.append(_pid_namespace_for_children_of_the_parent(pid)))
    zygote.run("", before=lambda pid: seen.append(_pid_namespace_for_children_of_the_parent(pid)))
    assert seen[0] == seen[1]


def _pid_namespace_for_children_of_the_parent(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    parent = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid"))
    return os.readlink(f"/proc/{parent}/ns/pid_for_children")


def test_everything_a_child_started_ends_with_it(zygote: Zygote) -> None:
    code = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in set(range(1, 65)) - {9, 19, 32, 33}:
            signal.signal(number, signal.SIG_IGN)
        time.sleep(60)
    os._exit(0)
os.wait()
print("left a daemon behind", flush=True)
"""
    outcome = zygote.run(code, seconds=5)
    assert outcome.printed == "left a daemon behind\n"
    assert outcome.status == 0  # its output was read to the end: nobody holds the pipe any more


@pytest.mark.parametrize("address", ["\0drawloom-test-abstract", "path"])
def test_a_unix_socket_of_the_host_is_out_of_reach(zygote: Zygote, tmp_path: Path, address: str) -> None:
    place = str(tmp_path / "socket") if address == "path" else address
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(place)
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({place!r}); print('connected')"
        assert zygote.run(code).printed.splitlines()[-1] in {
            "FileNotFoundError: [Errno 2] No such file or directory",
            "ConnectionRefusedError: [Errno 111] Connection refused",
        }


def test_a_server_of_the_host_is_out_of_reach_even_with_a_loopback(zygote: Zygote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        socket.create_connection(address).close()
        code = f"import socket; socket.create_connection({address!r}, 2); print('connected')"
        assert "ConnectionRefusedError" in zygote.run(code, config=LOOPBACK).printed


def test_with_a_loopback_a_child_reaches_itself_and_has_no_other_interface(zygote: Zygote) -> None:
    code = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
client.sendall(b"hello")
print(server.accept()[0].recv(5).decode(), end=" ")
print(*[line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]])
"""
    outcome = zygote.run(code, config=LOOPBACK)
    assert outcome.words == ["hello", "lo"]
    assert outcome.failures == []


def test_system_v_objects_of_the_host_are_not_seen(zygote: Zygote) -> None:
    code = "print(len(open('/proc/sysvipc/shm').readlines()), len(open('/proc/sysvipc/msg').readlines()))"
    assert zygote.run(code).words == ["1", "1"]  # the headings alone
