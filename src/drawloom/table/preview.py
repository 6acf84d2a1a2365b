"""The first rows of a table, for a terminal."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

import pyarrow as pa

from drawloom.table.columns import type_name

MISSING = "NA"
"""How a missing value is shown. Text that reads the same is shown in quotes, as is empty text."""

WIDEST_CELL = 40
CUT = "…"
GAP = "  "


def preview(table: pa.Table, *, rows: int = 10, width: int = 100) -> str:
    """Render the first rows of a table as fixed-width text.

    Below the names stand the types, below those the rows, and last the table's size and how many columns did
    not fit. Control characters are escaped: what is in a table cannot drive the terminal.

    Parameters
    ----------
    table
        Of any Arrow types.
    rows
        How many rows to show at most.
    width
        How many characters wide a line may be.
    """
    shown = min(rows, table.num_rows)
    head = table.slice(0, shown)
    blocks: list[list[str]] = []
    used = 0
    for place, field in enumerate(table.schema):
        block = _column(head.column(place), field, min(WIDEST_CELL, width))
        needed = _width(block[0]) + (len(GAP) if blocks else 0)
        if used + needed > width:
            break
        used += needed
        blocks.append(block)
    lines = [GAP.join(cells).rstrip() for cells in zip(*blocks, strict=True)]
    return "\n".join([*lines, _footer(table, shown, len(blocks))]) + "\n"


def _footer(table: pa.Table, shown: int, columns: int) -> str:
    size = f"{_count(table.num_rows, 'row')} x {_count(table.num_columns, 'column')}"
    left_out = table.num_columns - columns
    beyond = f", {left_out} not shown" if left_out else ""
    return ("... " if shown < table.num_rows else "") + size + beyond


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _column(values: pa.ChunkedArray, field: pa.Field, widest: int) -> list[str]:
    """Give a column's name, type and cells, all of one width."""
    texts = [_printable(field.name), type_name(field.type), *(_cell(value) for value in values)]
    texts = [_cut(text, widest) for text in texts]
    width = max(map(_width, texts))
    kind = field.type
    right = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    padding = [" " * (width - _width(text)) for text in texts]
    return [pad + text if right else text + pad for text, pad in zip(texts, padding, strict=True)]


def _cell(value: pa.Scalar) -> str:
    if not value.is_valid:
        return MISSING
    try:
        cell = value.as_py()
        return _text(cell[: WIDEST_CELL + 1] if isinstance(cell, (str, bytes, list)) else cell)
    except Exception:
        # Arrow holds dates, spans and times that no Python object can; it has its own text for all of them.
        own = pa.array([value], value.type).to_string(indent=0, skip_new_lines=True)
        return _printable(own.removeprefix("[").removesuffix("]"))


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        shown = _printable(cell)
        plain = cell not in ("", MISSING) and cell == cell.strip()
        return shown if plain else f'"{shown}"'
    if isinstance(cell, float):
        return f"{cell:.6g}" if math.isfinite(cell) else str(cell)
    return _printable(str(cell))


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def _width(text: str) -> int:
    """Count the cells of a terminal that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _cut(text: str, widest: int) -> str:
    if _width(text) <= widest:
        return text
    while _width(text) > widest - 1:
        text = text[: min(len(text) - 1, widest)]
    return text + CUT
