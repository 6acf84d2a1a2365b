"""What a worker claims in its report, taken over only in the form it must have: nobody vouches for it."""

from __future__ import annotations

from typing import Any

from drawloom.errors import SandboxError

Changes = list[dict[str, Any]]

_CHANGE: dict[str, tuple[type, ...]] = {
    "column": (str,),
    "type_there": (str,),
    "type_here": (str,),
    "missing_before": (int,),
    "missing_after": (int,),
    "renamed_from": (str, type(None)),
    "note": (str,),
}
_STREAMS = ("stdout", "stderr")


def changes(value: object) -> Changes:
    """Take over the changed columns of one table, each as `drawloom.table.report.Conversion` gives it.

    Raises
    ------
    SandboxError
        They have another form.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(_is_change(each) for each in value):
        raise _unknown("conversions")
    return value


def by_port(value: object) -> dict[str, Changes]:
    """Take over the changed columns of several tables: port -> changes."""
    return {port: changes(each) for port, each in _object(value, "conversions").items()}


def ways(value: object) -> dict[str, dict[str, Changes]]:
    """Take over the changed columns on the way "in" and "out", by port."""
    return {way: by_port(each) for way, each in _object(value, "conversions").items()}


def versions(value: object) -> dict[str, dict[str, str]]:
    """Take over the versions of the libraries behind each object: port -> library -> version."""
    known = {port: _object(each, "objects") for port, each in _object(value, "objects").items()}
    if not all(isinstance(text, str) for each in known.values() for text in each.values()):
        raise _unknown("objects")
    return known


def log(value: object) -> list[tuple[str, str]]:
    """Take over what Python wrote, in the order of writing: (stream, text)."""
    lines = _list(value, "log")
    if not all(
        isinstance(line, list | tuple) and len(line) == 2 and line[0] in _STREAMS and isinstance(line[1], str)
        for line in lines
    ):
        raise _unknown("log")
    return [(stream, text) for stream, text in lines]


def notes(value: object) -> list[str]:
    """Take over what else the user should know."""
    lines = _list(value, "notes")
    if not all(isinstance(line, str) for line in lines):
        raise _unknown("notes")
    return lines


def _is_change(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _CHANGE.keys()
        and all(type(value[name]) in kinds for name, kinds in _CHANGE.items())
    )


def _object(value: object, what: str) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise _unknown(what)
    return value or {}


def _list(value: object, what: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _unknown(what)
    return value or []


def _unknown(what: str) -> SandboxError:
    return SandboxError(
        f"The worker's report has an unknown form ({what}).",
        remedy="The script tampers with its own worker; nothing it returned was kept.",
    )
