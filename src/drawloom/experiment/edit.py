"""Edits of an experiment: they touch the text of the value they change and nothing else.

Comments, quotes, flow or block style, indentation, blank lines and line ends of everything else stay as they
are. Every function takes the text of the file and gives its new text; a leading byte order mark is kept.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec

from drawloom.errors import InputError
from drawloom.experiment import patch, writing
from drawloom.experiment.document import NAME, reference
from drawloom.experiment.problem import did_you_mean
from drawloom.experiment.syntax import Mapping, Node, Scalar, Sequence

_P = ParamSpec("_P")
_STEP_KEY_ORDER = ("module", "script", "bundle", "inputs", "params")


def _keeping_mark(edit: Callable[Concatenate[str, _P], str]) -> Callable[Concatenate[str, _P], str]:
    @functools.wraps(edit)
    def inner(text: str, /, *args: _P.args, **kwargs: _P.kwargs) -> str:
        bare = text.removeprefix("\ufeff")
        return text[: len(text) - len(bare)] + edit(bare, *args, **kwargs)

    return inner


@_keeping_mark
def set_value(text: str, path: patch.Path, value: Any) -> str:
    """Set the value at ``path`` (keys and list positions from the top); it is added if missing.

    Of a mapping or list that is there already only the members that differ are touched.

    Raises
    ------
    InputError
        The text is not YAML (0049), the path leads through something without members (0001), or the style of
        the file defeats a small edit (0039).
    """
    return patch.proved(text, patch.set_at(text, path, value), lambda model: model_set(model, path, value))


@_keeping_mark
def remove_value(text: str, path: patch.Path) -> str:
    """Remove the key or list item at ``path``.

    Raises
    ------
    InputError
        As `set_value`; also where there is nothing at ``path``.
    """
    return patch.proved(text, patch.remove_at(text, path), lambda model: model_remove(model, path))


def set_parameter(text: str, step: str, name: str, value: Any) -> str:
    """Set a parameter of a step."""
    _require_step(text, step)
    return set_value(text, ("steps", step, "params", name), value)


def set_script(text: str, step: str, script: str) -> str:
    """Set the script of a step: a path, or the text itself (several lines)."""
    _require_step(text, step)
    return set_value(text, ("steps", step, "script"), script)


def add_step(text: str, name: str, step: dict[str, Any]) -> str:
    """Add a step behind the last one.

    Raises
    ------
    InputError
        The name is taken (0057) or cannot be one (0002).
    """
    _require_free(text, name)
    ordered = {key: step[key] for key in _STEP_KEY_ORDER if key in step} | step
    return set_value(text, ("steps", name), ordered)


def remove_step(text: str, name: str) -> str:
    """Remove a step, and every wire and service port that names it.

    Raises
    ------
    InputError
        There is no such step (0001).
    """
    _require_step(text, name)
    doomed: list[patch.Path] = []
    for path, _ in _references(text, name):
        whole = path[:-1] if path[-1] == "like" else path  # a service input without its pattern is none
        if whole not in doomed and not any(whole[: len(other)] == other for other in doomed):
            doomed.append(whole)
    for path in reversed(doomed):
        text = remove_value(text, path)
    return remove_value(text, ("steps", name))


@_keeping_mark
def rename_step(text: str, old: str, new: str) -> str:
    """Rename a step, and every wire and service port that names it.

    Raises
    ------
    InputError
        There is no such step (0001), or the new name is taken (0057) or cannot be one (0002).
    """
    _require_step(text, old)
    _require_free(text, new)
    key = next(entry.key for entry in _steps(text).entries if entry.key.text == old)
    patches = [patch.Patch(key.start, key.end, writing.text(new, key.style))]
    renamed: list[tuple[patch.Path, str]] = []
    for path, node in _references(text, old):
        value = new + node.text.removeprefix(old)
        patches.append(patch.Patch(node.start, node.end, writing.text(value, node.style)))
        renamed.append((path, value))

    def model(document: Any) -> Any:
        for path, value in renamed:
            document = model_set(document, path, value)
        document["steps"] = {new if name == old else name: step for name, step in document["steps"].items()}
        return document

    return patch.proved(text, patch.patched(text, patches), model)


def connect(text: str, target: str, target_port: str, source: str, source_port: str | None = None) -> str:
    """Wire an output of ``source`` (its first, where no port is named) into a port of ``target``."""
    _require_step(text, target)
    _require_step(text, source)
    wire = f"{source}.{source_port}" if source_port else source
    return set_value(text, ("steps", target, "inputs", target_port), wire)


def disconnect(text: str, target: str, target_port: str) -> str:
    """Remove the wire into a port of ``target``."""
    _require_step(text, target)
    return remove_value(text, ("steps", target, "inputs", target_port))


def model_set(document: Any, path: patch.Path, value: Any) -> Any:
    """Make on plain values the change that `set_value` makes on text."""
    document = copy.deepcopy(document)
    node = document
    for part, following in itertools.pairwise(path):
        if isinstance(part, str) and node.get(part) is None and isinstance(following, str):
            node[part] = {}
        node = node[part]
    if isinstance(node, list) and path[-1] == len(node):
        node.append(value)
    else:
        node[path[-1]] = value
    return document


def model_remove(document: Any, path: patch.Path) -> Any:
    """Make on plain values the change that `remove_value` makes on text."""
    document = copy.deepcopy(document)
    node = document
    for part in path[:-1]:
        node = node[part]
    del node[path[-1]]
    return document


def _references(text: str, step: str) -> Iterator[tuple[patch.Path, Scalar]]:
    """Give every place of the file that names a step as a source or a target, in the order of the text."""
    root = patch.root_of(text)
    for name, node in _members(root.get("steps")):
        if isinstance(node, Mapping):
            for port, value in _members(node.get("inputs")):
                yield from _naming(("steps", name, "inputs", port), value, step)
    service = root.get("service")
    if not isinstance(service, Mapping):
        return
    for name, node in _members(service.get("inputs")):
        for key, value in _members(node):
            path: patch.Path = ("service", "inputs", name, key)
            if key == "like" or (key == "into" and isinstance(value, Scalar)):
                yield from _naming(path, value, step)
            elif key == "into" and isinstance(value, Sequence):
                for index, item in enumerate(value.items):
                    yield from _naming((*path, index), item, step)
    for name, value in _members(service.get("outputs")):
        yield from _naming(("service", "outputs", name), value, step)


def _naming(path: patch.Path, node: Node, step: str) -> Iterator[tuple[patch.Path, Scalar]]:
    if isinstance(node, Scalar) and (found := reference(node.text)) and found[0] == step:
        yield path, node


def _members(node: Node | None) -> list[tuple[str, Node]]:
    return [(key.text, value) for key, value in node.entries] if isinstance(node, Mapping) else []


def _steps(text: str) -> Mapping:
    steps = patch.root_of(text.removeprefix("\ufeff")).get("steps")
    return steps if isinstance(steps, Mapping) else Mapping((), True, 0, 0, 1, 1)


def _require_step(text: str, name: str) -> None:
    names = [entry.key.text for entry in _steps(text).entries]
    if name not in names:
        raise InputError(f'There is no step "{name}".', code="0001", remedy=did_you_mean(name, names))


def _require_free(text: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise InputError(
            f'"{name}" cannot be the name of a step.',
            code="0002",
            remedy="Use letters, digits, _ and -, and begin with a letter.",
        )
    if _steps(text).entry(name):
        raise InputError(f'There is a step "{name}" already.', code="0057", remedy="Take another name.")
