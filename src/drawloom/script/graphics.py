"""The graphics of a script step: picture files it left, and matplotlib figures it left open."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drawloom.script.arena import BUNDLE

MAX_PICTURES = 100
MAX_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 128 * 1024 * 1024
MAX_ENTRIES = 10_000
_MAX_DEPTH = 5
_HOOK = "drawloom.script.graphics:watch"
_CONFIGURATION = os.path.join(os.path.dirname(__file__), "matplotlibrc")
_KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".svg": "svg"}
_NO_PICTURES = ("FigureCanvasPdf", "FigureCanvasPS", "FigureCanvasPgf")
_SCREEN_BACKENDS = re.compile(
    r"(tk|wx|gtk|gtk3|gtk4|qt|qt4|qt5|web|nb|mac)(agg|cairo)|macosx|notebook|inline|widget|ipympl",
    re.IGNORECASE,
)
_ENVIRONMENT = {"MPLBACKEND": "Agg", "MATPLOTLIBRC": _CONFIGURATION}

_drawn: weakref.WeakSet[Any] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name (no folders), ``png``, ``jpeg`` or ``svg``, and the bytes of its file."""

    name: str
    kind: str
    data: bytes


class Canvas:
    """Keeps matplotlib off the screen while a script runs, and knows which figures the script saved itself.

    matplotlib calls a hook of ours for each new figure (its setting ``figure.hooks``), so nothing of it is
    replaced. Where it is not imported yet, it will find the setting in the file that MATPLOTLIBRC names.
    """

    def __init__(self) -> None:
        self._open_before: set[int] = set()
        self._backend: str | None = None
        self._hooks: list[str] | None = None
        self._environment: dict[str, str | None] = {}

    def __enter__(self) -> Canvas:
        self._environment = {name: os.environ.get(name) for name in _ENVIRONMENT}
        os.environ.update(_ENVIRONMENT)
        matplotlib = sys.modules.get("matplotlib")
        if matplotlib is None or not hasattr(matplotlib, "rcParams"):
            return self
        hooks = matplotlib.rcParams["figure.hooks"]
        if _HOOK not in hooks:
            self._hooks = list(hooks)
            matplotlib.rcParams["figure.hooks"] = [*hooks, _HOOK]
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            self._open_before = set(pyplot.get_fignums())
        backend = matplotlib.get_backend(auto_select=False)
        if backend is None or backend.lower() != "agg":
            self._backend = backend
            _switch("agg")
        return self

    def __exit__(self, *_: object) -> None:
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            for number in set(pyplot.get_fignums()) - self._open_before:
                pyplot.close(number)
        if self._backend is not None:
            _switch(self._backend)
        if self._hooks is not None:
            sys.modules["matplotlib"].rcParams["figure.hooks"] = self._hooks
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def collect(self, workdir: str) -> tuple[list[Picture], list[str]]:
        """Give the pictures of a run and notes about what was left out.

        Files come first, in the natural order of their names (``x2.png`` before ``x10.png``), folders after
        the files beside them; then the open figures that the script did not save itself, by number. Where no
        picture file is found at all, a figure that was saved elsewhere (a buffer, say) counts as not saved.
        """
        pictures: list[Picture] = []
        notes: list[str] = []
        total = 0
        for found in self._all(workdir, pictures, notes):
            total += len(found.data)
            if len(pictures) == MAX_PICTURES or total > MAX_TOTAL_BYTES:
                limit = f"{MAX_PICTURES} pictures, {MAX_TOTAL_BYTES // 1024**2} MiB"
                notes.append(
                    f"{found.name} and what follows was left out of the graphics: the limit is {limit}."
                )
                break
            pictures.append(found)
        return pictures, notes

    def _all(self, workdir: str, files: list[Picture], notes: list[str]) -> Iterator[Picture]:
        taken: set[str] = set()
        for path, name in _files(workdir, "", _Budget(MAX_ENTRIES)):
            picture = _read(path, _free(name, taken), notes)
            if picture is not None:
                yield picture
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None or not hasattr(pyplot, "get_fignums"):
            return
        any_file = bool(files)
        for number in pyplot.get_fignums():
            figure = pyplot.figure(number)
            if number in self._open_before or (figure in _drawn and any_file):
                continue
            name = _free(f"{_plain(figure.get_label()) or f'figure_{number}'}.png", taken)
            data = io.BytesIO()
            try:
                figure.savefig(data, format="png")
            except Exception as error:
                notes.append(f"Figure {number} could not be drawn: {type(error).__name__}: {error}"[:500])
            else:
                yield Picture(name, "png", data.getvalue())


def watch(figure: Any) -> None:
    """Take note when a figure is saved as a picture; matplotlib calls this for each new one."""
    figure.canvas.mpl_connect("draw_event", _on_draw)


def _on_draw(event: Any) -> None:
    if event.canvas.is_saving() and type(event.canvas).__name__ not in _NO_PICTURES:
        _drawn.add(event.canvas.figure)


def off_screen(tree: ast.Module, text: str) -> None:
    """Make a script's choice of a window backend, such as ``matplotlib.use("TkAgg")``, a choice of Agg."""
    if not ("use(" in text or "switch_backend(" in text) or _SCREEN_BACKENDS.search(text) is None:
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("use", "switch_backend")
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
            and _SCREEN_BACKENDS.fullmatch(node.args[0].value)
        ):
            node.args[0].value = "Agg"


def _switch(backend: str) -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.switch_backend(backend)
    else:
        sys.modules["matplotlib"].use(backend)


class _Budget:
    def __init__(self, entries: int) -> None:
        self.left = entries


def _files(folder: str, prefix: str, budget: _Budget, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Find picture files: real ones, not links, not in the bundle nor in hidden folders."""
    folders: list[os.DirEntry[str]] = []
    files: list[os.DirEntry[str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            budget.left -= 1
            if budget.left < 0:
                break
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith((".", "__")) and not (depth == 0 and entry.name == BUNDLE):
                    folders.append(entry)
            elif os.path.splitext(entry.name)[1].lower() in _KINDS and entry.is_file(follow_symlinks=False):
                files.append(entry)
    for entry in sorted(files, key=_natural):
        yield entry.path, prefix + entry.name
    if depth < _MAX_DEPTH:
        for entry in sorted(folders, key=_natural):
            yield from _files(entry.path, f"{prefix}{entry.name}_", budget, depth + 1)


def _natural(entry: os.DirEntry[str]) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", entry.name)
    return [(int(part) if n % 2 else 0, part) for n, part in enumerate(parts)]


def _read(path: str, name: str, notes: list[str]) -> Picture | None:
    kind = _KINDS[os.path.splitext(path)[1].lower()]
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(fd, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        notes.append(f"{name} could not be read: {error.strerror}.")
        return None
    if len(data) > MAX_BYTES:
        notes.append(f"{name} was left out of the graphics: it has more than {MAX_BYTES // 1024**2} MiB.")
    elif not _looks_like(kind, data):
        notes.append(f"{name} was left out of the graphics: it is no {kind.upper()}.")
    else:
        return Picture(name, kind, data)
    return None


def _looks_like(kind: str, data: bytes) -> bool:
    if kind == "png":
        return data.startswith(b"\x89PNG\r\n\x1a\n")
    if kind == "jpeg":
        return data.startswith(b"\xff\xd8\xff")
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and b"<svg" in data[:65536]


def _plain(name: str) -> str:
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name.encode("utf-8", "replace").decode()).strip(" .")
    return name[:80]


def _free(name: str, taken: set[str]) -> str:
    stem, ending = os.path.splitext(name)
    stem = _plain(stem) or "picture"
    chosen, number = stem + ending.lower(), 1
    while chosen.lower() in taken:
        number += 1
        chosen = f"{stem} ({number}){ending.lower()}"
    taken.add(chosen.lower())
    return chosen
