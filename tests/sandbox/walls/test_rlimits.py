"""One process of a child takes no more than it was given, and no limit can be raised."""

from __future__ import annotations

from dataclasses import replace

from walled import Zygote

from drawloom.sandbox.walls.lockdown import Limits, WallsConfig

FORK_BOMB = """
import os, signal, time
children = []
try:
    while len(children) < 100:
        child = os.fork()
        if child == 0:
            time.sleep(60)
        children.append(child)
except BlockingIOError:
    pass
print(len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_fork_bomb_stops_at_the_number_of_processes(zygote: Zygote) -> None:
    config = WallsConfig(limits=replace(Limits(), processes=20))
    assert zygote.run(FORK_BOMB, config=config).printed == "19\n"  # the child itself is the twentieth
    assert zygote.run(FORK_BOMB, config=config, without=["rlimits"]).printed == "100\n"


def test_threads_count_as_processes(zygote: Zygote) -> None:
    code = """
import threading
gate = threading.Event()
started = []
try:
    for _ in range(50):
        thread = threading.Thread(target=gate.wait)
        thread.start()
        started.append(thread)
except RuntimeError:
    pass
gate.set()
print(len(started))
"""
    config = WallsConfig(limits=replace(Limits(), processes=20))
    assert zygote.run(code, config=config).printed == "19\n"


def test_descriptors_run_out(zygote: Zygote) -> None:
    code = """
import os
fds = []
try:
    while len(fds) < 1000: fds.append(os.dup(0))
except OSError as error:
    print(error.strerror)
print(max(fds))
"""
    config = WallsConfig(limits=replace(Limits(), open_files=64))
    assert zygote.run(code, config=config).printed == "Too many open files\n63\n"


def test_a_file_grows_to_its_limit_and_no_further_sparse_or_not(zygote: Zygote) -> None:
    code = """
import os
file = os.open("big", os.O_RDWR | os.O_CREAT)
too_far = 2 << 20
actions = (os.ftruncate, too_far), (os.posix_fallocate, 0, too_far), (os.pwrite, b"x", too_far)
for action, *arguments in actions:
    try:
        action(file, *arguments); print("grew")
    except OSError as error:
        print(error.strerror)
"""
    config = WallsConfig(limits=replace(Limits(), file_bytes=1 << 20))
    assert zygote.run(code, config=config).printed == "File too large\n" * 3


def test_too_much_memory_is_a_memory_error(zygote: Zygote) -> None:
    code = """
try:
    print(len(bytearray(2 << 30)))
except MemoryError:
    print("out of memory")
"""
    config = WallsConfig(limits=replace(Limits(), address_space_bytes=1 << 30))
    assert zygote.run(code, config=config).printed == "out of memory\n"


def test_processor_time_runs_out_even_for_process_1(zygote: Zygote) -> None:
    config = WallsConfig(limits=replace(Limits(), cpu_seconds=1))
    outcome = zygote.run("while True: pass", config=config, seconds=30)
    assert outcome.status == 9


def test_no_limit_can_be_raised(zygote: Zygote) -> None:
    code = """
import resource
raised = []
for name in "AS CORE CPU FSIZE MEMLOCK MSGQUEUE NICE NOFILE NPROC RTPRIO SIGPENDING".split():
    kind = getattr(resource, "RLIMIT_" + name)
    hard = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
        raised.append(name)
    except (ValueError, OSError):
        pass
print(raised)
"""
    assert (
        zygote.run(code.replace('"MSGQUEUE", "NICE", ', "").replace('"RTPRIO", "SIGPENDING"', "")).printed
        == "[]\n"
    )


def test_priority_cannot_be_raised(zygote: Zygote) -> None:
    code = """
import os
one = os.sched_param(1)
for action, *arguments in ((os.setpriority, 0, 0, -1), (os.sched_setscheduler, 0, os.SCHED_FIFO, one)):
    try:
        action(*arguments); print("raised")
    except PermissionError:
        print("refused")
os.nice(5)
print("lowered")
"""
    assert zygote.run(code).printed == "refused\nrefused\nlowered\n"
