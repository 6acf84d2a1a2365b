"""``compat: classic``: the table made true in this process, for the length of one run."""

from __future__ import annotations

import builtins
import contextlib
import dis
import functools
import importlib
import linecache
import sys
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from drawloom.script.classic import frequency
from drawloom.script.classic.imports import Finder
from drawloom.script.classic.load import OldSource
from drawloom.script.classic.rule import Around, Call, Function, Lost, Member, Module, Moved, Rule
from drawloom.script.classic.rules import BY_OLD, RULES
from drawloom.script.classic.tree import HELPER
from drawloom.script.classic.warn import ClassicWarning, at_line, explain, forget, warn
from drawloom.script.source import Source

_MISSING = object()
_SHIMS = "drawloom.script.classic.shims."
_MODULES = {rule.old: rule for rule in RULES if isinstance(rule.how, Module)}
_NAMES = {rule.old: rule for rule in RULES if isinstance(rule.how, Moved | Function | Lost)}
_GONE = {rule.old: rule.how.to for rule in _MODULES.values() if isinstance(rule.how, Module)} | {
    rule.old: None for rule in RULES if isinstance(rule.how, Lost)
}


@contextlib.contextmanager
def enable(workdir: str, source: Source | None = None, filename: str = "") -> Iterator[None]:
    """Let removed names work until the end of the block, each use with a warning at the user's line.

    Parameters
    ----------
    workdir
        The script's own folder: modules there may be Python 2.
    source, filename
        The script and what it is compiled as, to warn of the Python 2 in it.

    Notes
    -----
    Libraries are patched only where a call or a name of today would fail, so that their own code and scripts
    of today run as ever. A library that is not loaded yet is patched when it is.
    """
    patches = _Patches()
    finder = Finder(_GONE, frozenset(_by_module()), patches.module, _lookup, _advice, workdir)
    loaded = set(sys.modules)
    forget()
    with warnings.catch_warnings():
        warnings.simplefilter("always", ClassicWarning)
        sys.meta_path.insert(0, finder)
        try:
            for name in list(_by_module()):
                if name in sys.modules:
                    patches.module(name)
            if isinstance(source, OldSource):
                _announce(source, filename)
            yield
        finally:
            sys.meta_path.remove(finder)
            patches.undo()
            for name in set(sys.modules) - loaded:
                if name in _GONE:
                    _forget_module(name)


def _announce(source: OldSource, filename: str) -> None:
    """Warn of the Python 2 in a source: once a form, at its first line."""
    lines = source.text.splitlines(keepends=True)
    linecache.cache[filename] = (len(source.text), None, lines, filename)
    seen: set[str] = set()
    for item in source.found:
        if item.old not in seen:
            at_line(item.old, filename, item.line)
        seen.add(item.old)


def _forget_module(name: str) -> None:
    module = sys.modules.pop(name)
    parent, _, child = name.rpartition(".")
    if parent in sys.modules and sys.modules[parent].__dict__.get(child) is module:
        delattr(sys.modules[parent], child)


def _lookup(module: str, name: str) -> Any:
    """Give an attribute of a module as it was of old; `AttributeError` where it never had it."""
    old = f"{module}.{name}"
    if name == "__all__":
        target = importlib.import_module(_MODULES[module].how.to)  # type: ignore[union-attr]
        return [public for public in dir(target) if not public.startswith("_")]
    rule = _NAMES.get(old)
    if rule is not None:
        return _value(rule)
    if old in _MODULES:
        return importlib.import_module(old)
    if module in _MODULES:
        target = importlib.import_module(_MODULES[module].how.to)  # type: ignore[union-attr]
        value = getattr(target, name)
        warn(module)
        return value
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def _value(rule: Rule) -> Any:
    how = rule.how
    if isinstance(how, Lost):
        kind = ImportError if _is_imported() else AttributeError
        raise kind(explain(rule.old, rule.new, rule.gone))
    warn(rule.old)
    return _shim(how.shim) if isinstance(how, Function) else _today(how.to)  # type: ignore[union-attr]


def _is_imported() -> bool:
    """Tell whether ``from module import name`` asks, which would drop what an `AttributeError` says."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_code[frame.f_lasti] == dis.opmap["IMPORT_FROM"]


def _advice(name: str) -> str:
    rule = BY_OLD[name]
    return explain(rule.old, rule.new, rule.gone)


def _today(dotted: str) -> Any:
    parts = dotted.split(".")
    for depth in range(len(parts), 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            found = importlib.import_module(".".join(parts[:depth]))
            return functools.reduce(getattr, parts[depth:], found)
    raise AttributeError(dotted)


def _shim(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(_SHIMS + module), name)


def _home(dotted: str) -> str:
    """Give the module of a dotted name; classes begin with a capital."""
    parts = dotted.split(".")
    for depth, part in enumerate(parts):
        if part[:1].isupper():
            return ".".join(parts[:depth])
    return ".".join(parts[:-1])


@functools.cache
def _by_module() -> dict[str, list[tuple[str, Rule]]]:
    """Give what is to be patched in each module: (dotted target, rule); innermost wrapper first."""
    plan: dict[str, list[tuple[str, Rule]]] = {}
    for rule in sorted(RULES, key=_layer):
        how = rule.how
        if isinstance(how, Moved | Function | Lost | Module):
            targets: tuple[str, ...] = (rule.old,)
        elif isinstance(how, Member):
            targets = tuple(f"{owner}.{rule.old.rpartition('.')[2]}" for owner in how.owners)
        elif isinstance(how, Call | Around):
            targets = how.targets
        else:
            continue
        for target in targets:
            names_only = isinstance(how, Moved | Function | Lost | Module)
            home = target.rpartition(".")[0] if names_only else _home(target)
            if home and home not in _MODULES:
                plan.setdefault(home, []).append((target, rule))
    return plan


def _layer(rule: Rule) -> int:
    if isinstance(rule.how, Call):
        return 2 if "*" in rule.how.order else 1
    return 0


class _Patches:
    """What was changed, and how to change it back."""

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any]] = []
        self._modules: set[str] = set()

    def module(self, name: str) -> None:
        """Patch a loaded module."""
        if name in self._modules:
            return
        self._modules.add(name)
        module = sys.modules[name]
        names_only = False
        for target, rule in _by_module()[name]:
            how = rule.how
            if name == "builtins":
                self._set(builtins, target.rpartition(".")[2], _builtin(rule))
            elif isinstance(how, Moved | Function | Lost | Module):
                names_only = True
            elif isinstance(how, Member):
                owner = self._owner(module, name, target)
                attribute = target.rpartition(".")[2]
                if owner is not None and attribute not in dir(owner):
                    self._set(owner, attribute, _member(rule, _shim(how.shim)))
            else:
                self._wrap(module, name, target, rule)
        if names_only and name != "builtins":
            self._set(module, "__getattr__", _getter(name, module.__dict__.get("__getattr__")))
        if name == "builtins":
            self._set(builtins, HELPER, importlib.import_module(_SHIMS + "source"))

    def _owner(self, module: ModuleType, name: str, target: str) -> Any:
        path = target[len(name) + 1 :].split(".")[:-1]
        owner: Any = module
        for step in path:
            owner = getattr(owner, step, None)
        return owner

    def _wrap(self, module: ModuleType, name: str, target: str, rule: Rule) -> None:
        owner, attribute = self._owner(module, name, target), target.rpartition(".")[2]
        today = getattr(owner, attribute, None)
        if owner is None or today is None:
            return
        method = isinstance(owner, type)
        if isinstance(today, type):
            owner = today
            attribute = "__init__" if "__init__" in vars(owner) else "__new__"
            wrapped = _wrapped(getattr(owner, attribute), rule, method=True)
            self._set(owner, attribute, staticmethod(wrapped) if attribute == "__new__" else wrapped)
            return
        self._set(owner, attribute, _wrapped(today, rule, method))

    def _set(self, owner: Any, name: str, value: Any) -> None:
        self._done.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Take everything back, last first."""
        for owner, name, before in reversed(self._done):
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
        self._done.clear()


def _builtin(rule: Rule) -> Any:
    return _shim(rule.how.shim) if isinstance(rule.how, Function) else _today(rule.how.to)  # type: ignore[union-attr]


def _getter(module: str, today: Callable[[str], Any] | None) -> Callable[[str], Any]:
    def get(name: str) -> Any:
        old = f"{module}.{name}"
        if old in _NAMES or old in _MODULES:
            return _lookup(module, name)
        if today is not None:
            return today(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get


def _member(rule: Rule, shim: Any) -> Any:
    if isinstance(shim, property):

        def get(self: Any) -> Any:
            warn(rule.old)
            return shim.fget(self)  # type: ignore[misc]

        def put(self: Any, value: Any) -> None:
            warn(rule.old)
            shim.fset(self, value)  # type: ignore[misc]

        return property(get, put if shim.fset else None)
    if isinstance(shim, classmethod):
        return classmethod(_warning(rule, shim.__func__))
    return _warning(rule, shim)


def _warning(rule: Rule, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        warn(rule.old)
        return function(*args, **kwargs)

    return called


def _wrapped(today: Callable[..., Any], rule: Rule, method: bool) -> Callable[..., Any]:
    how = rule.how
    if isinstance(how, Around):
        shim = _shim(how.shim)

        @functools.wraps(today)
        def around(*args: Any, **kwargs: Any) -> Any:
            done = shim(today, *args, **dict(kwargs))
            if done is NotImplemented:
                return today(*args, **kwargs)
            warn(rule.old)
            return done

        return around
    assert isinstance(how, Call)

    @functools.wraps(today)
    def adapted(*args: Any, **kwargs: Any) -> Any:
        new_args, new_kwargs = adapt(how, args[method:], kwargs)
        if len(new_args) != len(args) - method or new_kwargs != kwargs or new_args != args[method:]:
            warn(rule.old)
        return today(*args[:method], *new_args, **new_kwargs)

    return adapted


def adapt(
    call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Give the arguments as they are passed today.

    Parameters
    ----------
    call
        The rule's.
    args, kwargs
        As they were passed of old, without `self`.
    """
    positions = [name for name in call.order if name != "*"]
    keep = call.order.index("*") if "*" in call.order else len(args)
    new_kwargs = {
        call.renamed.get(name, name): value for name, value in kwargs.items() if name not in call.dropped
    }
    new_args = list(args[:keep])
    for name, value in zip(positions[keep:], args[keep:], strict=False):
        new_kwargs.setdefault(name, value)
    new_args += args[len(positions) :] if keep < len(positions) else ()
    for name, table in call.values.items():
        if name in new_kwargs:
            new_kwargs[name] = translated(new_kwargs[name], table)
        elif name in positions and positions.index(name) < len(new_args):
            at = positions.index(name)
            new_args[at] = translated(new_args[at], table)
    return tuple(new_args), new_kwargs


def translated(value: Any, table: Any) -> Any:
    """Give today's value of an argument, of each where it is a list."""
    if isinstance(value, list):
        return [translated(part, table) for part in value]
    if not isinstance(value, str):
        return value
    if table == "offset":
        return frequency.offset(value)
    if table == "period":
        return frequency.period(value)
    return table.get(value, value)
