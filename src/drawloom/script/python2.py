"""Signs of Python 2, so that an old script is told what it is instead of `invalid syntax`."""

from __future__ import annotations

import ast
import re

_SIGNS = (
    (r"^(.*[:;])?\s*print\b\s*(?![\s(=.,\[)])", "the print statement"),
    (r"^(.*[:;])?\s*exec\b\s*(?![\s(=.,\[)])", "the exec statement"),
    (r"\bexcept\s+([\w.]+|\([^)]*\))\s*,\s*\w+\s*:", "except X, e"),
    (r"^(.*[:;])?\s*raise\s+[\w.]+\s*,", "raise X, message"),
    (r"<>", "the operator <>"),
    (r"`", "backticks"),
    (r"(?<![\w.])0[0-7]+(?![\w.])", "an octal number without 0o"),
    (r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)[lL]\b", "a long number"),
    (r"\b[uU][rR]['\"]", "a ur string"),
    (r"\bdef\s+\w+\s*\(([^()]*,)?\s*\([\w\s,]+\)", "a tuple as a parameter"),
    (r"\blambda\s([^(:]*,)?\s*\([\w\s,]+\)\s*[,:]", "a tuple as a parameter"),
)
_PATTERNS = [(re.compile(pattern), construct) for pattern, construct in _SIGNS]
_STRING_OR_COMMENT = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#.*""")
_WORDS_OF_THE_PARSER = (("call to 'print'", "the print statement"), ("call to 'exec'", "the exec statement"))

NAMES = {
    "xrange": "range",
    "unicode": "str",
    "raw_input": "input",
    "basestring": "str",
    "long": "int",
    "unichr": "chr",
    "reduce": "functools.reduce",
    "file": "open",
    "execfile": "exec(open(...).read())",
    "cmp": "(a > b) - (a < b)",
    "reload": "importlib.reload",
}
METHODS = {
    "iteritems": "items",
    "itervalues": "values",
    "iterkeys": "keys",
    "has_key": "the operator `in`",
}
MODULES = {
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "cPickle": "pickle",
    "StringIO": "io",
    "cStringIO": "io",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "httplib": "http.client",
    "HTMLParser": "html.parser",
    "__builtin__": "builtins",
    "Tkinter": "tkinter",
    "exceptions": "builtins",
    "sets": "set",
}


def construct(parser_says: str, line: str) -> str:
    """Name what of Python 2 stands in a line that does not parse, or give an empty string.

    Parameters
    ----------
    parser_says
        The parser's message.
    line
        The line it points at.
    """
    for words, name in _WORDS_OF_THE_PARSER:
        if words in parser_says:
            return name
    code = _STRING_OR_COMMENT.sub(lambda m: m[0][0] * 2 if m[0][0] in "'\"" else "", line)
    return next((name for pattern, name in _PATTERNS if pattern.search(code)), "")


def statement(tree: ast.Module) -> tuple[int, str] | None:
    """Find what Python 3 parses but only Python 2 means: ``print >>file, text``. Gives line and name."""
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Expr) else None
        first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
        if (
            isinstance(first, ast.BinOp)
            and isinstance(first.op, ast.RShift)
            and isinstance(first.left, ast.Name)
            and first.left.id == "print"
        ):
            return first.lineno, "the print statement"
    return None


def replacement(error: BaseException) -> str:
    """Say what took the place of a name, method or module that only Python 2 had; empty if it is none."""
    if isinstance(error, ImportError) and error.name in MODULES:
        return f"{error.name} is Python 2; Python 3 has {MODULES[error.name]} in its place."
    if isinstance(error, NameError) and error.name in NAMES:
        return f"{error.name} is Python 2; Python 3 has {NAMES[error.name]} in its place."
    if isinstance(error, AttributeError) and error.name in METHODS and isinstance(error.obj, dict):
        return f"dict.{error.name} is Python 2; Python 3 has {METHODS[error.name]} in its place."
    return ""
