"""Names of frequencies as pandas had them until 2.2, translated to those of today."""

from __future__ import annotations

import re

_OFFSETS = {
    "M": "ME",
    "Q": "QE",
    "A": "YE",
    "Y": "YE",
    "AS": "YS",
    "BM": "BME",
    "BQ": "BQE",
    "BA": "BYE",
    "BY": "BYE",
    "BAS": "BYS",
    "CBM": "CBME",
    "SM": "SME",
}
_PERIODS = {"A": "Y"}
_SHORT = {"H": "h", "BH": "bh", "CBH": "cbh", "T": "min", "S": "s", "L": "ms", "U": "us", "N": "ns"}
_TERM = re.compile(r"([-+]?\d*\.?\d*\s*)([A-Za-z]+)(-[A-Za-z0-9@-]+)?\s*")


def offset(text: str) -> str:
    """Translate the name of an offset: ``"2H"`` -> ``"2h"``, ``"Q-DEC"`` -> ``"QE-DEC"``; others stay."""
    return _translate(text, _OFFSETS | _SHORT)


def period(text: str) -> str:
    """Translate the frequency of a period, where ``"M"`` and ``"Q"`` are still right."""
    return _translate(text, _PERIODS | _SHORT)


def _translate(text: str, names: dict[str, str]) -> str:
    terms = list(_TERM.finditer(text))
    if "".join(term[0] for term in terms) != text:
        return text
    return "".join(
        term[0].replace(term[2], names.get(term[2], term[2]), 1) if term[2] in names else term[0]
        for term in terms
    )
