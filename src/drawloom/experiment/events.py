"""What a run tells while it goes on: frozen values, in the order in which things happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from drawloom.errors import DrawloomError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `to_dict` gives it as plain JSON values with its name under "event"."""

    def to_dict(self) -> dict[str, Any]:
        """Give the event as plain JSON values."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"event": name} | {
            key: value.to_dict() if isinstance(value, DrawloomError) else value
            for key, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The run begins; ``steps`` says of each its name, module, action and reason."""

    run: int
    steps: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reused(Event):
    """A step's outputs were taken from an earlier run."""

    step: str
    reason: str
    run: int


@dataclass(frozen=True, slots=True)
class Queued(Event):
    """All a step needs is there; it waits for a core and for memory."""

    step: str


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A step begins, and why it runs at all."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """A progress bar moved; ``fraction`` is None where its end is not known."""

    step: str
    fraction: float | None
    text: str


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """A step printed a line."""

    step: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class OutputReady(Event):
    """An output is kept; ``rows`` and ``columns`` are None for anything but a table."""

    step: str
    port: str
    rows: int | None
    columns: int | None


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """A step ended: "ok", "failed" or "cancelled"."""

    step: str
    status: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Why a step failed; `Finished` follows."""

    step: str
    error: DrawloomError


@dataclass(frozen=True, slots=True)
class Skipped(Event):
    """A step cannot run, because of another one."""

    step: str
    because: str


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The run ended: "ok", "failed" or "cancelled"."""

    run: int
    status: str


OnEvent: TypeAlias = Callable[[Event], None]
