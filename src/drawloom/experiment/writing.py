"""Values to YAML text, in the style the file already has."""

from __future__ import annotations

import math
import re
from typing import Any

from drawloom.experiment.syntax import resolve

_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+][A-Za-z0-9_./+-]*)*")
_WORDS_OF_OTHER_READERS = frozenset(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
)  # YAML 1.1 reads them as booleans
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def flow(value: Any, style: str = "") -> str:
    """Give a value on one line; ``style`` is the quote a text is to keep (empty: plain where that is safe).

    Raises
    ------
    TypeError
        The value is none of None, bool, int, float, str, list, tuple, dict.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return text(value, style)
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text(key)}: {flow(item)}' for key, item in value.items())}}}"
    raise TypeError(f"a value of type {type(value).__name__} cannot be written into an experiment file")


def text(value: str, style: str = "") -> str:
    """Give a text in single quotes, double quotes or none, as ``style`` asks and its characters allow."""
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style != '"' and _is_plain(value):
        return value
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in value) + '"'


def block(value: str, indent: int, newline: str) -> str | None:
    """Give a text of several lines as a literal block, or None where a block could not hold it exactly."""
    lines = value.removesuffix("\n").split("\n")
    if len(lines) < 2 and not value.endswith("\n"):
        return None
    if not all(line.replace("\t", "").isprintable() for line in lines):
        return None
    if not lines[0] or lines[0][0] in " \t" or not lines[-1].strip() or any(line.isspace() for line in lines):
        return None
    header = "|" if value.endswith("\n") else "|-"
    margin = " " * indent
    return newline.join([header, *(margin + line if line else "" for line in lines)])


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _is_plain(value: str) -> bool:
    return (
        _PLAIN.fullmatch(value) is not None
        and resolve(value) == value
        and value.lower() not in _WORDS_OF_OTHER_READERS
        and not value.startswith("...")
    )


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
