"""What `drawloom.table.profile` says of a table, as text: a line a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drawloom.cli import columns
from drawloom.cli.console import harmless

_BARS = " ▁▂▃▄▅▆▇█"
BARS_SHOWN = 10
TOP = 3


def lines(profile: Mapping[str, Any], *, room: int) -> Iterator[str]:
    """Give the statistics of each column, and the size of the table last."""
    described = profile.get("columns", [])
    rows = [
        (
            str(column["name"]),
            str(column["type"]),
            str(column["missing"]),
            _distinct(column),
            _bars(column.get("histogram")),
            _statistics(column),
        )
        for column in described
    ]
    header = ("column", "type", "missing", "distinct", "shape", "values")
    yield from columns.table(header, rows, right=(2, 3), room=room)
    sampled = profile.get("sampled_rows")
    size = f"{columns.count(profile.get('rows', 0), 'row')} x {columns.count(len(described), 'column')}"
    yield harmless(size + (f"; statistics of {sampled} rows, evenly spaced" if sampled else ""))


def _distinct(column: Mapping[str, Any]) -> str:
    if column.get("distinct") is None:
        return ""
    return str(column["distinct"]) if column.get("distinct_exact") else f">= {column['distinct']}"


def _statistics(column: Mapping[str, Any]) -> str:
    match column.get("kind"):
        case "number" | "duration" if column.get("min") is not None:
            said = f"{_number(column['min'])} .. {_number(column['max'])}, mean {_number(column['mean'])}"
            return f"{said}, std {_number(column['std'])}"
        case "datetime" if column.get("min") is not None:
            return f"{column['min']} .. {column['max']}"
        case "boolean":
            return f"true {column['true']}, false {column['false']}"
        case "text" | "category":
            top = [f"{each['value']!r} {each['count']}" for each in column.get("top") or []]
            return ", ".join(top[:TOP]) + (", ..." if len(top) > TOP else "")
    return ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _bars(histogram: Mapping[str, Any] | None) -> str:
    """Draw a histogram with blocks of eight heights, neighbouring bins taken together."""
    counts = (histogram or {}).get("counts") or []
    if not counts:
        return ""
    step = -(-len(counts) // BARS_SHOWN)
    heights = [sum(counts[at : at + step]) for at in range(0, len(counts), step)]
    most = max(heights) or 1
    return "".join(_BARS[-(-height * (len(_BARS) - 1) // most)] for height in heights)
