"""The text of a script: decoded, made clean, parsed. Line numbers stay those of the user's file."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from drawloom.errors import InputError, ScriptError
from drawloom.script import python2

ENTRY_POINT = "azureml_main"
CLASSIC = "classic"

MAX_CHARACTERS = 2 * 1024 * 1024

# A string that is never closed runs to the end of its line, or of the text, so that the search stays linear.
_STRING_OR_COMMENT_OR_BLANK = re.compile(
    r'''
    ( """ (?: \\(?:.|\Z) | [^\\] )*? (?:"""|\Z)
    | \'\'\' (?: \\(?:.|\Z) | [^\\] )*? (?:\'\'\'|\Z)
    | " (?: \\(?:.|\Z) | [^"\\\n] )* "?
    | ' (?: \\(?:.|\Z) | [^'\\\n] )* '?
    | \# [^\n]*
    )
    | ([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])
    | [\u200b\u2060\ufeff]
    ''',
    re.DOTALL | re.VERBOSE,
)
_LINE = 1000
_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)([-\w.]+)", re.ASCII)
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Source:
    """A script that parses.

    Attributes
    ----------
    name
        What the user calls it, as tracebacks show it: ``rank.py``.
    text
        The user's text with LF line ends and no blanks that Python would not take.
    tree
        The same as a syntax tree.
    """

    name: str
    text: str
    tree: ast.Module

    @cached_property
    def self_calls(self) -> tuple[ast.Expr, ...]:
        """Bare calls of the entry point at the top level, which the step makes itself."""
        return tuple(
            node
            for node in self.tree.body
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == ENTRY_POINT
        )

    def module(self) -> tuple[ast.Module, str]:
        """Give tree and text of what is executed: the script less its bare calls of the entry point.

        A script that ends in ``azureml_main()`` would run twice, and for ever in the worker processes that
        import it. Every other line stays where it was.
        """
        if not self.self_calls:
            return self.tree, self.text
        lines = self.text.encode().split(b"\n")
        for node in reversed(self.self_calls):
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
            lines[first:last] = [before] + [b""] * (last - first - 1) if last > first else []
            lines[last] = (b"" if last > first else before) + b"pass" + after
        kept = [node for node in self.tree.body if node not in self.self_calls]
        return ast.Module(body=kept, type_ignores=[]), b"\n".join(lines).decode()


def load(script: str | bytes, name: str = "script.py", compat: str | None = None) -> Source:
    """Read a script from its text or from the bytes of its file.

    Parameters
    ----------
    script
        The text; or bytes in UTF-8, UTF-16 with a byte order mark, or what the coding cookie says.
    name
        How messages and tracebacks call it.
    compat
        ``classic`` reads Python 2 too.

    Raises
    ------
    ScriptError
        0085 with the line, where the text is no Python of today.
    InputError
        0002, where there is no such `compat`.
    """
    if len(script) > MAX_CHARACTERS:
        raise ScriptError(
            f"{name} has {len(script)} characters; {MAX_CHARACTERS} are allowed.",
            remedy="Hand data over as a table or in the script bundle.",
        )
    if compat == CLASSIC:
        from drawloom.script.classic.load import load as load_classic

        return load_classic(script, name)
    if compat:
        raise InputError(
            f"There is no compat {compat!r}.", code="0002", remedy=f"There is only compat: {CLASSIC}."
        )
    text = clean(decode(script, name) if isinstance(script, bytes) else script)
    try:
        with warnings.catch_warnings():
            if "\\" in text:  # ".\Script Bundle" is what old scripts say; Python warns of every such string
                warnings.simplefilter("ignore")
            tree = ast.parse(text, name)
    except SyntaxError as error:
        raise _no_python(error, text, name) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ScriptError(
            f"{name} cannot be read as Python: {error}.",
            remedy="The text holds a NUL, half a surrogate pair, or an expression nested too deeply.",
        ) from None
    leftover = python2.statement(tree) if ">>" in text else None
    if leftover is not None:
        raise _python2_error(name, *leftover, text)
    return Source(name, text, tree)


def read_file(path: str | Path) -> Source:
    """Read a script from a file; messages call it by the file's own name."""
    path = Path(path)
    return load(path.read_bytes(), path.name)


def decode(data: bytes, name: str) -> str:
    """Decode the bytes of a Python file as Python does: byte order mark, coding cookie, else UTF-8."""
    encoding = "utf-8"
    for mark, wide in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            encoding = wide
            break
    else:
        import io
        import tokenize

        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except SyntaxError as error:
            raise ScriptError(
                f"{name} cannot be decoded: {error}.", remedy="Save it as UTF-8.", line=1
            ) from None
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScriptError(
            f"{name}, line {line}: byte 0x{data[error.start]:02x} is not {encoding.upper()}.",
            remedy="Save the script as UTF-8, or name its encoding in line 1: # -*- coding: cp1252 -*-",
            line=line,
        ) from None


def clean(text: str) -> str:
    """Normalise what pasting and other systems leave in a script, without moving a line.

    A byte order mark goes, CR LF and CR become LF, and outside of strings and comments a no-break space (or
    another blank that Python refuses) becomes a space. The coding cookie becomes utf-8, which text now is.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _STRING_OR_COMMENT_OR_BLANK.sub(lambda m: m[1] or (" " if m[2] else ""), text)
    head, tail = text[:400], text[400:]
    if "coding" in head:
        lines = head.split("\n")
        lines[:2] = [_COOKIE.sub(r"\1utf-8", line) for line in lines[:2]]
        text = "\n".join(lines) + tail
    return text


def _no_python(error: SyntaxError, text: str, name: str) -> ScriptError:
    lines = text.split("\n")
    number = error.lineno or 1
    line = lines[number - 1] if number <= len(lines) else ""
    construct = python2.construct(error.msg, line[:_LINE])
    if construct:
        return _python2_error(name, number, construct, text)
    remedy = ""
    if isinstance(error, TabError):
        remedy = "Indent with spaces only; most editors convert tabs in one command."
    elif isinstance(error, IndentationError):
        remedy = "Check the indentation of this line and the one above; pasting often loses it."
    return ScriptError(
        f"{name}, line {number}: {error.msg.rstrip('?.')}.",
        remedy=remedy,
        line=number,
        traceback=_pointer(error, line, name),
    )


def _python2_error(name: str, number: int, construct: str, text: str) -> ScriptError:
    shown = text.split("\n")[number - 1].strip()[:200]
    place = f'  File "{name}", line {number}\n    {shown}\n'
    return ScriptError(
        f"{name}, line {number} is Python 2 ({construct}): {shown}",
        remedy=f"Run `drawloom upgrade {name}`, which rewrites it for Python 3.",
        line=number,
        traceback=f"{place}SyntaxError: this is Python 2 ({construct})\n",
    )


def _pointer(error: SyntaxError, line: str, name: str) -> str:
    shown = line.strip()[:200]
    text = f'  File "{name}", line {error.lineno}\n    {shown}\n'
    indent = len(line) - len(line.lstrip())
    if error.offset is not None and 0 <= error.offset - 1 - indent <= len(shown):
        text += "    " + " " * (error.offset - 1 - indent) + "^\n"
    return f"{text}{type(error).__name__}: {error.msg}\n"
