"""The nearest right name, for errors about a wrong one (host and worker; standard library only)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Give the remedy for a name that does not exist.

    Parameters
    ----------
    name
        What the user wrote.
    names
        What would have been right.

    Returns
    -------
    str
        ``"Did you mean 'price'?"``, or the right names where none is near, or ``""`` where there are none.
    """
    known = list(dict.fromkeys(names))
    if not known:
        return ""
    by_folded = {folded: right for right in reversed(known) for folded in [right.strip().casefold()]}
    near = difflib.get_close_matches(name.strip().casefold(), by_folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {by_folded[near[0]]!r}?"
    shown = ", ".join(repr(right) for right in known[:12])
    return f"There are: {shown}" + (", ..." if len(known) > 12 else "") + "."
