"""A script rewritten for today: what could be proved, and what the reader has to look at."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

import libcst as cst
from libcst import metadata

from drawloom.script import source as today
from drawloom.script.classic import tree
from drawloom.script.classic.import_rewriter import Imports, add_imports, bindings
from drawloom.script.classic.note import Note
from drawloom.script.classic.rewriter import Rewriter
from drawloom.script.classic.rules import BY_OLD
from drawloom.script.classic.syntax import to_python3
from drawloom.script.classic.tokens import join, tokens

DIVISION_MARK = "# review: Python 2 floored whole numbers here"
_PASSES = 5


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What became of a source.

    Attributes
    ----------
    text
        The source of today; the same text where there was nothing to do.
    notes
        The rules that were met, by line of the source as it stood.
    """

    text: str
    notes: tuple[Note, ...]

    @property
    def reviews(self) -> tuple[Note, ...]:
        """The notes that ask for a look."""
        return tuple(note for note in self.notes if note.review)


def upgrade(text: str, name: str = "script.py") -> Upgrade:
    """Rewrite a source for Python 3 and the libraries of today.

    Parameters
    ----------
    text
        Source with LF line ends, of Python 2 or 3.
    name
        How messages call it.

    Returns
    -------
    Upgrade
        An upgraded source comes back as it is.

    Raises
    ------
    ScriptError
        0085 with the line, where the text is neither.
    """
    new, found = to_python3(text)
    parsed = today.load(new, name).tree
    python2 = bool(found) or tree.is_python2(parsed)
    floors = python2 and not tree.divides_truly(parsed)
    notes = [Note(item.line, item.old, BY_OLD[item.old].new, item.review) for item in found]
    for number in range(_PASSES):
        before = new
        new, more, divisions = _pass(before, python2=python2, floors=floors and not number)
        if divisions:
            new, more, _ = _pass(_marked(before, divisions), python2=python2, floors=True)
        notes += more if not number else [note for note in more if not note.review]
        if new == before:
            break
    return Upgrade(new, tuple(sorted(dict.fromkeys(notes), key=lambda note: note.line)))


def _pass(text: str, *, python2: bool, floors: bool) -> tuple[str, list[Note], list[int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        taken = tree.assigned(ast.parse(text))
    wrapper = metadata.MetadataWrapper(cst.parse_module(text))
    known = bindings(wrapper.module, taken)
    rewriter = Rewriter(known, python2=python2, floors=floors)
    module = wrapper.visit(rewriter)
    imports = Imports(rewriter.kept)
    module = metadata.MetadataWrapper(module).visit(imports)
    new = module.code
    if known.needed:
        new = add_imports(new, known.needed)
    return new, rewriter.notes + imports.notes, rewriter.divisions


def _marked(text: str, lines: list[int]) -> str:
    """Put a comment at the end of lines, or of the line that one goes on in."""
    wanted = set(lines)
    pieces = tokens(text)
    for index, piece in enumerate(pieces):
        ends = piece.kind == "newline" or index == len(pieces) - 1
        if piece.kind == "blank" and "\n" in piece.text and piece.line in wanted:
            wanted.add(piece.line + 1)
        if ends and piece.line in wanted and DIVISION_MARK not in text.split("\n")[piece.line - 1]:
            mark = f"  {DIVISION_MARK}"
            piece.text = mark + piece.text if piece.kind == "newline" else piece.text + mark
    return join(pieces)
