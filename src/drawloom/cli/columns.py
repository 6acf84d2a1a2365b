"""Rows as aligned columns of plain text, within the width of the terminal or 80 when piped."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Collection, Iterator, Sequence

from drawloom.cli.console import harmless

GAP = "  "
NARROWEST = 20
PIPED_WIDTH = 80
_UNITS = ("B", "kB", "MB", "GB", "TB")


def width() -> int:
    """Give how many characters a line may have."""
    return shutil.get_terminal_size((PIPED_WIDTH, 24)).columns if sys.stdout.isatty() else PIPED_WIDTH


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = (), room: int
) -> Iterator[str]:
    """Align rows below a header; the last column is wrapped where it does not fit.

    Parameters
    ----------
    rows
        As many cells each as the header has; control characters are spelt out.
    right
        Which columns are aligned to the right.
    room
        How many characters a line may have.
    """
    cells = [[harmless(" ".join(cell.split())) for cell in row] for row in [header, *rows]]
    *widths, _ = [max(map(len, column)) for column in zip(*cells, strict=True)]
    indent = sum(widths) + len(GAP) * len(widths)
    rest = max(room - indent, NARROWEST)
    for row in cells:
        start = "".join(
            (cell.rjust(wide) if place in right else cell.ljust(wide)) + GAP
            for place, (cell, wide) in enumerate(zip(row, widths, strict=False))
        )
        lines = textwrap.wrap(row[-1], rest, break_on_hyphens=False) or [""]
        yield (start + lines[0]).rstrip()
        yield from (" " * indent + line for line in lines[1:])


def pairs(rows: Sequence[tuple[str, str]], *, room: int) -> Iterator[str]:
    """Align names and what is said of each; what says nothing is left out."""
    said = [(name, harmless(text)) for name, text in rows if text]
    indent = max((len(name) for name, _ in said), default=0) + len(GAP)
    for name, text in said:
        lines = textwrap.wrap(text, max(room - indent, NARROWEST), break_on_hyphens=False)
        yield name.ljust(indent) + lines[0]
        yield from (" " * indent + line for line in lines[1:])


def count(number: int, noun: str) -> str:
    """Give a number with its noun: "1 row", "2 rows"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def shape(rows: int | None, columns: int | None) -> str:
    """Give the size of a table: "768 x 9"; nothing for anything else."""
    return "" if rows is None or columns is None else f"{rows} x {columns}"


def seconds(value: float | None) -> str:
    """Give a time as a reader would say it: "0.04 s", "12.3 s", "3 min 20 s"."""
    if value is None:
        return ""
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(value: float) -> str:
    """Give a time of day in the reader's own zone, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(value))


def size(value: float) -> str:
    """Give a number of bytes: "512 B", "1.2 MB"."""
    unit = 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.3g} {_UNITS[unit]}"
