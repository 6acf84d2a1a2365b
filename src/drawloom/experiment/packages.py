"""Which packages each step of an experiment finds: its environment, locked for the key, built for the run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.environment import base
from drawloom.errors import DrawloomError
from drawloom.experiment.check import Box

if TYPE_CHECKING:
    from drawloom.environment.build import Built
    from drawloom.environment.lock import Lock
    from drawloom.environment.shelf import Shelf

PYTHON_SCRIPT = "execute-python-script"
_BASE = "base"


class Packages:
    """The environments of one experiment, each locked once while it is planned and run.

    A step that runs a Python script or hands an object (a model) over gets the environment it names, else
    the one the block in its script asks for, else that of the experiment. All other steps run with the
    packages of the interpreter, so that changing an environment does not read the data anew.
    """

    def __init__(self, root: Path, experiment: str) -> None:
        self._root = root
        self._experiment = experiment
        self._locks: dict[object, Lock | None] = {}

    def identity(self, box: Box) -> dict[str, Any]:
        """Give what a step's key holds of its packages: a digest, and the versions for the explanation."""
        lock = self.lock(box)
        if lock is None:
            return self._of_interpreter
        return {"identity": lock.identity, "packages": lock.packages}

    def lock(self, box: Box) -> Lock | None:
        """Give the lock of a step; None where it runs with the packages of the interpreter.

        Raises
        ------
        InputError
            There is no such environment, or its packages cannot be had.
        """
        if not _is_open_to_packages(box):
            return None
        try:
            if box.step.environment:
                return self._named(box.step.environment)
            if box.module.name == PYTHON_SCRIPT and box.script and "# /// script" in box.script:
                return self._asked_by(box.script)
            return self._named(self._experiment)
        except DrawloomError as error:
            raise type(error)(
                f'Step "{box.name}": {error.message}', code=error.code, remedy=error.remedy
            ) from None

    def built(self, box: Box, tell: Callable[[str], None]) -> Built | None:
        """Give the packages of a step, built now where they are not yet.

        Raises
        ------
        InputError
            A package cannot be fetched.
        """
        lock = self.lock(box)
        if lock is None:
            return None
        from drawloom.environment import build

        return build.ready(lock, self._shelf.settings, tell)

    @cached_property
    def _of_interpreter(self) -> dict[str, Any]:
        return {"identity": base.identity(), "packages": base.installed()}

    @cached_property
    def _shelf(self) -> Shelf:
        from drawloom.environment import settings
        from drawloom.environment.shelf import Shelf
        from drawloom.workspace import packages

        return Shelf(packages.of(self._root), settings.read())

    def _named(self, name: str) -> Lock | None:
        if name == _BASE:
            return None
        if name not in self._locks:
            self._locks[name] = self._shelf.get(name)
        return self._locks[name]

    def _asked_by(self, script: str) -> Lock | None:
        from drawloom.environment import block

        asked = block.read(script)
        if asked is None:
            return self._named(self._experiment)
        if asked.requirements not in self._locks:
            self._locks[asked.requirements] = self._shelf.of_script(asked.requirements)
        return self._locks[asked.requirements]


def _is_open_to_packages(box: Box) -> bool:
    ports = (*box.ports.inputs, *box.ports.outputs)
    return box.module.name == PYTHON_SCRIPT or any(port.kind != "table" for port in ports)
