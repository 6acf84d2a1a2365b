"""What the modules that run a script have in common: parameters of the script's own (host side)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict

from drawloom.modules.parameters import Parameters, Problem, problems_of
from drawloom.modules.spec import Module
from drawloom.modules.spelling import did_you_mean


class ScriptParameters(Parameters):
    """Parameters beside those that the script itself has."""

    model_config = ConfigDict(extra="allow")


Arguments = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Mapping[str, Any], list[Problem]]]
"""Takes the module's parameters (``script`` among them) and the values for those of the script.

Gives the latter converted, and what is wrong with them.
"""


@dataclass(frozen=True)
class ScriptModule(Module):
    """A module whose steps hold a script, in the parameter ``script``.

    Parameters
    ----------
    arguments
        Reads the parameters of the script itself; None where a script has none. It must not run the script.
    graphics
        Whether the work also writes an output ``graphics``: the pictures one after the other, listed in the
        report with name, kind and size.
    """

    arguments: Arguments | None = None
    graphics: bool = False

    def check(self, values: Mapping[str, Any]) -> tuple[Parameters | None, list[Problem]]:
        """Validate the parameters of a step, those of its script among them."""
        own = {name: value for name, value in values.items() if name in self.parameters.model_fields}
        others: Mapping[str, Any] = {name: value for name, value in values.items() if name not in own}
        found, problems = problems_of(self.parameters, own)
        if self.arguments is not None and isinstance(own.get("script"), str):
            others, wrong = self.arguments(own, others)
        else:
            wrong = [unknown(name, self.parameters.model_fields) for name in others]
        if found is None or wrong:
            return None, problems + wrong
        return self.parameters.model_validate(own | dict(others)), []


def unknown(name: str, known: Iterable[str]) -> Problem:
    """Say that there is no parameter of this name."""
    return Problem((name,), f"There is no parameter {name!r}.", did_you_mean(name, known))
