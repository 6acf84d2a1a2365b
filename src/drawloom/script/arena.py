"""The place a script runs in: working directory, import path, module ``azuremod``."""

from __future__ import annotations

import contextlib
import linecache
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from drawloom.script.source import Source

MODULE = "azuremod"
BUNDLE = "Script Bundle"
BUNDLE_ON_PATH = ".\\" + BUNDLE


class Arena:
    r"""Puts the process where the script expects to be, and back again.

    Parameters
    ----------
    workdir
        The private working directory, empty before.
    siblings
        Modules that travel with the script: relative file name -> text.
    paths
        Further folders to import from, most important first, such as those of the bundle.
    borrowed
        Whether the process is the caller's and is left as it was.

    Notes
    -----
    As in Studio classic the script is ``azuremod.py`` in the working directory and imported as ``azuremod``,
    and ``.\Script Bundle`` is an element of ``sys.path``; scripts look for either to learn where they run.
    """

    def __init__(
        self, workdir: str, siblings: Mapping[str, str], paths: Sequence[str] = (), *, borrowed: bool = True
    ) -> None:
        self.workdir = workdir
        self._siblings = siblings
        self._paths = paths
        self._before = _Before() if borrowed else None

    def __enter__(self) -> Arena:
        hidden = _hide({name.partition("/")[0].removesuffix(".py") for name in self._siblings})
        if self._before is not None:
            self._before.hidden = hidden
        os.chdir(self.workdir)
        self.workdir = os.getcwd()
        with contextlib.suppress(FileExistsError):
            os.mkdir(BUNDLE)
        for name, text in self._siblings.items():
            if folder := os.path.dirname(name):
                os.makedirs(folder, exist_ok=True)
            _write(name, text)
        sys.path[:0] = [self.workdir, *self._paths, BUNDLE_ON_PATH]
        sys.dont_write_bytecode = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            self._before.restore(self.workdir)

    def import_script(self, source: Source, filename: str) -> ModuleType:
        """Write the script as ``azuremod.py``, execute it and give the module.

        Parameters
        ----------
        source
            The script.
        filename
            What tracebacks and debuggers call it; its lines are shown from the user's own text.
        """
        tree, text = source.module()
        _write(f"{MODULE}.py", text)
        linecache.cache[filename] = (len(source.text), None, source.text.splitlines(keepends=True), filename)
        module = ModuleType(MODULE)
        module.__file__ = os.path.join(self.workdir, f"{MODULE}.py")
        sys.modules[MODULE] = module
        exec(compile(tree, filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - this is its purpose
        return module


class _Before:
    """How the caller's process was."""

    def __init__(self) -> None:
        self.hidden: dict[str, ModuleType] = {}
        self._folder = os.getcwd()
        self._path = list(sys.path)
        self._modules = set(sys.modules)
        self._recursion = sys.getrecursionlimit()
        self._dont_write_bytecode = sys.dont_write_bytecode

    def restore(self, workdir: str) -> None:
        os.chdir(self._folder)
        sys.path[:] = self._path
        sys.setrecursionlimit(self._recursion)
        sys.dont_write_bytecode = self._dont_write_bytecode
        for name in set(sys.modules) - self._modules:
            if name == MODULE or _is_below(sys.modules[name], workdir):
                del sys.modules[name]
        sys.modules.update(self.hidden)


def _hide(own: set[str]) -> dict[str, ModuleType]:
    """Take libraries out of ``sys.modules`` that a module beside the script has the name of."""
    if not any(name in sys.modules for name in own):
        return {}
    loaded = [name for name in sys.modules if name.partition(".")[0] in own]
    return {name: sys.modules.pop(name) for name in loaded}


def _is_below(module: ModuleType, workdir: str) -> bool:
    spec = getattr(module, "__spec__", None)
    places = [getattr(module, "__file__", None), *(getattr(spec, "submodule_search_locations", None) or ())]
    inside = (os.path.join(workdir, ""), BUNDLE_ON_PATH)
    return any(isinstance(place, str) and place.startswith(inside) for place in places)


def _write(name: str, text: str) -> None:
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        rest = memoryview(text.encode("utf-8", "surrogatepass"))
        while rest:
            rest = rest[os.write(fd, rest) :]
    finally:
        os.close(fd)
