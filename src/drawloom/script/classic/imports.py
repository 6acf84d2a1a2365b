"""Imports while a run lasts: modules that are gone, modules to patch, modules of the script's own."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, ModuleType
from typing import Any

from drawloom.script.classic import load

Lookup = Callable[[str, str], Any]


class Finder(importlib.abc.MetaPathFinder):
    """Stands before the other finders.

    Parameters
    ----------
    gone
        Old modules -> the module that has their names today; None where nothing has.
    patch
        Called with the name of each module of `patched` once it is loaded.
    patched
        The modules to patch.
    lookup
        Gives an attribute of an old module.
    explain
        Says what to use in place of an old module that nothing replaces.
    workdir
        Where modules are the script's own, and may be Python 2.
    """

    def __init__(
        self,
        gone: Mapping[str, str | None],
        patched: frozenset[str],
        patch: Callable[[str], None],
        lookup: Lookup,
        explain: Callable[[str], str],
        workdir: str,
    ) -> None:
        self._gone, self._patched, self._patch, self._lookup = gone, patched, patch, lookup
        self._explain = explain
        self._workdir = os.path.realpath(workdir) + os.sep
        self._busy: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find an old module, or one that is to be patched or read as old source."""
        if fullname in self._busy:
            return None
        self._busy.add(fullname)
        try:
            spec = self._elsewhere(fullname, path, target)
        finally:
            self._busy.discard(fullname)
        if spec is None:
            if fullname not in self._gone:
                return None
            if self._gone[fullname] is None:
                raise ModuleNotFoundError(self._explain(fullname), name=fullname)
            return importlib.machinery.ModuleSpec(fullname, _Gone(self._lookup), is_package=True)
        if isinstance(spec.loader, importlib.machinery.SourceFileLoader) and self._is_own(spec.origin):
            spec.loader = _OldSource(spec.loader.name, spec.loader.path)
        elif fullname in self._patched and spec.loader is not None:
            spec.loader = _Patching(spec.loader, self._patch)
        return spec

    @staticmethod
    def _elsewhere(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> importlib.machinery.ModuleSpec | None:
        for finder in sys.meta_path:
            if not isinstance(finder, Finder) and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None

    def _is_own(self, origin: str | None) -> bool:
        return origin is not None and os.path.realpath(origin).startswith(self._workdir)


class _Gone(importlib.abc.Loader):
    """Makes an old module, whose names are looked up as they are used."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__

        def get(attribute: str) -> Any:
            if attribute == "__all__":
                return self._lookup(name, attribute)
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return self._lookup(name, attribute)

        module.__dict__["__getattr__"] = get


class _Patching(importlib.abc.Loader):
    """Loads a module as ever, then patches it."""

    def __init__(self, loader: Any, patch: Callable[[str], None]) -> None:
        self._loader, self._patch = loader, patch

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._patch(module.__name__)


class _OldSource(importlib.machinery.SourceFileLoader):
    """Reads a module of the script's own as Python 2 or 3."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        parsed = data if isinstance(data, ast.Module) else load.code_tree(data, os.fspath(path))
        code: CodeType = compile(parsed, path, "exec", 0, True, _optimize)
        return code
