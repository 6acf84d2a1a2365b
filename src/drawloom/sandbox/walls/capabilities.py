"""Capabilities: all five sets empty, and no way to fill them again.

Stops: everything the kernel keeps for root (mounting, raw sockets, clocks, modules, changing owner),
also through set-uid programs and file capabilities.
"""

from __future__ import annotations

from functools import cache

from drawloom.sandbox.walls import calls

_PR_CAPBSET_DROP = 24
_PR_SET_SECUREBITS = 28
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_VERSION_3 = 0x20080522
# Root gains nothing, ids change nothing, nothing is kept, nothing becomes ambient; each bit locked.
_SECUREBITS = 0b11101111


@cache
def last() -> int:
    """Give the number of the last capability this kernel has."""
    with open("/proc/sys/kernel/cap_last_cap", "rb") as file:
        return int(file.read())


def drop_all() -> str:
    """Empty the ambient, bounding, effective, permitted and inheritable sets; set no_new_privs."""
    calls.prctl(_PR_SET_SECUREBITS, _SECUREBITS)
    calls.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for number in range(last() + 1):
        calls.prctl(_PR_CAPBSET_DROP, number)
    calls.call("capset", calls.struct_of_words(_VERSION_3), calls.struct_of_words(0, 0, 0))
    calls.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return "none of " + str(last() + 1) + ", no new privileges"
