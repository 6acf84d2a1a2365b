"""Which modules there are.

A module is a folder ``<family>/<module>/`` with ``spec.py`` (host: one ``MODULE``) and ``work.py`` (worker),
found by its name alone: ``clean_missing_data`` is ``clean-missing-data``. Adding one is adding a folder.
The modules of a whole library, ``sklearn.<Name>``, come from one catalogue: ``names()`` and ``module(name)``.
Third parties give theirs through the entry point group ``drawloom.modules``: ``my-module =
"package.spec:MODULE"``. Nothing is imported until a module is asked for, so a plan pays for the modules it
uses.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from drawloom.errors import InputError
from drawloom.modules.spec import Module
from drawloom.modules.spelling import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "drawloom.modules"
_LIBRARIES = {"sklearn.": "drawloom.modules.learning.scikit_learn.catalogue"}
_HERE = Path(__file__).parent


class _Catalogue(Mapping[str, Module]):
    """Every module by name; a spec is imported at the first look."""

    def __getitem__(self, name: str) -> Module:
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        yield from sorted(_built_in().keys() | _of_libraries() | _third_party().keys())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str) and _library(name):
            return name in _of_libraries()
        return name in _built_in() or name in _third_party()


_CATALOGUE = _Catalogue()


def modules() -> Mapping[str, Module]:
    """Give every module by name, built-in and third-party; each is imported when it is looked up.

    Raises
    ------
    InputError
        0114 on looking up a third-party module whose spec cannot be used.
    """
    return _CATALOGUE


def module(name: str) -> Module:
    """Give one module.

    Raises
    ------
    InputError
        0018 with the nearest right name where there is none of this name; 0114 as in `modules`.
    """
    try:
        return _CATALOGUE[name]
    except KeyError:
        raise InputError(
            f"There is no module {name!r}.", code="0018", remedy=did_you_mean(name, _CATALOGUE)
        ) from None


@cache
def _built_in() -> dict[str, str]:
    """Module name -> dotted name of its spec."""
    return {
        spec.parent.name.replace("_", "-"): f"{__package__}.{spec.parent.parent.name}.{spec.parent.name}.spec"
        for spec in sorted(_HERE.glob("*/*/spec.py"))
    }


@cache
def _of_libraries() -> frozenset[str]:
    return frozenset(
        name for catalogue in _LIBRARIES.values() for name in importlib.import_module(catalogue).names()
    )


def _library(name: str) -> str | None:
    """Give the catalogue that alone may have modules of this name."""
    return next((catalogue for prefix, catalogue in _LIBRARIES.items() if name.startswith(prefix)), None)


@cache
def _third_party() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {
        point.name: point
        for point in entry_points(group=GROUP)
        if point.name not in _built_in() and not _library(point.name)
    }


@cache
def _load(name: str) -> Module:
    catalogue = _library(name)
    if catalogue:
        made: Module = importlib.import_module(catalogue).module(name)
        return made
    if name in _built_in():
        found: Module = importlib.import_module(_built_in()[name]).MODULE
        return found
    point = _third_party()[name]
    try:
        loaded = point.load()
    except Exception as error:  # any failure of foreign code is this one failure to the user
        raise InputError(
            f"The third-party module {name!r} cannot be loaded: {error}.",
            code="0114",
            remedy=f"Mend or remove the package that declares {point.value!r}.",
        ) from error
    if not isinstance(loaded, Module) or loaded.name != name:
        raise InputError(
            f"The entry point {name!r} does not name a drawloom Module called {name!r}.",
            code="0114",
            remedy=f"Mend or remove the package that declares {point.value!r}.",
        )
    return loaded
