"""A lock: exactly which packages, proven by hashes, and what was asked for. One text file, fit for a diff.

It is a requirements file that pip and uv read too; what drawloom adds stands in the comments at its head.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drawloom.environment import base
from drawloom.environment.requirement import normalised
from drawloom.errors import InputError

_HEAD = "# drawloom environment: change it with `drawloom env`"
_PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)(?:\s+\\)?")


@dataclass(frozen=True)
class Lock:
    """A locked set of packages.

    Attributes
    ----------
    requirements
        What was asked for.
    stamp
        Nothing that was published later was considered (RFC 3339, UTC).
    python
        The version of Python it holds for, such as 3.11.
    pins
        Name -> its lines in a requirements file, `name==version` and the hashes.
    """

    requirements: tuple[str, ...]
    stamp: str
    python: str
    pins: Mapping[str, str]

    @property
    def packages(self) -> dict[str, str]:
        """The version of each package, by name."""
        return {name: _version(text) for name, text in self.pins.items()}

    @property
    def identity(self) -> str:
        """The hash of the lock, of the packages that lie beneath, and of the interpreter."""
        lines = [base.identity(), *self.pins.values()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def missing(self, installed: Mapping[str, str]) -> dict[str, str]:
        """Give the pins that `installed` does not have at exactly their version."""
        return {name: text for name, text in self.pins.items() if installed.get(name) != _version(text)}

    def to_text(self) -> str:
        """Give the file."""
        head = [_HEAD, f"# python: {self.python}", f"# exclude-newer: {self.stamp}"]
        head += [f"# requirement: {each}" for each in self.requirements]
        return "\n".join([*head, *self.pins.values()]) + "\n"

    @classmethod
    def from_text(cls, text: str, where: object) -> Lock:
        """Read what `to_text` gave.

        Raises
        ------
        InputError
            It is none.
        """
        lines = text.splitlines()
        told = [line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line]
        known = dict(told)
        if not lines or lines[0] != _HEAD or not {"python", "exclude-newer"} <= known.keys():
            raise InputError(
                f"{where} is not the lock of an environment.",
                code="0048",
                remedy="Restore it, or make it anew with `drawloom env`.",
            )
        asked = tuple(value for key, value in told if key == "requirement")
        return cls(asked, known["exclude-newer"], known["python"], pins_of(lines))


def pins_of(lines: Iterable[str]) -> dict[str, str]:
    """Give the pins of a requirements file by normalised name, sorted."""
    pins: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if found := _PIN.match(line):
            current = pins.setdefault(normalised(found[1]), [])
            current.append(line.rstrip())
        elif line.startswith(" ") and line.strip().startswith("--hash"):
            current.append(line.rstrip())
    return {name: "\n".join(pins[name]) for name in sorted(pins)}


def _version(pin: str) -> str:
    found = _PIN.match(pin)
    return found[2] if found else ""
