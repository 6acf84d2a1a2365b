"""Reading one value from text, by Studio's rules (worker side)."""

from __future__ import annotations

from typing import Any

import pandas as pd


def parse_value(text: str, kind: str) -> Any:
    """Read text as a value of a column type.

    Parameters
    ----------
    text
        As the user wrote it.
    kind
        ``integer`` (a fraction gives a float), ``double``, ``boolean`` (``true``, ``false``, or a number that
        is not zero), ``datetime`` (month before day where both are possible, as Studio read dates),
        ``timespan`` (``1.02:03:04`` and what pandas reads) or ``string``.

    Raises
    ------
    ValueError
        Where the text is no such value.
    """
    written = text.strip()
    match kind:
        case "integer":
            return _whole(written)
        case "double":
            return float(written)
        case "boolean":
            return _truth(written)
        case "datetime":
            if written.replace(".", "", 1).lstrip("+-").isdigit():
                raise ValueError(f"{text!r} is a number, not a date")
            return pd.Timestamp(written)
        case "timespan":
            return _span(written)
    return text


def _whole(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if number.is_integer() else number


def _truth(text: str) -> bool:
    folded = text.lower()
    if folded in ("true", "false"):
        return folded == "true"
    return bool(text) and float(text) != 0


def _span(text: str) -> pd.Timedelta:
    if text.lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError(f"{text!r} is a number, not a time span")
    days, dot, clock = text.partition(".")
    if not (dot and ":" in clock and days.lstrip("-").isdigit()):
        days, clock = "", text
    if clock.count(":") == 1:
        clock += ":00"
    return pd.Timedelta(f"{days} days {clock}" if days else clock)
