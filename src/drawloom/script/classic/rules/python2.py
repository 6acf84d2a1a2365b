"""Python 2: syntax, built-in names, methods and modules."""

from __future__ import annotations

from drawloom.script.classic.rule import Function, Module, Moved, Rule, Source

_GONE = "Python 3"
_LIST = "a list, as Python 2 gave"


def _rule(old: str, new: str, form: str, note: str = "") -> Rule:
    return Rule(old, new, _GONE, Source(form), note)


_SYNTAX = (
    _rule("print x", "print(x)", "syntax"),
    _rule("exec code in names", "exec(code, names)", "syntax"),
    _rule("except X, e", "except X as e", "syntax"),
    _rule("raise X, message", "raise X(message)", "syntax"),
    _rule("a <> b", "a != b", "syntax"),
    _rule("`x`", "repr(x)", "syntax"),
    _rule("0777", "0o777", "syntax"),
    _rule("10L", "10", "syntax"),
    _rule("ur'text'", "r'text'", "syntax"),
    _rule("lambda (a, b): x", "lambda a_b: x with a_b[0], a_b[1]", "syntax"),
    _rule("tabs mixed with blanks", "blanks", "syntax"),
)
_MEANING = (
    _rule(
        "a / b",
        "a // b where both are whole numbers",
        "division",
        "/ of whole numbers gave a whole number in Python 2; write // if both are",
    ),
    _rule("map(f, x)", f"list(map(f, x)) for {_LIST}", "lists"),
    _rule("d.keys()", f"list(d.keys()) for {_LIST}", "views"),
    _rule("d.iteritems()", "d.items()", "method"),
    _rule("d.has_key(k)", "k in d", "method"),
    _rule("iterator.next()", "next(iterator)", "method"),
)
_BUILTINS = (
    *tuple(
        Rule(old, to.removeprefix("builtins."), _GONE, Moved(to), note)
        for old, to, note in (
            ("builtins.xrange", "builtins.range", ""),
            ("builtins.unicode", "builtins.str", ""),
            ("builtins.basestring", "builtins.str", ""),
            ("builtins.long", "builtins.int", ""),
            ("builtins.raw_input", "builtins.input", ""),
            ("builtins.unichr", "builtins.chr", ""),
            ("builtins.file", "builtins.open", ""),
            ("builtins.reduce", "functools.reduce", ""),
            ("builtins.reload", "importlib.reload", ""),
            ("builtins.intern", "sys.intern", ""),
        )
    ),
    Rule("builtins.cmp", "(a > b) - (a < b)", _GONE, Function("python2:cmp", "cmp")),
    Rule(
        "builtins.execfile", "exec(Path(path).read_text())", _GONE, Function("python2:execfile", "execfile")
    ),
)
_MODULES = tuple(
    Rule(old, to, _GONE, Module(to))
    for old, to in (
        ("urllib2", "urllib.request"),
        ("urlparse", "urllib.parse"),
        ("StringIO", "io"),
        ("cStringIO", "io"),
        ("cPickle", "pickle"),
        ("ConfigParser", "configparser"),
        ("Queue", "queue"),
        ("httplib", "http.client"),
        ("HTMLParser", "html.parser"),
        ("__builtin__", "builtins"),
    )
)
_MOVED = (
    *tuple(
        Rule(old, to, _GONE, Moved(to))
        for old, to in (
            ("urllib.urlencode", "urllib.parse.urlencode"),
            ("urllib.quote", "urllib.parse.quote"),
            ("urllib.quote_plus", "urllib.parse.quote_plus"),
            ("urllib.unquote", "urllib.parse.unquote"),
            ("urllib.urlopen", "urllib.request.urlopen"),
            ("urllib.urlretrieve", "urllib.request.urlretrieve"),
            ("itertools.izip", "builtins.zip"),
            ("itertools.imap", "builtins.map"),
            ("itertools.ifilter", "builtins.filter"),
            ("itertools.izip_longest", "itertools.zip_longest"),
            ("string.letters", "string.ascii_letters"),
            ("string.lowercase", "string.ascii_lowercase"),
            ("string.uppercase", "string.ascii_uppercase"),
            ("sys.maxint", "sys.maxsize"),
            ("os.getcwdu", "os.getcwd"),
        )
    ),
    Rule("string.join", "separator.join(words)", _GONE, Function("python2:string_join", "string_join")),
    Rule("sys.setdefaultencoding", "nothing: it is UTF-8", _GONE, Function("python2:nothing", "drop")),
)

RULES = (*_SYNTAX, *_MEANING, *_BUILTINS, *_MODULES, *_MOVED)
