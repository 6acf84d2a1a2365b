"""The shape of a delimited text: what parts its cells, and where its first record ends."""

from __future__ import annotations

import csv
import io
import itertools
import mmap
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

DELIMITERS = ("\t", ";", "|", ",")
"""Candidates. Where several part every line alike, the first wins: a comma is also a decimal sign."""

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 200


def find_delimiter(data: mmap.mmap | bytes, default: str) -> str:
    """Find what parts the cells, from the first lines.

    A delimiter that cuts every line into the same number of cells, more than one, is right. Where none
    does (a damaged file, or one column), the one that cuts most lines alike is taken, provided that it
    parts the first line too; else the default.
    """
    sample = data[:SAMPLE_BYTES].decode("utf-8", "ignore")
    complete = len(data) <= SAMPLE_BYTES
    widths = {delimiter: _widths(sample, delimiter, complete) for delimiter in DELIMITERS}
    if all(len(counts) == 1 for counts in widths.values()):
        return max((default, *DELIMITERS), key=lambda d: widths[d][0])
    alike = [d for d, counts in widths.items() if len(set(counts)) == 1 and counts[0] > 1]
    if alike:
        return alike[0]
    shares = {d: _share(counts) for d, counts in widths.items()}
    best = max((default, *DELIMITERS), key=lambda d: shares[d])
    return best if shares[best] > 0.5 else default


def first_record(data: mmap.mmap | bytes, delimiter: str) -> tuple[list[str], int]:
    """Read the first record that is not blank.

    Returns
    -------
    tuple
        Its cells, and the offset in bytes at which the record after it begins. Without any record:
        an empty list and the length of the data.
    """
    size = SAMPLE_BYTES
    while True:
        text = data[:size].decode("utf-8", "ignore")
        complete = len(data) <= size
        lines: list[str] = []
        with long_cells():
            for cells in csv.reader(_kept(io.StringIO(text, newline=""), lines), delimiter=delimiter):
                end = len("".join(lines).encode())
                if not complete and end >= size - 4:
                    break
                if cells:
                    return cells, end
            else:
                if complete:
                    return [], len(data)
        size *= 8


@contextmanager
def long_cells() -> Iterator[None]:
    """Lift the limit on the length of a cell that the csv module sets for the whole process."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _kept(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def _widths(sample: str, delimiter: str, complete: bool) -> list[int]:
    with long_cells():
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = [len(cells) for cells in itertools.islice(reader, SAMPLE_RECORDS + 1) if cells]
    cut = not complete or len(widths) > SAMPLE_RECORDS
    return widths[:-1] if cut and len(widths) > 1 else widths or [1]


def _share(counts: list[int]) -> float:
    width, times = Counter(counts).most_common(1)[0]
    return times / len(counts) if width > 1 and counts[0] > 1 else 0.0
