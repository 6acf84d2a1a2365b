"""What a step prints, as it comes: whole lines, and the bars that tqdm draws over themselves."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from drawloom.experiment.events import Event, LogLine, Progress

LINE_CHARACTERS = 8192
_END = re.compile(r"[\r\n]")
_BAR = re.compile(r"(?:^|: *| )(\d{1,3})%\|")
_COUNT = re.compile(r"(?:^|: )\d+(?:\.\d+)?[kMGT]?\w{0,12} \[\d+:\d\d")


@dataclass
class Listener:
    """Turns the bytes of one step into events; a bar that did not move is told once."""

    step: str
    _decoders: dict[str, Any] = field(default_factory=dict)
    _rest: dict[str, str] = field(default_factory=dict)
    _shown: str = ""

    def hear(self, stream: str, data: bytes) -> Iterator[Event]:
        """Give what a piece of "stdout" or "stderr" completes."""
        decoder = self._decoders.get(stream)
        if decoder is None:
            decoder = self._decoders[stream] = codecs.getincrementaldecoder("utf-8")("replace")
        *whole, rest = _END.split(self._rest.get(stream, "") + decoder.decode(data))
        for text in whole:
            yield from self._said(stream, text)
        if len(rest) > LINE_CHARACTERS:
            yield from self._said(stream, rest)
            rest = ""
        elif stream == "stderr" and (bar := _bar(self.step, rest)):
            yield from self._moved(bar)
        self._rest[stream] = rest

    def end(self) -> Iterator[Event]:
        """Give what was printed without an end of line."""
        for stream, rest in self._rest.items():
            yield from self._said(stream, rest)
        self._rest.clear()

    def _said(self, stream: str, text: str) -> Iterator[Event]:
        bar = _bar(self.step, text) if stream == "stderr" else None
        if bar is not None:
            yield from self._moved(bar)
        elif text:
            yield LogLine(self.step, stream, text[:LINE_CHARACTERS])

    def _moved(self, bar: Progress) -> Iterator[Event]:
        if bar.text != self._shown:
            self._shown = bar.text
            yield bar


def _bar(step: str, text: str) -> Progress | None:
    """Read a bar as tqdm draws it: `name:  40%|████      | 4/10 [00:01<00:02, ...]` or `4it [00:01, ...]`."""
    found = _BAR.search(text)
    if found:
        return Progress(step, min(int(found[1]), 100) / 100, text.strip())
    return Progress(step, None, text.strip()) if _COUNT.search(text) else None
