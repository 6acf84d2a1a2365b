"""Column names: made text, made unique."""

from __future__ import annotations

from collections.abc import Iterable


def as_text(label: object) -> str:
    r"""Give a column label as text that Arrow can hold.

    Labels that are not text go through ``str`` (Studio classic: non-string names are passed through ``str``).
    Lone surrogates, which no UTF-8 can hold, are written as ``\udc80`` and the like.
    """
    return str(label).encode("utf-8", "backslashreplace").decode("utf-8")


def unique_names(names: Iterable[object]) -> list[str]:
    """Make column names text and unique.

    The first of several equal names keeps it, the others get `` (2)``, `` (3)`` and so on (Studio classic),
    passing over any name that a column already has.

    Parameters
    ----------
    names
        The labels, of any type.

    Returns
    -------
    list of str
        As many names as labels, in the same order, no two alike.
    """
    wanted = [as_text(name) for name in names]
    taken = set(wanted)
    if len(taken) == len(wanted):
        return wanted
    seen: dict[str, int] = {}
    unique = []
    for name in wanted:
        number = seen.get(name, 0) + 1
        chosen = name
        while number > 1 and (chosen := f"{name} ({number})") in taken:
            number += 1
        seen[name] = number
        taken.add(chosen)
        unique.append(chosen)
    return unique
