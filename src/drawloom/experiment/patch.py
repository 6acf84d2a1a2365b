"""One value of a YAML text replaced, added or removed; every other character stays.

Each change is proved before it is given back: the new text is read again and has to say exactly what the old
one said, with the change made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from drawloom.errors import InputError
from drawloom.experiment import syntax, writing
from drawloom.experiment.syntax import Entry, Mapping, Node, Scalar, Sequence

Path = tuple[str | int, ...]

_SIGN = re.compile(r"[|>][-+0-9]*")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


class Patch(NamedTuple):
    """The characters from ``start`` to ``end`` (excluded) become ``text``."""

    start: int
    end: int
    text: str


def root_of(text: str) -> Mapping:
    """Give the tree of a text that can be edited.

    Raises
    ------
    InputError
        It is not YAML as the experiment file wants it (0049).
    """
    parsed = syntax.parse(text)
    if parsed.problems or not isinstance(parsed.root, Mapping):
        first = parsed.problems[0].render("line") if parsed.problems else "it holds no keys"
        raise InputError(
            f"The experiment file cannot be edited: {first}", code="0049", remedy="Mend it by hand first."
        )
    return parsed.root


def patched(text: str, patches: Iterable[Patch]) -> str:
    """Apply patches that do not overlap."""
    for patch in sorted(patches, reverse=True):
        text = text[: patch.start] + patch.text + text[patch.end :]
    return text


def proved(before: str, after: str, change: Callable[[Any], Any]) -> str:
    """Give ``after`` if it says what ``before`` says with ``change`` made.

    Raises
    ------
    InputError
        It does not (0039): the style of the file around the value defeats a small edit.
    """
    wanted = change(syntax.plain(root_of(before)))
    parsed = syntax.parse(after)
    found = None if parsed.root is None or parsed.problems else syntax.plain(parsed.root)
    if json.dumps(wanted, sort_keys=True) != json.dumps(found, sort_keys=True):
        raise InputError(
            "This value cannot be changed without rewriting its surroundings.",
            code="0039",
            remedy="Change it by hand in the file.",
        )
    return after


def set_at(text: str, path: Path, value: Any) -> str:
    """Set the value at a path, adding keys that are missing; only members that differ are touched."""
    root = root_of(text)
    node, entry, depth = _find(root, path)
    if depth == len(path):
        return _replace(text, path, node, entry, value)
    rest = path[depth:]
    for key in reversed(rest[1:]):
        if isinstance(key, int):
            raise _no_members(path[:depth])
        value = {key: value}
    if isinstance(node, Mapping) and isinstance(rest[0], str):
        return patched(text, [_added(text, node, rest[0], value)])
    if isinstance(node, Sequence) and rest[0] == len(node.items):
        return patched(text, [_appended(text, node, value)])
    if (
        isinstance(node, Scalar)
        and entry is not None
        and syntax.plain(node) is None
        and isinstance(rest[0], str)
    ):
        return patched(text, _filled(text, node, entry, rest[0], value))
    raise _no_members(path[:depth])


def remove_at(text: str, path: Path) -> str:
    """Remove the key or item at a path; a mapping or list left without members becomes ``{}`` or ``[]``."""
    root = root_of(text)
    parent, parent_entry, depth = _find(root, path[:-1])
    spans = _spans(text, parent) if depth == len(path) - 1 else []
    index = _index(parent, path[-1])
    if index is None or not spans:
        raise InputError(f"There is no {_shown(path)} to remove.", code="0001")
    assert not isinstance(parent, Scalar)
    if parent.flow:
        return patched(text, _removed_from_flow(text, spans, index))
    if len(spans) == 1:
        if parent_entry is None:
            raise InputError("The last key of the file cannot be removed.", code="0039")
        empty = "{}" if isinstance(parent, Mapping) else "[]"
        return patched(text, _exchanged(text, parent, parent_entry, empty))
    return patched(text, [_removed_from_block(text, spans, index)])


def _replace(text: str, path: Path, node: Node, entry: Entry | None, value: Any) -> str:
    if isinstance(node, Mapping) and isinstance(value, dict) and value:
        for item in node.entries:
            if item.key.text not in value:
                if len(node.entries) == 1:
                    break
                text = remove_at(text, (*path, item.key.text))
        else:
            for key, member in value.items():
                text = set_at(text, (*path, key), member)
            return text
        node, entry, _ = _find(root_of(text), path)
    if isinstance(node, Sequence) and isinstance(value, list | tuple) and len(value) == len(node.items) > 0:
        for index, member in enumerate(value):
            text = set_at(text, (*path, index), member)
        return text
    if _same(syntax.plain(node), value):
        return text
    if isinstance(node, Scalar):
        return patched(text, _rewritten(text, node, entry, value))
    if node.flow:
        return patched(text, [Patch(node.start, node.end, writing.flow(value))])
    if entry is None:
        raise InputError(f"The list item {_shown(path)} is written as a block.", code="0039")
    return patched(text, _exchanged(text, node, entry, writing.flow(value)))


def _rewritten(text: str, node: Scalar, entry: Entry | None, value: Any) -> list[Patch]:
    """Write another value in the place of a scalar, in its own quotes where it has some.

    A comment on the line of a block's sign, or behind a value that becomes a block, stays on that line.
    """
    sign = _SIGN.match(text, node.start) if node.style in ("|", ">") else None
    end = sign.end() if sign else node.end
    gap = "" if text[node.start - 1 : node.start] in ("", " ", "\t", "[", "{") else " "
    if isinstance(value, str) and entry is not None and _stands_in_block(text, entry):
        indent = _block_indent(text, node) if sign else entry.key.column + 1
        if block := writing.block(value, indent, newline_of(text)):
            at = _line_end(text, end)
            head = len(block.split("\n", 1)[0].rstrip("\r"))
            return [
                Patch(node.start, end, gap + block[:head]),
                Patch(at, node.end if sign else at, block[head:]),
            ]
    if sign:
        return [Patch(node.start, end, writing.flow(value)), Patch(_line_end(text, end), node.end, "")]
    behind = text[end : end + 1]
    tail = " " if node.start == end and behind and behind not in " \t\r\n,]}" else ""
    return [Patch(node.start, end, gap + writing.flow(value, node.style) + tail)]


def _exchanged(text: str, node: Node, entry: Entry, written: str) -> list[Patch]:
    """Put a one-line value where a block collection stood; a comment behind the colon stays."""
    colon = text.index(":", entry.key.end, node.start)
    lines_end = text.rfind("\n", colon, node.start)
    if lines_end < 0:
        return [Patch(colon + 1, node.end, f" {written}")]
    first = _line_end(text, colon)
    return [Patch(colon + 1, colon + 1, f" {written}"), Patch(first, node.end, "")]


def _added(text: str, node: Mapping, key: str, value: Any) -> Patch:
    written_key = writing.text(key)
    if node.flow:
        return _into_flow(text, node, f"{written_key}: {writing.flow(value)}")
    last = node.entries[-1]
    first = node.entries[0].key
    indent = first.column - 1
    behind = last.value.end if last.value.end > last.key.end else _behind_colon(text, last)
    newline = newline_of(text)
    return Patch(
        end := _line_end(text, behind),
        end,
        newline + " " * indent + _block_entry(written_key, value, indent, newline),
    )


def _appended(text: str, node: Sequence, value: Any) -> Patch:
    if node.flow:
        return _into_flow(text, node, writing.flow(value))
    end = _line_end(text, node.items[-1].end)
    return Patch(end, end, f"{newline_of(text)}{' ' * (node.column - 1)}- {writing.flow(value)}")


def _filled(text: str, node: Scalar, entry: Entry, key: str, value: Any) -> list[Patch]:
    """Give an empty value its first member: as a block where the file is written in blocks."""
    written_key = writing.text(key)
    if not _stands_in_block(text, entry):
        return _rewritten(text, node, entry, {key: value})
    newline = newline_of(text)
    indent = entry.key.column + 1
    at = _line_end(text, node.end)
    cut = [Patch(node.start, node.end, "")] if node.end > node.start else []
    return [*cut, Patch(at, at, newline + " " * indent + _block_entry(written_key, value, indent, newline))]


def _block_entry(key: str, value: Any, indent: int, newline: str) -> str:
    """Give ``key: value`` for a block mapping; where members are large, each gets a line of its own."""
    if isinstance(value, str) and (block := writing.block(value, indent + 2, newline)):
        return f"{key}: {block}"
    if isinstance(value, dict) and any(isinstance(item, dict) or _is_long(item) for item in value.values()):
        margin = newline + " " * (indent + 2)
        members = (
            _block_entry(writing.text(name), item, indent + 2, newline)
            if _is_long(item)
            else f"{writing.text(name)}: {writing.flow(item)}"
            for name, item in value.items()
        )
        return f"{key}:{margin}{margin.join(members)}"
    return f"{key}: {writing.flow(value)}"


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _into_flow(text: str, node: Mapping | Sequence, written: str) -> Patch:
    if isinstance(node, Mapping):
        starts = [entry.key for entry in node.entries]
        ends = [max(entry.key.end, entry.value.end) for entry in node.entries]
    else:
        starts = [item for item in node.items if isinstance(item, Scalar)]
        ends = [item.end for item in node.items]
    if not ends:
        return Patch(node.start + 1, node.start + 1, written)
    gap = " "
    if starts and starts[-1].line > node.line and not text[: starts[-1].start].rpartition("\n")[2].strip():
        gap = newline_of(text) + " " * (starts[-1].column - 1)
    comma = _COMMA.match(text, ends[-1])
    if comma:
        at = comma.start() + comma.group().index(",") + 1
        return Patch(at, at, f"{gap}{written}")
    return Patch(ends[-1], ends[-1], f",{gap}{written}")


def _removed_from_flow(text: str, spans: list[tuple[int, int]], index: int) -> list[Patch]:
    start, end = spans[index]
    comma = _COMMA.match(text, end)
    if comma:
        if comma.end() == _line_end(text, comma.end()) and not _before_on_line(text, start).strip():
            return [_whole_lines(text, start, comma.end())]
        return [Patch(start, comma.end(), "")]
    if index == 0:
        return [Patch(start, end, "")]
    between = text[spans[index - 1][1] : start]
    if "#" not in between:
        return [Patch(spans[index - 1][1], end, "")]
    at = spans[index - 1][1] + between.index(",")
    return [Patch(at, at + 1, ""), Patch(start, end, "")]


def _removed_from_block(text: str, spans: list[tuple[int, int]], index: int) -> Patch:
    start, end = spans[index]
    if _before_on_line(text, start).strip():  # the first key of a list item stands behind its dash
        return Patch(start, spans[index + 1][0], "")
    return _whole_lines(text, start, end)


def _whole_lines(text: str, start: int, end: int) -> Patch:
    first = start - len(_before_on_line(text, start))
    stop = _line_end(text, end)
    if stop < len(text):
        return Patch(first, text.index("\n", stop) + 1, "")
    before = text[:first].removesuffix("\n").removesuffix("\r")
    return Patch(len(before), stop, "")


def _spans(text: str, node: Node) -> list[tuple[int, int]]:
    if isinstance(node, Mapping):
        return [(entry.key.start, max(entry.key.end, entry.value.end)) for entry in node.entries]
    if isinstance(node, Sequence):
        if node.flow:
            return [(item.start, item.end) for item in node.items]
        return [(text.rindex("-", 0, max(item.start, 1)), item.end) for item in node.items]
    return []


def _find(root: Node, path: Path) -> tuple[Node, Entry | None, int]:
    """Go down a path as far as it exists: the node there, the entry it is the value of, and how far."""
    node: Node = root
    entry: Entry | None = None
    for depth, part in enumerate(path):
        index = _index(node, part)
        if index is None:
            return node, entry, depth
        if isinstance(node, Mapping):
            entry = node.entries[index]
            node = entry.value
        elif isinstance(node, Sequence):
            entry, node = None, node.items[index]
    return node, entry, len(path)


def _index(node: Node, part: str | int) -> int | None:
    if isinstance(node, Mapping):
        return next((i for i, entry in enumerate(node.entries) if entry.key.text == part), None)
    if isinstance(node, Sequence) and isinstance(part, int) and 0 <= part < len(node.items):
        return part
    return None


def _stands_in_block(text: str, entry: Entry) -> bool:
    """Tell whether a value may grow into lines of its own: its key begins a line (or follows a dash)."""
    return not _before_on_line(text, entry.key.start).replace("-", "").strip()


def _block_indent(text: str, node: Scalar) -> int:
    for line in text[node.start : node.end].split("\n")[1:]:
        if line.strip():
            return len(line) - len(line.lstrip(" "))
    return node.column + 1


def _behind_colon(text: str, entry: Entry) -> int:
    return text.find(":", entry.key.end) + 1 or entry.key.end


def _before_on_line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at]


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def newline_of(text: str) -> str:
    """Give the line end the file is written with."""
    return "\r\n" if "\r\n" in text else "\n"


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


def _no_members(path: Path) -> InputError:
    return InputError(f"{_shown(path)} holds no members.", code="0001")


def _shown(path: Path) -> str:
    return '"' + ".".join(str(part) for part in path) + '"'
