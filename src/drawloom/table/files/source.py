"""An open file as bytes, and a first look at whether it is what its name says."""

from __future__ import annotations

import mmap
import os
import stat
import zlib
from dataclasses import dataclass

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.files.formats import Format

# What other files begin with, longest first where one begins with another.
SIGNATURES = (
    (b"PAR1", "a Parquet file", "parquet"),
    (b"ARROW1", "an Arrow file", "arrow"),
    (b"FEA1", "a Feather file of version 1", None),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "excel"),
    (b"PK\x05\x06", "an empty zip archive", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel (.xls) or a password-protected Office file", None),
    (b"%PDF-", "a PDF document", None),
    (b"\x1f\x8b", "a gzip archive", None),
    (b"BZh", "a bzip2 archive", None),
    (b"\xfd7zXZ\x00", "an xz archive", None),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", None),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", None),
    (b"SQLite format 3\x00", "an SQLite database", None),
    (b"\x89PNG", "an image", None),
    (b"\xff\xd8\xff", "an image", None),
    (b"\x89HDF", "an HDF5 file", None),
    (b"RDX3\n", "an R data file", None),
    (b"RDX2\n", "an R data file", None),
    (b"\x80\x04", "a Python pickle", None),
    (b"\x80\x05", "a Python pickle", None),
)
REQUIRED = {"parquet": (b"PAR1", b"PARE"), "excel": (b"PK\x03\x04",)}
"""Without these first bytes it is not such a file."""

HTML = (b"<!doctype html", b"<html", b"<?xml")


@dataclass(frozen=True)
class Source:
    """The bytes of a file, mapped where the descriptor can be mapped.

    Attributes
    ----------
    name
        The name used in messages.
    data
        The whole file; not empty.
    format
        What it is read as.
    """

    name: str
    data: mmap.mmap | bytes
    format: Format

    def buffer(self) -> pa.Buffer:
        """Give the bytes to Arrow without a copy."""
        return pa.py_buffer(self.data)

    def bad(
        self,
        what: str,
        remedy: str = "",
        *,
        line: int | str | None = None,
        column: int | str | None = None,
        code: str = "0049",
    ) -> InputError:
        """Make the error that says where in this file what is wrong.

        A line is a number, or text for what is counted otherwise ("record 3"); a column its number or name.
        """
        where = [self.name]
        if line is not None:
            where.append(f"line {line}" if isinstance(line, int) else line)
        if column is not None:
            where.append(f"column {column}")
        return InputError(f"{', '.join(where)}: {what}", code=code, remedy=remedy)


def open_source(fd: int, name: str, file_format: Format) -> Source:
    """Map a file, unpack gzip, and refuse what is plainly another kind of file.

    Raises
    ------
    InputError
        0048: the file is empty, a folder, or something other than its name says.
    """
    data = _bytes_of(fd, name)
    if len(data) > 0 and name.lower().endswith(".gz"):
        data = _gunzip(bytes(data), name)
    if len(data) == 0:
        raise InputError(f"{name}: the file is empty.", code="0048", remedy="Was it written to the end?")
    source = Source(name, data, file_format)
    _check_signature(source)
    return source


def check_options(options: dict[str, object], known: set[str], source: Source) -> None:
    """Refuse options that the format does not have, naming those it has."""
    unknown = sorted(set(options) - known)
    if unknown:
        have = ", ".join(sorted(known | {"format"}))
        raise InputError(
            f"{source.name}: {source.format.title} has no option {unknown[0]!r}.",
            code="0002",
            remedy=f"It has: {have}.",
        )


def flag(options: dict[str, object], name: str, default: bool, source: Source) -> bool:
    """Read a true-or-false option."""
    value = options.get(name, default)
    if not isinstance(value, bool):
        raise InputError(
            f"{source.name}: the option {name} is {value!r}.", code="0002", remedy="It must be true or false."
        )
    return value


def _bytes_of(fd: int, name: str) -> mmap.mmap | bytes:
    try:
        status = os.fstat(fd)
        if stat.S_ISREG(status.st_mode):
            # Private: older kernels share no sealed memfd.
            return mmap.mmap(fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ) if status.st_size else b""
        with open(fd, "rb", closefd=False) as stream:
            return stream.read()
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}).", code="0048") from error


def _gunzip(data: bytes, name: str) -> bytes:
    if data[:2] != b"\x1f\x8b":
        raise InputError(
            f"{name}: the name ends in .gz but the file is not gzip.",
            code="0048",
            remedy="Take .gz off the name, or compress the file.",
        )
    parts: list[bytes] = []
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(data))
        except zlib.error as error:
            raise InputError(f"{name}: the gzip archive is damaged ({error}).", code="0048") from error
        if not member.eof:
            raise InputError(
                f"{name}: the gzip archive ends too early.", code="0048", remedy="Copy the file again."
            )
        data = member.unused_data.lstrip(b"\x00")
    return b"".join(parts)


def _check_signature(source: Source) -> None:
    head = source.data[:64]
    for signature, kind, own in SIGNATURES:
        if head.startswith(signature) and own != source.format.name:
            raise source.bad(
                f"expected {source.format.title}, but this is {kind}.",
                "Give the file the ending of what it is."
                if own
                else "Unpack it, or save the table as CSV or Parquet.",
                code="0048",
            )
    if not head.startswith(REQUIRED.get(source.format.name, (b"",))):
        raise source.bad(
            f"expected {source.format.title}, but the file does not begin like one.",
            "Give the file the ending of what it is.",
            code="0048",
        )
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(HTML):
        raise source.bad(
            f"expected {source.format.title}, but this is a web page or XML.",
            "Download the data itself, not the page about it.",
            code="0048",
        )
