"""Upkeep of the store: what may go, and whether what stays is what was put there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import CompoundSelect, and_, delete, func, or_, select, union, update

from drawloom.workspace.files import TEMPORARY, discard
from drawloom.workspace.store import ADDRESS, Entry, Store, checksum_of, entry_of
from drawloom.workspace.tables import dataset_versions, entries, outputs, runs, steps

GRACE_SECONDS = 3600.0
"""What was used within this time always stays: a run may be about to name it."""
_LINKING_SECONDS = 60.0
_WRITING_SECONDS = 86_400.0
_PAGE = 200


@dataclass(frozen=True)
class Collected:
    """What garbage collection freed (or would free), and what stays."""

    freed_entries: int
    freed_bytes: int
    kept_entries: int
    kept_bytes: int


@dataclass(frozen=True)
class Problem:
    """Something in the store that is not as recorded.

    Attributes
    ----------
    kind
        "missing", "damaged" (the content differs), "touched" (the content is proven the same) or "foreign".
    path
        The file.
    message
        One sentence.
    named_by
        The records that name it: "dataset pima version 2", "run 41, step clean, port dataset"; at most ten.
    """

    kind: Literal["missing", "damaged", "touched", "foreign"]
    path: Path
    message: str
    named_by: tuple[str, ...] = ()


def pinned() -> CompoundSelect[Any]:
    """Select the entries that always stay.

    They are those of datasets, of running runs, and, of each experiment, of the last run that succeeded and
    of the last that succeeded whole.
    """
    succeeded = runs.c.status == "succeeded"
    last = select(func.max(runs.c.id)).where(succeeded).group_by(runs.c.experiment)
    kept_runs = select(runs.c.id).where(
        or_(runs.c.status == "running", runs.c.id.in_(last), runs.c.id.in_(last.where(runs.c.target == "")))
    )
    kept_steps = select(func.coalesce(steps.c.reused_from, steps.c.id)).where(steps.c.run_id.in_(kept_runs))
    return union(
        select(outputs.c.entry_id).where(outputs.c.step_id.in_(kept_steps), outputs.c.entry_id.is_not(None)),
        select(dataset_versions.c.entry_id).where(dataset_versions.c.entry_id.is_not(None)),
    )


def collect(
    store: Store,
    *,
    max_age_seconds: float | None = None,
    max_bytes: int | None = None,
    grace_seconds: float = GRACE_SECONDS,
    dry_run: bool = False,
) -> Collected:
    """Free what no dataset, running run or last successful run names.

    Parameters
    ----------
    max_age_seconds
        What was not used for so long goes.
    max_bytes
        Then the least recently used go until the store is no larger, as far as that can be had.
    grace_seconds
        What was used within this time stays in any case.
    dry_run
        Only tell what would go.
    """
    now = time.time()
    count, size = store.usage()
    freed_entries = freed_bytes = 0
    for batch in _candidates(store, now - grace_seconds):
        going = []
        for entry, used_at in batch:
            too_old = max_age_seconds is not None and used_at < now - max_age_seconds
            too_much = max_bytes is not None and size - freed_bytes > max_bytes
            if too_old or too_much:
                going.append(entry)
                freed_bytes += entry.size
        if not dry_run:
            gone = _remove(store, going, now - grace_seconds)
            freed_bytes -= sum(entry.size for entry in going if entry.address not in gone)
            going = [entry for entry in going if entry.address in gone]
        freed_entries += len(going)
    orphans = 0
    for path, left in list(_orphans(store)):
        orphans += left
        if not dry_run:
            discard(path)
    return Collected(freed_entries, freed_bytes + orphans, count - freed_entries, size - freed_bytes)


def check(store: Store, *, mend: bool = False) -> Iterator[Problem]:
    """Compare every file of the store with its record, reading all of it, and give each problem.

    Parameters
    ----------
    mend
        Drop what is missing or damaged (its steps run again), take touched files whose content is proven as
        they are, and remove files of the store's own kind that no record names. Other files are left alone.
    """
    last = 0
    while True:
        with store.database.read() as connection:
            query = select(entries).where(entries.c.id > last).order_by(entries.c.id).limit(_PAGE)
            batch = [entry_of(row) for row in connection.execute(query)]
        if not batch:
            break
        last = batch[-1].id
        for entry in batch:
            problem = _problem(store, entry)
            if problem is not None:
                yield problem
                if mend:
                    _mend(store, entry, problem)
    for path, _ in list(_orphans(store)):
        yield Problem("foreign", path, "No record names this file.")
        if mend:
            discard(path)
    for path in sorted(store.folder.rglob("*")):
        ours = (
            path.is_dir() or path.parent.name == TEMPORARY or ADDRESS.fullmatch(path.parent.name + path.name)
        )
        if not ours:
            yield Problem("foreign", path, "This file is not of the store.")


def _mend(store: Store, entry: Entry, problem: Problem) -> None:
    if problem.kind == "touched":
        store.adopt(entry, problem.path.stat(follow_symlinks=False))
    else:
        store.drop(entry.address)


def _problem(store: Store, entry: Entry) -> Problem | None:
    path = store.path(entry.address)
    try:
        difference = store.difference(entry)
        if difference == "is gone":
            current = store.find(entry.address)
            if current is None or current.id != entry.id:  # collected or replaced while we were reading
                return None
            return Problem("missing", path, "The file is gone.", _named_by(store, entry))
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return Problem(
            "damaged", path, f"The file cannot be opened: {error.strerror}.", _named_by(store, entry)
        )
    try:
        checksum = checksum_of(fd)
    except OSError as error:
        return Problem(
            "damaged", path, f"The file cannot be read: {error.strerror}.", _named_by(store, entry)
        )
    finally:
        os.close(fd)
    if difference is None and entry.checksum is None:
        with store.database.write() as connection:
            connection.execute(update(entries).where(entries.c.id == entry.id).values(checksum=checksum))
    elif difference is None and checksum != entry.checksum:
        return Problem("damaged", path, "The content is not what was put there.", _named_by(store, entry))
    elif difference is not None and checksum == entry.checksum:
        return Problem(
            "touched", path, f"The file {difference}, but its content is the same.", _named_by(store, entry)
        )
    elif difference is not None:
        return Problem("damaged", path, f"The file {difference}.", _named_by(store, entry))
    return None


def _named_by(store: Store, entry: Entry) -> tuple[str, ...]:
    with store.database.read() as connection:
        versions = connection.execute(
            select(dataset_versions.c.name, dataset_versions.c.version)
            .where(dataset_versions.c.entry_id == entry.id)
            .limit(10)
        ).all()
        ports = connection.execute(
            select(steps.c.run_id, steps.c.name, outputs.c.port)
            .select_from(outputs.join(steps))
            .where(outputs.c.entry_id == entry.id)
            .limit(10)
        ).all()
    names = [f"dataset {name} version {version}" for name, version in versions]
    return (*names, *(f"run {run}, step {name}, port {port}" for run, name, port in ports))


def _candidates(store: Store, cutoff: float) -> Iterator[list[tuple[Entry, float]]]:
    """Give the entries that may go, least recently used first, in pages."""
    after = (-1.0, 0)
    while True:
        later = or_(
            entries.c.used_at > after[0], and_(entries.c.used_at == after[0], entries.c.id > after[1])
        )
        query = (
            select(entries)
            .where(later, entries.c.used_at <= cutoff, entries.c.id.not_in(pinned()))
            .order_by(entries.c.used_at, entries.c.id)
            .limit(_PAGE)
        )
        with store.database.read() as connection:
            page = [(entry_of(row), row.used_at) for row in connection.execute(query)]
        if not page:
            return
        after = (page[-1][1], page[-1][0].id)
        yield page


def _remove(store: Store, going: Sequence[Entry], cutoff: float) -> set[str]:
    """Remove what is still not wanted, and give the addresses that went."""
    if not going:
        return set()
    with store.database.write() as connection:
        still = and_(entries.c.used_at <= cutoff, entries.c.id.not_in(pinned()))
        gone = connection.execute(
            delete(entries)
            .where(entries.c.id.in_([entry.id for entry in going]), still)
            .returning(entries.c.address)
        ).scalars()
        # Within the transaction: nobody else can take the address before the file is gone.
        removed = set(gone)
        for address in removed:
            discard(store.path(address))
    return removed


def _orphans(store: Store) -> Iterator[tuple[Path, int]]:
    """Give the files of the store's own kind, and their sizes, that hosts left behind when they died."""
    now = time.time()
    for folder in sorted(path for path in store.folder.iterdir() if path.is_dir()):
        temporary = folder.name == TEMPORARY
        files = {folder.name + path.name: path for path in folder.iterdir()}
        names = [name for name in files if temporary or ADDRESS.fullmatch(name)]
        for start in range(0, len(names), _PAGE):
            batch = names[start : start + _PAGE]
            with store.database.read() as connection:
                known = set(
                    connection.execute(
                        select(entries.c.address).where(entries.c.address.in_(batch))
                    ).scalars()
                )
            for name in sorted(set(batch) - known):
                with suppress(FileNotFoundError):
                    state = files[name].stat(follow_symlinks=False)
                    # Between linking a file and the end of its transaction, no record names it yet.
                    idle = now - max(state.st_ctime, state.st_mtime)
                    if idle > (_WRITING_SECONDS if temporary else _LINKING_SECONDS):
                        yield files[name], state.st_size
