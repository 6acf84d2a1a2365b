"""When is a file settled, so that nobody but the host can change it?"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawloom.errors import LimitError, SandboxError
from drawloom.sandbox import outputs

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def memory_file() -> Iterator[int]:
    fd = outputs.new_memory_file("output", b"content")
    yield fd
    os.close(fd)


@pytest.fixture(params=["tmpfs", "disk"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """An unnamed file of a folder, as large results and those of a workspace are."""
    folder = SHARED_MEMORY if request.param == "tmpfs" else tmp_path
    path = folder / f"drawloom-test-{os.getpid()}"
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    path.unlink()
    os.write(fd, b"content")
    yield fd
    os.close(fd)


def test_a_memory_file_is_settled_and_nothing_changes_it(memory_file: int) -> None:
    assert outputs.settled([memory_file])
    assert outputs.settled([memory_file])
    with pytest.raises(PermissionError):
        os.pwrite(memory_file, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(memory_file, 0)
    assert os.pread(memory_file, 10, 0) == b"content"


def test_a_memory_file_that_is_mapped_for_writing_is_not_settled(memory_file: int) -> None:
    with mmap.mmap(memory_file, 7):
        assert not outputs.settled([memory_file])
        assert not outputs.settled([memory_file], dead=True)
    assert outputs.settled([memory_file])


def test_a_file_of_a_folder_is_settled_once_its_writers_are_dead(file: int) -> None:
    assert not outputs.settled([file])
    assert outputs.settled([file], dead=True)


def test_a_memory_file_whose_worker_forbade_seals_is_settled_once_it_is_dead(memory_file: int) -> None:
    fcntl.fcntl(memory_file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
    assert not outputs.settled([memory_file])
    assert outputs.settled([memory_file], dead=True)


def test_what_cannot_be_sealed_is_handed_on_for_reading_only(file: int) -> None:
    outputs.make_read_only(file)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(file, b"x")
    assert os.pread(file, 10, 0) == b"content"


def test_one_unsettled_file_is_enough(memory_file: int, file: int) -> None:
    assert not outputs.settled([memory_file, file])


def test_the_memory_that_outputs_hold_is_counted(tmp_path: Path, memory_file: int) -> None:
    os.pwrite(memory_file, bytes(1 << 20), 0)
    os.ftruncate(memory_file, 1 << 30)  # a hole takes nothing
    with open(tmp_path / "on disk", "wb+") as on_disk:
        on_disk.write(bytes(1 << 20))
        assert outputs.memory_bytes([memory_file, on_disk.fileno()]) == 1 << 20


@pytest.mark.parametrize("text", [b"[]", b"7", b"{", b"\xff", b"[" * 100_000])
def test_a_report_is_a_json_object(text: bytes) -> None:
    fd = outputs.new_memory_file("report", text)
    with pytest.raises(SandboxError, match="report"):
        outputs.read_report(fd)
    os.close(fd)


def test_a_report_has_16_mib_at_most_and_may_be_empty() -> None:
    fd = outputs.new_memory_file("report")
    assert outputs.read_report(fd) == {}
    os.write(fd, json.dumps({"a": 1}).encode())
    assert outputs.read_report(fd) == {"a": 1}
    os.ftruncate(fd, outputs.REPORT_BYTES + 1)
    with pytest.raises(LimitError, match="report"):
        outputs.read_report(fd)
    os.close(fd)
