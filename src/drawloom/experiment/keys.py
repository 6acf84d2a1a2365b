"""The key of a step: one digest of everything that decides what comes out of it.

Two steps with equal keys give equal outputs, so an output is stored and found again under the key. What went
into a key is kept beside it as plain values, so that a later run can name the part that differs (`why`).
"""

from __future__ import annotations

import functools
import os
import stat
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drawloom.experiment import digest
from drawloom.experiment.check import Box, Graph
from drawloom.experiment.paths import open_beneath
from drawloom.experiment.sources import source_digest
from drawloom.experiment.versions import versions_for

if TYPE_CHECKING:
    from drawloom.environment.build import Built

FORMAT = 1
"""Raised when keys are made in another way; every step then runs once more."""


def no_source(box: Box) -> None:
    """Say that a step takes nothing from the workspace but through its wires."""


def only_the_interpreter(box: Box, tell: Callable[[str], None]) -> None:
    """Say that a step runs with the packages of the interpreter."""


@dataclass(frozen=True)
class Surroundings:
    """What decides a step's output besides the experiment itself.

    Parameters
    ----------
    environment
        Gives the identity of the packages a step runs with, as JSON values.
    built
        Makes them ready; called with a step, and with what tells the progress.
    zone, locale
        Of the children.
    workspace_source
        Gives what a step takes from the workspace by name and not through a wire (the version of a dataset),
        as plain JSON values, or None.
    remembered
        Digests of files made before (see `digest.Remembered`); added to in place.
    """

    environment: Callable[[Box], Any]
    built: Callable[[Box, Callable[[str], None]], Built | None] = only_the_interpreter
    zone: str = "UTC"
    locale: str = "C.UTF-8"
    workspace_source: Callable[[Box], Any] = no_source
    remembered: digest.Remembered = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyParts:
    """What a key is made of.

    Attributes
    ----------
    name
        The name of the step, which is no part of the key.
    content
        All that decides, as JSON values.
    token
        Empty, or what sets apart one run of a step that gives something new each time.
    texts
        The script and its siblings by name, for the explanation alone.
    sources
        The step behind each input port, for the explanation alone: renaming a step changes no key.
    """

    name: str
    content: dict[str, Any]
    token: str
    texts: dict[str, str]
    sources: dict[str, str]

    @property
    def key(self) -> str:
        """The key: 64 hexadecimal digits."""
        return digest.of_value([FORMAT, self.content, self.token])

    def to_dict(self) -> dict[str, Any]:
        """Give the parts as the JSON values a record keeps; of texts only a mark for each line."""
        return {
            "format": FORMAT,
            "content": self.content,
            "token": self.token,
            "lines": {name: line_marks(text) for name, text in self.texts.items()},
            "sources": self.sources,
        }


def parts_of(box: Box, keys: Mapping[str, str], fixed: dict[str, Any], token: str = "") -> KeyParts:
    """Give the parts of a step's key.

    Parameters
    ----------
    keys
        The keys of its sources, by step.
    fixed
        What `fixed_content` gave for it.
    """
    inputs = {wire.target_port: [keys[wire.source], wire.source_port] for wire in box.wires}
    texts = {} if box.script is None else {script_name(box): box.script}
    return KeyParts(
        name=box.name,
        content=fixed | {"inputs": inputs},
        token=token,
        texts=texts | box.siblings,
        sources={wire.target_port: wire.source for wire in box.wires},
    )


def fixed_content(box: Box, graph: Graph, around: Surroundings) -> dict[str, Any]:
    """Give all parts of a step's key but those that come from its sources.

    Raises
    ------
    InputError
        A file was removed since the check.
    """
    own_text = {"script"} if box.script is not None else set()  # told line by line, not as a parameter
    parameters = box.parameters.model_dump(mode="json", exclude=own_text)
    return {
        "module": box.module.name,
        "version": box.module.version,
        "source": source_digest(box.module),
        "params": parameters,
        "script": None if box.script is None else digest.of_text(box.script),
        "siblings": {name: digest.of_text(text) for name, text in box.siblings.items()},
        "bundle": _bundle(box, graph, around),
        "files": dict(_files(box, graph, around)),
        "workspace": around.workspace_source(box),
        "apply": box.step.apply,
        "compat": box.step.compat,
        "environment": around.environment(box),
        "versions": versions_for(box.module.name),
        "seed": graph.experiment.seed,
        "zone": around.zone,
        "locale": around.locale,
    }


def script_name(box: Box) -> str:
    """Give the name by which a user knows a step's script: its file, or the step where the text is inline."""
    script = box.step.script
    return script.path if script is not None and script.path else f"the script of {box.name}"


@functools.lru_cache(maxsize=4096)
def line_marks(text: str) -> str:
    """Give four characters for each line: enough to tell which line changed, whatever it said."""
    return "".join(
        b64encode((zlib.crc32(line.encode("utf-8", "surrogatepass")) & 0xFFFFFF).to_bytes(3)).decode()
        for line in text.splitlines()
    )


def _bundle(box: Box, graph: Graph, around: Surroundings) -> dict[str, str]:
    if box.step.bundle is None:
        return {}
    return _digests(graph, box.step.bundle, around)


def _files(box: Box, graph: Graph, around: Surroundings) -> Iterator[tuple[str, dict[str, str]]]:
    name = box.module.reads
    path = getattr(box.parameters, name, None) if name else None
    if name and isinstance(path, str):
        yield name, _digests(graph, path, around)


def _digests(graph: Graph, path: str, around: Surroundings) -> dict[str, str]:
    fd = open_beneath(graph.experiment.folder, path, graph.roots)
    try:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            return digest.of_folder(fd, around.remembered)
        return {os.path.basename(path): digest.of_file(fd, around.remembered)}
    finally:
        os.close(fd)
