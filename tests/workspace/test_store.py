from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drawloom.workspace import Workspace, files, store, upkeep
from drawloom.workspace.store import Entry, TamperedError, output_address

from .conftest import OPEN
from .work import WORK, content_of, import_content, key_of, put, run_once

ADDRESS = output_address(key_of("step"), "dataset")


def test_what_is_committed_is_read_back_and_read_only(workspace: Workspace) -> None:
    entry = put(workspace, b"hello", ADDRESS)
    assert content_of(workspace, ADDRESS) == b"hello"
    assert workspace.store.path(ADDRESS).stat().st_mode & 0o777 == 0o444
    assert (entry.size, entry.address, entry.checksum, entry.synced) == (5, ADDRESS, None, False)
    assert workspace.store.find(ADDRESS) == entry


def test_what_is_not_committed_leaves_nothing(workspace: Workspace) -> None:
    fd = workspace.store.new_file()
    os.write(fd, b"half")
    os.close(fd)
    assert list(workspace.store.folder.rglob("*")) == []
    assert workspace.store.open(ADDRESS) is None


def test_a_memfd_is_copied_into_the_store(workspace: Workspace) -> None:
    fd = os.memfd_create("result")
    os.write(fd, b"x" * 3_000_000)
    workspace.store.commit(fd, ADDRESS, kind="table")
    os.close(fd)
    assert content_of(workspace, ADDRESS) == b"x" * 3_000_000


def test_a_file_system_without_unnamed_files_works_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "UNNAMED", os.O_DIRECTORY)  # what an old kernel sees: EISDIR
    put(workspace, b"hello", ADDRESS)
    assert content_of(workspace, ADDRESS) == b"hello"
    assert list((workspace.store.folder / "tmp").iterdir()) == []


def test_a_second_output_of_the_same_step_never_replaces_the_first(workspace: Workspace) -> None:
    first, second, third = (put(workspace, content, ADDRESS) for content in (b"one", b"two", b"three"))
    assert [first.address, second.address, third.address] == [ADDRESS, f"{ADDRESS}-2", f"{ADDRESS}-3"]
    assert [content_of(workspace, each.address) for each in (first, second, third)] == [
        b"one",
        b"two",
        b"three",
    ]


def test_the_same_import_is_kept_once_and_is_on_the_disk(workspace: Workspace) -> None:
    first, second = import_content(workspace, b"a,b\n1,2\n"), import_content(workspace, b"a,b\n1,2\n")
    assert first == second
    assert first.synced
    assert first.checksum == first.address


def cut(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 2)


def replace(path: Path) -> None:
    state = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"HELLO")
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.rename(path)


def touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def link_elsewhere(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def flip_a_bit(path: Path) -> None:
    """Change the content and hide it from a look at size, time and inode."""
    state = path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"i")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "has 2 bytes, not 5"),
        (replace, "was replaced"),
        (touch, "was changed or touched"),
        (link_elsewhere, "Too many levels of symbolic links"),
    ],
)
def test_a_file_cut_replaced_or_touched_is_never_opened(workspace: Workspace, harm, said: str) -> None:  # type: ignore[no-untyped-def]
    entry = put(workspace, b"hello", ADDRESS)
    harm(workspace.store.path(ADDRESS))
    with pytest.raises(TamperedError, match=said):
        workspace.store.open(ADDRESS)
    assert workspace.store.difference(entry) is not None
    again = put(workspace, b"again", ADDRESS)  # the step that ran again takes the address over
    assert again.address == ADDRESS
    assert content_of(workspace, ADDRESS) == b"again"


def test_a_file_that_is_gone_is_not_opened_and_its_address_is_taken_again(workspace: Workspace) -> None:
    entry = put(workspace, b"hello", ADDRESS)
    workspace.store.path(ADDRESS).unlink()
    assert workspace.store.open(ADDRESS) is None
    assert workspace.store.difference(entry) == "is gone"
    assert put(workspace, b"hello", ADDRESS).address == ADDRESS


def test_a_file_left_without_a_record_by_a_host_that_died_is_replaced(workspace: Workspace) -> None:
    path = workspace.store.path(ADDRESS)
    path.parent.mkdir()
    path.write_bytes(b"orphan")
    put(workspace, b"hello", ADDRESS)
    assert content_of(workspace, ADDRESS) == b"hello"


def test_dropping_forgets_the_file_and_the_record(workspace: Workspace) -> None:
    put(workspace, b"hello", ADDRESS)
    assert workspace.store.drop(ADDRESS)
    assert not workspace.store.drop(ADDRESS)
    assert not workspace.store.path(ADDRESS).exists()


def test_an_address_cannot_lead_out_of_the_store(workspace: Workspace) -> None:
    for address in ("../../../etc/passwd", "ab", ADDRESS + "/x", ADDRESS.upper()):
        with pytest.raises(ValueError, match="not a store address"):
            workspace.store.path(address)


def test_checksums_are_made_in_the_background(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SETTLE_SECONDS", 0)
    put(workspace, b"hello", ADDRESS)
    for _ in range(200):
        entry = workspace.store.find(ADDRESS)
        assert entry is not None
        if entry.synced:
            break
        workspace.store._stop.wait(0.05)
    assert entry.synced
    assert entry.checksum == key_of("hello")


def test_what_may_not_have_reached_the_disk_is_dropped_after_a_reboot(
    open_workspace: OPEN, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_workspace()
    lost, kept = output_address(key_of("lost"), "dataset"), output_address(key_of("kept"), "dataset")
    put(before, b"kept", kept)
    before.store.settle()
    monkeypatch.setattr(store, "_SETTLE_SECONDS", 3600)
    put(before, b"lost", lost)
    dataset = import_content(before, b"dataset")
    before.close()
    monkeypatch.setattr(store, "boot_id", lambda: "another boot")
    after = open_workspace()
    assert len(after.notices) == 1
    assert "Dropped 1 outputs" in after.notices[0]
    assert content_of(after, lost) is None
    assert content_of(after, kept) == b"kept"
    assert content_of(after, dataset.address) == b"dataset"


def test_check_finds_flipped_bits_missing_touched_and_foreign_files(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_LINKING_SECONDS", -1)
    flipped, missing, touched, intact = run_once(
        workspace, "e.yaml", b"flipped", b"missing", b"touched", b"intact"
    )
    workspace.store.settle()
    flip_a_bit(workspace.store.path(flipped.address))
    workspace.store.path(missing.address).unlink()
    touch(workspace.store.path(touched.address))
    orphan = workspace.store.path(ADDRESS)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"orphan")
    (workspace.store.folder / "notes.txt").write_text("mine")
    assert content_of(workspace, flipped.address) == b"ilipped", "a look does not see it"

    problems = {problem.path: problem for problem in workspace.check()}
    assert {path: problem.kind for path, problem in problems.items()} == {
        workspace.store.path(flipped.address): "damaged",
        workspace.store.path(missing.address): "missing",
        workspace.store.path(touched.address): "touched",
        orphan: "foreign",
        workspace.store.folder / "notes.txt": "foreign",
    }
    assert problems[workspace.store.path(flipped.address)].named_by == ("run 1, step s0, port dataset",)

    assert len(list(workspace.check(mend=True))) == 5
    assert [problem.path.name for problem in workspace.check()] == ["notes.txt"]
    assert content_of(workspace, touched.address) == b"touched"
    assert content_of(workspace, intact.address) == b"intact"
    assert workspace.records.step(1, "s0").outputs[0].entry is None


def test_check_makes_the_checksums_that_are_missing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SETTLE_SECONDS", 3600)
    put(workspace, b"hello", ADDRESS)
    assert list(workspace.check()) == []
    found = workspace.store.find(ADDRESS)
    assert found is not None
    assert found.checksum == key_of("hello")


def collected(workspace: Workspace, **limits: float) -> tuple[int, int]:
    freed = upkeep.collect(workspace.store, grace_seconds=-1, **limits)  # type: ignore[arg-type]
    return freed.freed_entries, freed.freed_bytes


def alive(workspace: Workspace, made: list[Entry]) -> list[bool]:
    return [content_of(workspace, entry.address) is not None for entry in made]


def test_collection_keeps_datasets_running_runs_and_the_last_successful_run(workspace: Workspace) -> None:
    old = run_once(workspace, "a.yaml", b"12345", b"67890")
    whole = run_once(workspace, "a.yaml", b"whole")
    part = run_once(workspace, "a.yaml", b"part", target="s0")
    failed = run_once(workspace, "a.yaml", b"failed", status="failed")
    other = run_once(workspace, "b.yaml", b"other")
    running = workspace.records.start_run("c.yaml", "", [])
    found = workspace.records.find_reusable(key_of("a.yaml/1/0"))
    assert found is not None
    workspace.records.record_reused_many(running, [("s0", "m", found, "same key as run 1")])
    content = import_content(workspace, b"dataset")
    workspace.datasets.register(
        "d", content, source="d.csv", rows=1, columns=1, schema=[], profile={}, preview=[]
    )

    would = upkeep.collect(workspace.store, max_bytes=0, grace_seconds=-1, dry_run=True)
    assert (would.freed_entries, would.freed_bytes) == (2, 11)
    assert alive(workspace, old) == [True, True]
    assert collected(workspace, max_bytes=0) == (2, 11)
    assert alive(workspace, old) == [True, False]
    assert alive(workspace, failed) == [False]
    assert alive(workspace, [*whole, *part, *other, content]) == [True] * 4
    workspace.records.finish_run(running, "failed")
    assert collected(workspace, max_bytes=0) == (1, 5)
    lost = workspace.records.find_reusable(key_of("a.yaml/1/0"))
    assert lost is not None
    assert lost.problem == "its output 'dataset' is no longer kept"


def test_collection_by_size_takes_the_least_recently_used_first(workspace: Workspace) -> None:
    made = [put(workspace, b"x" * 10, output_address(key_of(str(number)), "p")) for number in range(5)]
    workspace.store.touch([made[0].id])
    assert collected(workspace, max_bytes=30) == (2, 20)
    assert alive(workspace, made) == [True, False, False, True, True]


def test_collection_by_age_and_what_was_used_just_now_stays(workspace: Workspace) -> None:
    made = [put(workspace, b"x", output_address(key_of(str(number)), "p")) for number in range(250)]
    assert workspace.collect(max_bytes=0).freed_entries == 0
    assert collected(workspace, max_age_seconds=3600) == (0, 0)
    assert collected(workspace, max_age_seconds=-1) == (250, 250)
    assert workspace.store.usage() == (0, 0)
    assert not any(alive(workspace, made))


def test_collection_clears_what_dead_hosts_left(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = workspace.store.path(ADDRESS)
    orphan.parent.mkdir()
    orphan.write_bytes(b"orphan")
    assert collected(workspace) == (0, 0), "it may just be coming in"
    monkeypatch.setattr(upkeep, "_LINKING_SECONDS", -1)
    assert collected(workspace) == (0, 6)
    assert not orphan.exists()


def test_a_full_disk_is_said_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    """On a file system of two megabytes of its own, in a namespace of its own."""
    script = f"mount -t tmpfs -o size=2m tmpfs {tmp_path} && exec {sys.executable} {WORK} {tmp_path} full"
    environment = {name: value for name, value in os.environ.items() if name != "DRAWLOOM_DATABASE_URL"}
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        env=environment | {"TMPDIR": "/dev/shm"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "No space left on device", done.stderr
    assert lines[1].startswith("LimitError Error 0039: There is no space left for")
    assert lines[2:] == ["nothing left True", "works again", "closed"], done.stderr
