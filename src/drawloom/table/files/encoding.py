"""Which characters the bytes of a text file mean."""

from __future__ import annotations

import codecs
import mmap
import re

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.files.source import Source

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; UTF-32 before UTF-16, whose mark it begins with."""

GUESSES = [
    *("cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
"""What charset-normalizer may choose from where the text is not Western European."""

SAMPLE_BYTES = 1 << 16
REMEDY = "Save it as UTF-8, or name its encoding in the option encoding."

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
NOT_WESTERN = re.compile(r"[À-ÿ]{3}|[\x80-\x9f]|\w[¹³¿¯¼¾£ªº]|[¹³¿¯¼¾£]\w|[¤¦§¨]\w")


def to_utf8(source: Source, encoding: object = None) -> tuple[mmap.mmap | bytes, str, bool]:
    """Give the text of a file as UTF-8 without a byte order mark.

    A file that is UTF-8 already is neither decoded nor copied.

    Parameters
    ----------
    source
        The file.
    encoding
        Its encoding, by Python's name; None finds it: byte order mark, UTF-8, UTF-16 without a mark,
        Windows-1252 where that reads as Western text, else what charset-normalizer thinks.

    Returns
    -------
    tuple
        The bytes, the name of the encoding, and whether it was guessed.

    Raises
    ------
    InputError
        0048: not text; 0049: not in the encoding named.
    """
    data = source.data
    mark, marked = next((m for m in MARKS if data[: len(m[0])] == m[0]), (b"", ""))
    if encoding is not None:
        known = _known(encoding, source)
        # These two codecs want the mark: it tells them the order of the bytes.
        start = 0 if known in ("utf-16", "utf-32") else len(mark)
        return _decode(source, data[start:], known), known, False
    if marked:
        return _decode(source, data[len(mark) :], marked), marked, False
    head = data[:4096]
    if b"\x00" in head:
        guess = _without_mark(head, source)
        return _decode(source, data[:], guess), guess, True
    if _is_utf8(data):
        return data, "utf-8", False
    guess = _guess(_sample(data))
    return _decode(source, data[:], guess), guess, True


def _known(encoding: object, source: Source) -> str:
    try:
        return codecs.lookup(str(encoding)).name
    except LookupError as error:
        raise InputError(
            f"{source.name}: there is no encoding {str(encoding)!r}.",
            code="0002",
            remedy="Names such as utf-8, utf-16, cp1252 and latin-1 are known.",
        ) from error


def _decode(source: Source, data: bytes, encoding: str) -> bytes:
    if encoding in ("utf-8", "utf-8-sig") and _is_utf8(data):
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count("\n".encode(encoding.removesuffix("-sig")), 0, start) + 1
        raise source.bad(f"the text is not {encoding}.", REMEDY, line=line) from error


def _is_utf8(data: mmap.mmap | bytes) -> bool:
    ends = pa.py_buffer(b"".join(n.to_bytes(8, "little") for n in (0, len(data))))
    text = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _without_mark(head: bytes, source: Source) -> str:
    """Tell UTF-16 without a mark, in which most of every second byte is zero, from what is no text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = head[: len(head) // 2 * 2].decode(encoding, "replace")
    if max(even, odd) > len(head) / 8 and not CONTROL.search(text):
        return encoding
    raise source.bad(
        f"expected {source.format.title}, but this is not text.",
        "Give the file the ending of what it is.",
        code="0048",
    )


def _sample(data: mmap.mmap | bytes) -> bytes:
    """Give the part of the text around its first bytes beyond ASCII, cut at line ends."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(0, first.start() - SAMPLE_BYTES // 2) if first else 0
    start = data.rfind(b"\n", 0, start) + 1
    end = data.find(b"\n", start + SAMPLE_BYTES)
    return data[start : end if end >= 0 else len(data)]


def _guess(sample: bytes) -> str:
    try:
        western = sample.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    if western and not NOT_WESTERN.search(western):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=GUESSES).best()
    if best is not None:
        return best.encoding
    return "cp1252" if western else "latin-1"
