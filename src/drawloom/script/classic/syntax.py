"""Python 2 syntax made Python 3 on the tokens, line by line: every line keeps its number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from drawloom.script.classic.tokens import Token, join, tokens

_OPEN, _CLOSE = "([{", ")]}"
_STARTERS = (";", ":")


@dataclass(frozen=True, slots=True)
class Found:
    """A form of Python 2 in a source: its line, the rule's old form, and what to review, if anything."""

    line: int
    old: str
    review: str = ""


def to_python3(text: str) -> tuple[str, list[Found]]:
    """Rewrite the syntax that only Python 2 has; the number of lines stays.

    Parameters
    ----------
    text
        Source with LF line ends.

    Returns
    -------
    tuple
        The source, and what was found. Source that is Python 3 already comes back as it was.
    """
    found: list[Found] = []
    for step in _STEPS:
        pieces = tokens(text)
        found += step(pieces)
        text = join(pieces)
    return text, sorted(found, key=lambda item: item.line)


def _indentation(pieces: list[Token]) -> list[Found]:
    """Tabs reach to the next eighth column, as Python 2 read them; only where lines mix them with blanks."""
    starts = [
        piece
        for index, piece in enumerate(pieces)
        if piece.kind == "blank"
        and "\n" not in piece.text
        and (index == 0 or pieces[index - 1].kind == "newline")
        and index + 1 < len(pieces)
        and pieces[index + 1].code
    ]
    texts = [piece.text for piece in starts]
    if not any("\t" in text for text in texts) or all(set(text) == {"\t"} for text in texts):
        return []
    found = []
    for piece in starts:
        if "\t" in piece.text:
            piece.text = piece.text.expandtabs(8)
            found.append(Found(piece.line, "tabs mixed with blanks"))
    return found


def _statements(pieces: list[Token]) -> list[tuple[int, int]]:
    """Give where simple statements begin and end (exclusive: a comment, ``;`` or the end of the line)."""
    spans, depth, start = [], 0, None
    lambdas = 0
    for index, piece in enumerate(pieces):
        ends = depth == 0 and (piece.kind == "newline" or piece.kind == "comment" or piece.text == ";")
        if ends:
            if start is not None:
                spans.append((start, index))
            start, lambdas = None, 0
            continue
        if not piece.code:
            continue
        if start is None:
            start = index
        if piece.kind == "op" and piece.text in _OPEN:
            depth += 1
        elif piece.kind == "op" and piece.text in _CLOSE:
            depth = max(0, depth - 1)
        elif piece.text == "lambda":
            lambdas += 1
        elif piece.text == ":" and depth == 0:
            if lambdas:
                lambdas -= 1
            else:  # the head of a block: what follows on the line is a statement
                spans.append((start, index))
                start = None
    if start is not None:
        spans.append((start, len(pieces)))
    return spans


def _code(pieces: list[Token], start: int, end: int) -> list[int]:
    return [index for index in range(start, end) if pieces[index].code]


def _commas(pieces: list[Token], indices: list[int]) -> list[int]:
    depth, commas = 0, []
    for index in indices:
        piece = pieces[index]
        if piece.kind != "op":
            continue
        if piece.text in _OPEN:
            depth += 1
        elif piece.text in _CLOSE:
            depth -= 1
        elif piece.text == "," and depth == 0:
            commas.append(index)
    return commas


def _wrapped(pieces: list[Token], indices: list[int]) -> bool:
    """Tell whether the tokens are one pair of brackets with everything inside."""
    if len(indices) < 2 or pieces[indices[0]].text != "(":
        return False
    depth = 0
    for index in indices:
        piece = pieces[index]
        if piece.kind == "op" and piece.text in _OPEN:
            depth += 1
        elif piece.kind == "op" and piece.text in _CLOSE:
            depth -= 1
            if depth == 0:
                return index == indices[-1]
    return False


def _print(pieces: list[Token]) -> list[Found]:
    found = []
    python2 = _prints_as_statement(pieces)
    for start, end in _statements(pieces):
        indices = _code(pieces, start, end)
        head = pieces[indices[0]]
        if head.text != "print":
            continue
        rest = indices[1:]
        if rest and pieces[rest[0]].text in ("=", ".", ",", "[", ")", "]", "}"):
            continue
        if _wrapped(pieces, rest) and not (python2 and (_commas(pieces, rest[1:-1]) or len(rest) == 2)):
            continue
        if not rest and not python2:
            continue
        _print_statement(pieces, indices[0], rest)
        found.append(Found(head.line, "print x"))
    return found


def _prints_as_statement(pieces: list[Token]) -> bool:
    """Tell whether some line prints as only Python 2 can, so that ``print (a, b)`` shows a tuple."""
    future = re.search(r"from\s+__future__\s+import[^\n]*\bprint_function\b", join(pieces))
    if future:
        return False
    for start, end in _statements(pieces):
        indices = _code(pieces, start, end)
        if pieces[indices[0]].text == "print" and len(indices) > 1:
            after = pieces[indices[1]]
            if after.kind in ("string", "number", "name") or after.text in (">>", "`", "-", "~"):
                return after.text not in ("in", "is", "and", "or", "if", "not") or after.text == "not"
    return False


def _print_statement(pieces: list[Token], at: int, rest: list[int]) -> None:
    head, keywords = pieces[at], []
    if rest and pieces[rest[0]].text == ">>":
        commas = _commas(pieces, rest)
        stop = commas[0] if commas else rest[-1] + 1
        keywords.append("file=" + join(pieces[rest[0] + 1 : stop]).strip())
        last = rest[-1]
        for index in range(rest[0], stop + bool(commas)):
            pieces[index].text = ""
        rest = [index for index in rest if index > stop] if commas else []
        if not rest:
            pieces[last].text = ""
    if rest and pieces[rest[-1]].text == ",":
        pieces[rest[-1]].text = ""
        rest = rest[:-1]
        keywords.insert(0, 'end=" "')
    if not rest:
        head.text = f"print({', '.join(keywords)})"
        return
    for place in range(at + 1, rest[0]):
        _close_up(pieces, place)
    tail = "".join(f", {keyword}" for keyword in keywords)
    pieces[rest[0]].text = "(" + pieces[rest[0]].text
    pieces[rest[-1]].text += tail + ")"


def _close_up(pieces: list[Token], at: int) -> None:
    """Remove the blank at a place, unless it continues the line."""
    if pieces[at].kind == "blank" and "\n" not in pieces[at].text:
        pieces[at].text = ""


def _exec(pieces: list[Token]) -> list[Found]:
    found = []
    for start, end in _statements(pieces):
        indices = _code(pieces, start, end)
        head, rest = pieces[indices[0]], indices[1:]
        if head.text != "exec" or not rest or _wrapped(pieces, rest) or pieces[rest[0]].text in ("=", "."):
            continue
        for index in rest:
            if pieces[index].text == "in":
                pieces[index].text = ","
                before = index - 1
                if pieces[before].kind == "blank":
                    pieces[before].text = ""
        for index in range(indices[0] + 1, rest[0]):
            pieces[index].text = ""
        head.text = "exec("
        pieces[rest[-1]].text += ")"
        found.append(Found(head.line, "exec code in names"))
    return found


def _except(pieces: list[Token]) -> list[Found]:
    found = []
    for start, end in _statements(pieces):
        indices = _code(pieces, start, end)
        if pieces[indices[0]].text != "except":
            continue
        for comma in _commas(pieces, indices[1:]):
            pieces[comma].text = " as"
            found.append(Found(pieces[comma].line, "except X, e"))
    return found


def _raise(pieces: list[Token]) -> list[Found]:
    found = []
    for start, end in _statements(pieces):
        indices = _code(pieces, start, end)
        if pieces[indices[0]].text != "raise":
            continue
        commas = _commas(pieces, indices[1:])
        if not commas:
            continue
        pieces[commas[0]].text = "("
        for comma in commas:
            _close_up(pieces, comma + 1)
        if len(commas) == 1:
            value = [index for index in indices if index > commas[0]]
            if _wrapped(pieces, value):  # raise E, (a, b) calls E(a, b)
                pieces[value[0]].text = pieces[value[-1]].text = ""
            pieces[indices[-1]].text += ")"
        else:
            pieces[commas[1]].text = ").with_traceback("
            pieces[indices[-1]].text += ")"
        found.append(Found(pieces[indices[0]].line, "raise X, message"))
    return found


def _operators(pieces: list[Token]) -> list[Found]:
    found = []
    opening = True
    for piece in pieces:
        if piece.kind == "op" and piece.text == "<>":
            piece.text = "!="
            found.append(Found(piece.line, "a <> b"))
        elif piece.kind == "op" and piece.text == "`":
            piece.text = "repr(" if opening else ")"
            if opening:
                found.append(Found(piece.line, "`x`"))
            opening = not opening
    return found


def _literals(pieces: list[Token]) -> list[Found]:
    found = []
    for piece in pieces:
        if piece.kind == "number":
            if piece.text[-1] in "lL" and piece.text[:2].lower() != "0b":
                piece.text = piece.text[:-1]
                found.append(Found(piece.line, "10L"))
            if re.fullmatch(r"0[0-7]+", piece.text) and piece.text.strip("0"):
                piece.text = "0o" + piece.text[1:]
                found.append(Found(piece.line, "0777"))
        elif piece.kind == "string" and piece.text[:2].lower() == "ur":
            body = piece.text[1:]
            piece.text = body
            found.append(Found(piece.line, "ur'text'", _ur_review(body)))
    return found


def _ur_review(body: str) -> str:
    return "a raw string leaves \\u escapes as they stand; Python 2 read them" if "\\u" in body else ""


def _parameters(pieces: list[Token]) -> list[Found]:
    """``lambda (a, b): a + b`` takes one argument; only where each part is used as a plain name."""
    found = []
    for index, piece in enumerate(pieces):
        if piece.text != "lambda":
            continue
        after = _code(pieces, index + 1, len(pieces))
        if not after or pieces[after[0]].text != "(":
            continue
        close = next(at for at in after if pieces[at].text == ")")
        names = [pieces[at].text for at in _code(pieces, after[0] + 1, close) if pieces[at].kind == "name"]
        nested = any(pieces[at].text == "(" for at in range(after[0] + 1, close))
        following = [at for at in after if at > close]
        if nested or not following or pieces[following[0]].text != ":":
            continue
        depth, stop = 0, following[0] + 1
        while stop < len(pieces):
            text, kind = pieces[stop].text, pieces[stop].kind
            if kind == "op" and text in _OPEN:
                depth += 1
            elif kind == "op" and text in _CLOSE:
                depth -= 1
            if depth < 0 or (
                depth == 0 and (text in (",", ":", "for", ";") or kind in ("newline", "comment"))
            ):
                break
            stop += 1
        whole = "_".join(names)
        for at in range(following[0] + 1, stop):
            previous = next((pieces[k].text for k in range(at - 1, index, -1) if pieces[k].code), "")
            if pieces[at].kind == "name" and pieces[at].text in names and previous != ".":
                pieces[at].text = f"{whole}[{names.index(pieces[at].text)}]"
        for at in range(after[0], close + 1):
            pieces[at].text = ""
        pieces[after[0]].text = whole
        found.append(Found(piece.line, "lambda (a, b): x"))
    return found


_STEPS: tuple[Callable[[list[Token]], list[Found]], ...] = (
    _indentation, _operators, _literals, _print, _exec, _except, _raise, _parameters,
)  # fmt: skip
