"""The place a script runs in: working directory, import path, module ``azuremod``."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

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

    Notes
    -----
    As in Studio classic the script is ``azuremod.py`` in the working directory and imported as ``azuremod``,
    and ``.\Script Bundle`` is an element of ``sys.path``; scripts look for either to learn where they run.
    """

    def __init__(self, workdir: str, siblings: Mapping[str, str], paths: Sequence[str] = ()) -> None:
        self.workdir = os.path.realpath(workdir)
        self._siblings = siblings
        self._paths = paths
        self._before: dict[str, Any] = {}

    def __enter__(self) -> Arena:
        own = {name.partition("/")[0].removesuffix(".py") for name in self._siblings} | {MODULE}
        self._before = {
            "cwd": os.getcwd(),
            "path": list(sys.path),
            "modules": set(sys.modules),
            "hidden": {
                name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in own
            },
            "recursion": sys.getrecursionlimit(),
            "dont_write_bytecode": sys.dont_write_bytecode,
        }
        os.chdir(self.workdir)
        os.makedirs(BUNDLE, exist_ok=True)
        for name, text in self._siblings.items():
            if folder := os.path.dirname(name):
                os.makedirs(folder, exist_ok=True)
            _write(name, text)
        sys.path[:0] = [self.workdir, *self._paths, BUNDLE_ON_PATH]
        sys.dont_write_bytecode = True
        return self

    def __exit__(self, *_: object) -> None:
        before = self._before
        os.chdir(before["cwd"])
        sys.path[:] = before["path"]
        sys.setrecursionlimit(before["recursion"])
        sys.dont_write_bytecode = before["dont_write_bytecode"]
        for name in [name for name in sys.modules if name not in before["modules"]]:
            if self._is_ours(sys.modules[name]):
                del sys.modules[name]
        sys.modules.update(before["hidden"])

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

    def _is_ours(self, module: ModuleType) -> bool:
        spec = getattr(module, "__spec__", None)
        places = [
            getattr(module, "__file__", None),
            *(getattr(spec, "submodule_search_locations", None) or ()),
        ]
        return any(
            isinstance(place, str) and os.path.realpath(place).startswith(self.workdir + os.sep)
            for place in places
        )


def _write(name: str, text: str) -> None:
    with open(name, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        file.write(text)
