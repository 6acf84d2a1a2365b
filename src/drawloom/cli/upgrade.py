"""`drawloom upgrade SCRIPT.py`: an old script rewritten for Python 3 and the libraries of today."""

from __future__ import annotations

import argparse
import codecs
import difflib
import io
import os
import sys
import tempfile
import tokenize
from pathlib import Path

from drawloom.cli.console import harmless
from drawloom.errors import InputError
from drawloom.script.source import clean, decode

_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = parser.add_argument
    add("script", metavar="SCRIPT.py", type=Path, nargs="+", help="the script; several may be named")
    add("--write", action="store_true", help="write the file; the old one stays beside it as SCRIPT.py.orig")


def execute(options: argparse.Namespace) -> int:
    """Show what would change and what has to be looked at; write it where asked.

    Returns
    -------
    int
        0; also where something is left for review.
    """
    for path in options.script:
        _upgrade(path, write=options.write)
    return 0


def _upgrade(path: Path, *, write: bool) -> None:
    from drawloom.script.classic.upgrade import upgrade

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", code="0048") from None
    text = clean(decode(data, path.name))
    done = upgrade(text, path.name)
    for line in _diff(path.name, text, done.text):
        sys.stdout.write(line)
    for note in done.reviews:
        print(harmless(f"line {note.line}: {note.old}: review: {note.review}"))
    changed = {note.line for note in done.notes if note.new}
    count = f"{len(changed)} {'line' if len(changed) == 1 else 'lines'}"
    if done.text == text:
        said = "nothing to change" if not done.reviews else "nothing changed"
    elif write:
        said = f"{count} changed; the old file is {_write(path, data, done.text).name}"
    else:
        said = f"{count} to change; --write writes them"
    looks = f"; {len(done.reviews)} to review" if done.reviews else ""
    print(f"{path.name}: {said}{looks}.", file=sys.stderr)


def _diff(name: str, before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (upgraded)"
    )
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def _write(path: Path, data: bytes, text: str) -> Path:
    """Replace the file in one step, in its own encoding and line ends, and keep the old one beside it.

    Raises
    ------
    InputError
        0057, where a file of that name is there already.
    """
    kept = path.with_name(f"{path.name}.orig")
    try:
        with open(kept, "xb") as file:
            file.write(data)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with open(descriptor, "wb") as file:
            file.write(encoded(text, data))
        os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except FileExistsError:
        raise InputError(
            f"{kept} is there already, and may be the only copy of the script as it was.",
            code="0057",
            remedy="Move it away, or delete it.",
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", code="0048") from None
    return kept


def encoded(text: str, old: bytes) -> bytes:
    """Encode a text as a file was: its byte order mark, encoding, coding cookie and line ends.

    Parameters
    ----------
    text
        With LF line ends.
    old
        The file; CR LF is kept where most of its lines end so.
    """
    mark, encoding = b"", "utf-8"
    for wide_mark, wide in _WIDE:
        if old.startswith(wide_mark):
            mark, encoding = wide_mark, wide
    if not mark:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(old).readline)
        if old.startswith(codecs.BOM_UTF8):
            mark, encoding = codecs.BOM_UTF8, "utf-8"
    before = old.removeprefix(mark).decode(encoding)
    first = text.split("\n")
    for number, line in enumerate(before.splitlines()[:2]):
        if "coding" in line and number < len(first) and "coding" in first[number]:
            first[number] = line
    text = "\n".join(first)
    if before.count("\r\n") * 2 > before.count("\n"):
        text = text.replace("\n", "\r\n")
    return mark + text.encode(encoding)
