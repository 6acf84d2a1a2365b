"""Dotted names: what an old one is called today, and how a source can say it."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field

from drawloom.script.classic.rule import Function, Lost, Module, Moved, Rule
from drawloom.script.classic.rules import RULES

_TABLE = {rule.old: rule for rule in RULES if isinstance(rule.how, Moved | Module | Function | Lost)}
_USUAL = {"numpy": "np", "pandas": "pd", "matplotlib.pyplot": "plt", "matplotlib": "mpl"}


@dataclass(frozen=True, slots=True)
class Today:
    """Where a dotted name leads.

    Attributes
    ----------
    dotted
        Its name today.
    rules
        The rules on the way, none where the name is one of today.
    last
        The rule whose use has to be rewritten (`Function`) or has no replacement (`Lost`), if there is one.
    """

    dotted: str
    rules: tuple[Rule, ...] = ()
    last: Rule | None = None


_SAME = {f"matplotlib.pyplot.{name}": f"matplotlib.{name}" for name in ("cm", "style", "mlab")}


def canonical(dotted: str) -> str:
    """Give the name of a module as the table has it, where another module lends it too."""
    for lent, own in _SAME.items():
        if dotted.startswith(lent + "."):
            return own + dotted[len(lent) :]
    return dotted


def today(dotted: str) -> Today:
    """Follow a dotted name through the table."""
    rules: list[Rule] = []
    while True:
        rule, rest = _longest(dotted)
        if rule is None:
            return Today(dotted, tuple(rules))
        rules.append(rule)
        if isinstance(rule.how, Moved | Module):
            dotted = rule.how.to + rest
        elif isinstance(rule.how, Lost) or not rest:
            return Today(dotted, tuple(rules), rule)
        else:
            return Today(dotted)


def _longest(dotted: str) -> tuple[Rule | None, str]:
    parts = dotted.split(".")
    for depth in range(len(parts), 0, -1):
        prefix = ".".join(parts[:depth])
        if prefix in _TABLE:
            return _TABLE[prefix], dotted[len(prefix) :]
    return None, ""


@dataclass(slots=True)
class Bindings:
    """The names a module has at its top, and those it will need.

    Attributes
    ----------
    imported
        Bound name -> dotted name of today.
    taken
        Every name that the source binds anywhere.
    needed
        Import statements to add, in order.
    """

    imported: dict[str, str]
    taken: set[str]
    needed: list[str] = field(default_factory=list)

    def say(self, dotted: str) -> str:
        """Write a dotted name with what is imported, or note an import of it.

        ``numpy.inf`` becomes ``np.inf`` where ``import numpy as np`` stands.
        """
        if dotted.startswith("builtins."):
            return dotted.removeprefix("builtins.")
        best = ""
        for bound, full in self.imported.items():
            fits = dotted == full or dotted.startswith(full + ".")
            if fits and (not best or len(full) > len(self.imported[best])):
                best = bound
        if best:
            return best + dotted[len(self.imported[best]) :]
        return self._import(dotted)

    def _import(self, dotted: str) -> str:
        module, _, name = dotted.rpartition(".")
        for usual, short in _USUAL.items():
            if dotted.startswith(usual + ".") and self._free(short):
                self._need(f"import {usual} as {short}", short, usual)
                return short + dotted[len(usual) :]
        if not module:
            bound = name if self._free(name) else f"{name}_today"
            self._need(f"import {name}" + (f" as {bound}" if bound != name else ""), bound, name)
            return bound
        bound = name if self._free(name) else f"{name}_today"
        self._need(f"from {module} import {name}" + (f" as {bound}" if bound != name else ""), bound, dotted)
        return bound

    def _free(self, name: str) -> bool:
        return name not in self.taken and not hasattr(builtins, name)

    def _need(self, statement: str, bound: str, dotted: str) -> None:
        self.needed.append(statement)
        self.imported[bound] = dotted
        self.taken.add(bound)
