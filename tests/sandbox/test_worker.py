"""A worker is one child: it does its work once, within its limits, and its end takes all it started along."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawloom.errors import LimitError, SandboxError
from drawloom.sandbox import outputs
from drawloom.sandbox.pool import Pool, PoolConfig
from drawloom.sandbox.worker import WorkerDied, WorkLimits

ECHO = "drawloom.sandbox.doctor:echo"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(PoolConfig(size=1, imports=(), warm=False))
    yield made
    made.close()


def _ask(pool: Pool, value: int = 7) -> dict[str, int | float]:
    worker = pool.take()
    report = outputs.new_memory_file("report")
    try:
        finished, counts = worker.run(ECHO, {"ask": value}, {}, {"report": report}, limits=WorkLimits())
        assert finished
        return counts
    finally:
        os.close(report)
        worker.close()


def _zygote(bubblewrap: int) -> int:
    return int(Path(f"/proc/{bubblewrap}/task/{bubblewrap}/children").read_text())


def _vanishes(pid: int) -> bool:
    """Say whether a process that was ended is reaped, too, within two seconds."""
    deadline = time.monotonic() + 2
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def test_each_piece_of_work_gets_a_child_of_its_own(pool: Pool) -> None:
    first, second = pool.take(), pool.take()
    assert first.pid != second.pid
    first.close()
    second.close()
    assert _vanishes(first.pid)


def test_a_specification_larger_than_a_message_arrives(pool: Pool) -> None:
    worker = pool.take()
    report = outputs.new_memory_file("report")
    spec = {"ask": 3, "text": "x" * 5_000_000}
    assert worker.run(ECHO, spec, {}, {"report": report}, limits=WorkLimits()) == (True, {"asked": 3})
    os.close(report)
    worker.close()


def test_a_child_killed_from_outside_is_reported_and_the_next_one_works(pool: Pool) -> None:
    worker = pool.take()
    os.kill(worker.pid, signal.SIGKILL)
    report = outputs.new_memory_file("report")
    with pytest.raises(WorkerDied) as caught:
        worker.run(ECHO, {"ask": 1}, {}, {"report": report}, limits=WorkLimits())
    assert caught.value.exit is not None
    assert os.WTERMSIG(caught.value.exit.status) == signal.SIGKILL
    os.close(report)
    worker.close()
    assert _ask(pool) == {"asked": 7}


def test_the_zygote_killed_is_survived(pool: Pool) -> None:
    worker = pool.take()
    launched = pool._launched
    assert launched is not None
    os.kill(_zygote(launched.process.pid), signal.SIGKILL)
    worker.await_death()
    report = outputs.new_memory_file("report")
    try:
        with pytest.raises((WorkerDied, SandboxError)):
            worker.run(ECHO, {"ask": 1}, {}, {"report": report}, limits=WorkLimits(timeout_seconds=10))
    finally:
        os.close(report)
        worker.close()
    assert _ask(pool) == {"asked": 7}


def test_time_is_up() -> None:
    pool = Pool(PoolConfig(size=0, imports=(), warm=False))
    worker = pool.take()
    os.kill(worker.pid, signal.SIGSTOP)
    report = outputs.new_memory_file("report")
    started = time.monotonic()
    with pytest.raises(LimitError, match=r"longer than its 0\.2 seconds"):
        worker.run(ECHO, {"ask": 1}, {}, {"report": report}, limits=WorkLimits(timeout_seconds=0.2))
    assert time.monotonic() - started < 5
    os.close(report)
    worker.close()
    pool.close()


def test_a_closed_pool_leaves_no_process_behind() -> None:
    pool = Pool(PoolConfig(size=2, imports=(), warm=False))
    worker = pool.take()
    launched = pool._launched
    assert launched is not None
    pool.close()
    assert launched.process.poll() is not None
    assert worker.wait_until_gone(5)
    assert _vanishes(worker.pid)
    worker.close()


def test_a_lower_level_than_asked_for_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWLOOM_MIN_WALLS", "5")
    pool = Pool(PoolConfig(size=0, imports=(), warm=False))
    with pytest.raises(SandboxError, match="level 5"):
        pool.take()
    pool.close()
