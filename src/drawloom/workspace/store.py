"""The store: whole, read-only files, each under an address, noticed when anything else touches them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from drawloom.errors import DrawloomError, InputError
from drawloom.workspace.database import Database
from drawloom.workspace.files import boot_id, copy, discard, new_file, os_errors, place, sync
from drawloom.workspace.tables import entries

ADDRESS = re.compile(r"[0-9a-f]{64}(-[0-9]+)?")
_INODE_BITS = 2**63 - 1  # some file systems use all 64 bits, databases have 63 for positive numbers
_SETTLE_SECONDS = 0.5
_ATTEMPTS = 5


@dataclass(frozen=True)
class Entry:
    """A file of the store as it was when it was put there.

    Attributes
    ----------
    checksum
        SHA-256 of the content in hexadecimal; None until the background thread has made it.
    synced
        Whether the file is known to be on the disk; if not, it is dropped after a reboot.
    """

    id: int
    address: str
    kind: str
    size: int
    mtime_ns: int
    inode: int
    checksum: str | None
    synced: bool


class TamperedError(InputError):
    """A store file is no longer the one that was put there; `difference` says how."""

    def __init__(self, address: str, difference: str) -> None:
        super().__init__(
            f"The store file {address[:12]}... {difference}.",
            code="0048",
            remedy="Run the step again, or see `drawloom workspace check`.",
        )
        self.difference = difference


def output_address(key: str, port: str) -> str:
    """Give the address of the output at `port` of the step with this key."""
    return hashlib.sha256(f"{key}\0{port}".encode()).hexdigest()


class StoppedError(Exception):
    """The background thread was told to stop in the middle of a file."""


def checksum_of(fd: int, stop: threading.Event | None = None) -> str:
    """Give the SHA-256 of a whole file in hexadecimal, wherever its position is.

    Raises
    ------
    StoppedError
        If `stop` is set meanwhile.
    """
    digest, offset = hashlib.sha256(), 0
    while chunk := os.pread(fd, 1 << 20, offset):
        if stop is not None and stop.is_set():
            raise StoppedError
        digest.update(chunk)
        offset += len(chunk)
    return digest.hexdigest()


class Store:
    """Files under addresses; every change of a name is one transaction of the records.

    Parameters
    ----------
    database
        Where size, modification time, inode and checksum of each file are kept.
    folder
        `.drawloom/store`; the file of address `abcd...` is `ab/cd...`.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def path(self, address: str) -> Path:
        """Give the path of an address."""
        if not ADDRESS.fullmatch(address):
            raise ValueError(f"not a store address: {address!r}")
        return self.folder / address[:2] / address[2:]

    def new_file(self) -> int:
        """Open an empty, unnamed file in the store for a worker to write to.

        Returns
        -------
        int
            A descriptor for reading and writing; commit it, or close it and it is gone.
        """
        with os_errors(f"a new file in {self.folder}"):
            return new_file(self.folder)

    def commit(self, fd: int, address: str, *, kind: str) -> Entry:
        """Keep the file behind `fd` under `address`, at once and whole.

        Whoever wrote it must be dead, and the content validated. An intact file of another run keeps its
        address: the new one gets the next free `address-2`, `address-3`, so that no record ever shows another
        run's output. A damaged one is replaced.

        Parameters
        ----------
        fd
            From `new_file`; anything else (a memfd) is copied. The caller closes it.
        address
            From `output_address`.
        kind
            What the file is: "table", "object", "graphics", ...

        Raises
        ------
        LimitError
            If there is no space; then nothing is left behind.
        """
        return self.commit_all([(fd, address, kind)])[0]

    def commit_all(
        self,
        made: Sequence[tuple[int, str, str]],
        record: Callable[[Connection, list[Entry]], None] | None = None,
    ) -> list[Entry]:
        """Keep several files, each as `commit` does, and record what they are, in one transaction.

        Parameters
        ----------
        made
            (descriptor, address, kind) of each.
        record
            Writes what belongs to them, with the transaction and the entries; if it fails, nothing is kept.
        """
        with ExitStack() as stack:
            files = [(stack.enter_context(self._sealed(fd)), address, kind) for fd, address, kind in made]
            for attempt in range(_ATTEMPTS):
                linked: list[tuple[Path, int]] = []
                try:
                    with self.database.write() as connection:
                        kept = [self._keep(connection, *file, linked) for file in files]
                        if record is not None:
                            record(connection, kept)
                    break
                except BaseException as error:
                    for path, inode in linked:
                        if path.stat().st_ino == inode:
                            discard(path)
                    # PostgreSQL: another host took an address meanwhile; the next one is free.
                    if not isinstance(error, IntegrityError) or attempt == _ATTEMPTS - 1:
                        raise
        if made:
            self._settle_soon()
        return kept

    def _keep(
        self, connection: Connection, file: int, address: str, kind: str, linked: list[tuple[Path, int]]
    ) -> Entry:
        """Link a file under the first free number of its address."""
        number = 1
        while (entry := self._insert(connection, file, _numbered(address, number), kind, None)) is None:
            number += 1
        linked.append((self.path(entry.address), os.fstat(file).st_ino))
        return entry

    def commit_content(self, fd: int, *, kind: str) -> Entry:
        """Keep an import under the SHA-256 of its content, safe on the disk on return; the same content once.

        Parameters and errors as for `commit`.
        """
        checksum = checksum_of(fd)
        with self._sealed(fd) as file:
            with os_errors(f"the import in {self.folder}"):
                os.fsync(file)
            while True:
                kept = self.find(checksum)
                if kept is not None and kept.synced and self.difference(kept) is None:
                    self.touch([kept.id])
                    return kept
                entry = self._link(file, checksum, kind, checksum=checksum)
                if entry is not None:
                    return entry

    def find(self, address: str) -> Entry | None:
        """Give the entry at an address, without looking at its file."""
        with self.database.read() as connection:
            row = connection.execute(select(entries).where(entries.c.address == address)).one_or_none()
        return None if row is None else entry_of(row)

    def difference(self, entry: Entry) -> str | None:
        """Say how the file differs from what was put there ("was cut from 20 to 10 bytes"), or None."""
        try:
            return _difference(entry, os.lstat(self.path(entry.address)))
        except FileNotFoundError:
            return "is gone"

    def open(self, address: str, *, prove: bool = False) -> int | None:
        """Open a file for reading, if it is the one that was put there.

        Parameters
        ----------
        prove
            Where only inode or time differ (the workspace was copied or restored), compare the checksum
            and take the file as it is now if the content is the same. For what cannot be computed again.

        Returns
        -------
        int or None
            A descriptor the caller closes; None if nothing is kept there.

        Raises
        ------
        TamperedError
            If the file was cut, replaced or touched since.
        """
        entry = self.find(address)
        return None if entry is None else self.open_entry(entry, prove=prove)

    def open_entry(self, entry: Entry, *, prove: bool = False) -> int | None:
        """Open the file of an entry that is known already, as `open` does."""
        address = entry.address
        try:
            fd = os.open(self.path(address), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TamperedError(address, f"cannot be opened: {error.strerror}") from error
        try:
            state = os.fstat(fd)
            difference = _difference(entry, state)
            if difference is not None:
                if not prove or entry.checksum is None or checksum_of(fd) != entry.checksum:
                    raise TamperedError(address, difference)
                self.adopt(entry, state)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def adopt(self, entry: Entry, state: os.stat_result) -> None:
        """Take the file as it is now: its content was proven to be the same."""
        with self.database.write() as connection:
            connection.execute(
                update(entries)
                .where(entries.c.id == entry.id)
                .values(size=state.st_size, mtime_ns=state.st_mtime_ns, inode=state.st_ino & _INODE_BITS)
            )

    def touch(self, ids: Iterable[int]) -> None:
        """Note that entries are in use now, which keeps them from garbage collection for a while."""
        with self.database.write() as connection:
            touch(connection, ids)

    def drop(self, address: str) -> bool:
        """Forget an address and remove its file; records that named it say that it is no longer kept."""
        with self.database.write() as connection:
            found = connection.execute(delete(entries).where(entries.c.address == address)).rowcount
            discard(self.path(address))
        return bool(found)

    def drop_unsynced(self) -> list[str]:
        """Drop what may not have reached the disk before the machine went down; give a notice if any."""
        lost = and_(entries.c.synced.is_(False), entries.c.boot_id != boot_id())
        with self.database.read() as connection:
            if connection.execute(select(entries.c.id).where(lost).limit(1)).first() is None:
                return []
        with self.database.write() as connection:
            dropped = (
                connection.execute(delete(entries).where(lost).returning(entries.c.address)).scalars().all()
            )
            for address in dropped:
                discard(self.path(address))
        return [
            f"Dropped {len(dropped)} outputs that may not have reached the disk when the machine went down; "
            "their steps will run again."
        ]

    def usage(self) -> tuple[int, int]:
        """Give the number of entries and their bytes."""
        with self.database.read() as connection:
            count, size = connection.execute(select(func.count(), func.sum(entries.c.size))).one()
        return count, int(size or 0)

    def settle(self) -> None:
        """Make the checksums that are missing, and wait until the files are on the disk."""
        unsettled = and_(
            or_(entries.c.synced.is_(False), entries.c.checksum.is_(None)), entries.c.boot_id == boot_id()
        )
        last = 0
        while not self._stop.is_set():
            with self.database.read() as connection:
                query = (
                    select(entries).where(unsettled, entries.c.id > last).order_by(entries.c.id).limit(200)
                )
                batch = [entry_of(row) for row in connection.execute(query)]
            if not batch:
                return
            last = batch[-1].id
            done = [found for entry in batch if (found := self._settled(entry)) is not None]
            if done:
                with self.database.write() as connection:
                    connection.execute(
                        update(entries)
                        .where(entries.c.id == bindparam("entry"))
                        .values(synced=True, checksum=bindparam("sum")),
                        done,
                    )

    def close(self) -> None:
        """Stop the background thread; what it did not come to is taken up by the next host."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _settled(self, entry: Entry) -> dict[str, Any] | None:
        try:
            fd = self.open(entry.address)
            if fd is None:
                return None
            try:
                checksum = checksum_of(fd, self._stop)
            finally:
                os.close(fd)
            sync(self.path(entry.address))
        except (StoppedError, TamperedError, FileNotFoundError):
            return None  # the next host goes on; what was changed is noticed, and said, when it is wanted
        return {"entry": entry.id, "sum": checksum}

    def _settle_soon(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._background, name="drawloom-store", daemon=True)
                self._thread.start()
        self._wake.set()

    def _background(self) -> None:
        while self._wake.wait() and not self._stop.wait(_SETTLE_SECONDS):  # a pause, to do many at once
            self._wake.clear()
            with suppress(DrawloomError):  # whoever needs the records next is told
                self.settle()

    @contextmanager
    def _sealed(self, fd: int) -> Iterator[int]:
        """Give a read-only file with the content of `fd`, in the file system of the store."""
        with os_errors(f"a file of {os.fstat(fd).st_size} bytes in {self.folder}"):
            foreign = os.fstat(fd).st_dev != os.stat(self.folder).st_dev
            file = new_file(self.folder) if foreign else fd
            try:
                if foreign:
                    copy(fd, file)
                os.fchmod(file, 0o444)
                yield file
            finally:
                if foreign:
                    os.close(file)

    def _link(self, file: int, address: str, kind: str, checksum: str | None) -> Entry | None:
        """Record the file and link it into place in one transaction; None if the address is taken."""
        state, path, linked = os.fstat(file), self.path(address), False
        durable = checksum is not None
        try:
            with self.database.write(durable=durable) as connection:
                entry = self._insert(connection, file, address, kind, checksum)
                linked = entry is not None
                if linked and durable:
                    sync(path)
                return entry
        except IntegrityError:  # PostgreSQL: another host took the address meanwhile
            return None
        except BaseException:
            if linked and path.stat().st_ino == state.st_ino:
                discard(path)
            raise

    def _insert(
        self, connection: Connection, file: int, address: str, kind: str, checksum: str | None
    ) -> Entry | None:
        """Record the file and link it into place; None if an intact file has the address."""
        row = connection.execute(select(entries).where(entries.c.address == address)).one_or_none()
        if row is not None:
            if self.difference(entry_of(row)) is None:
                return None
            connection.execute(delete(entries).where(entries.c.id == row.id))
        state, path, now = os.fstat(file), self.path(address), time.time()
        values = {
            "address": address,
            "kind": kind,
            "size": state.st_size,
            "mtime_ns": state.st_mtime_ns,
            "inode": state.st_ino & _INODE_BITS,
            "checksum": checksum,
            "synced": checksum is not None,
            "boot_id": boot_id(),
            "created_at": now,
            "used_at": now,
        }
        row = connection.execute(entries.insert().returning(*entries.c), values).one()
        # No entry owns this name, so a file here is damaged, or was left by a host that died.
        discard(path)
        place(file, path)
        return entry_of(row)


def touch(connection: Connection, ids: Iterable[int]) -> None:
    """Note within a transaction that entries are in use now."""
    connection.execute(update(entries).where(entries.c.id.in_(list(ids))).values(used_at=time.time()))


def entry_of(row: Row[Any], prefix: str = "") -> Entry:
    """Read an entry from a row that has the columns of `entries`, with a prefix to their names."""
    return Entry(*(getattr(row, prefix + name) for name in _ENTRY_FIELDS))


_ENTRY_FIELDS = tuple(field.name for field in fields(Entry))


def _numbered(address: str, number: int) -> str:
    return address if number == 1 else f"{address}-{number}"


def _difference(entry: Entry, state: os.stat_result) -> str | None:
    if not stat.S_ISREG(state.st_mode):
        return "is no longer a file"
    if state.st_size != entry.size:
        return f"has {state.st_size} bytes, not {entry.size}"
    if state.st_ino & _INODE_BITS != entry.inode:
        return "was replaced by another file"
    if state.st_mtime_ns != entry.mtime_ns:
        return "was changed or touched"
    return None
