"""NumPy: names that 1.20 to 2.0 took away."""

from __future__ import annotations

from drawloom.script.classic.rule import Call, Function, Moved, Rule

_TYPES = {
    "float": "builtins.float",
    "int": "builtins.int",
    "object": "builtins.object",
    "str": "builtins.str",
    "complex": "builtins.complex",
    "unicode": "builtins.str",
}
_ALIASES = {
    "bool8": "bool_",
    "unicode_": "str_",
    "string_": "bytes_",
    "float_": "float64",
    "complex_": "complex128",
    "longfloat": "longdouble",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "NaN": "nan",
    "NAN": "nan",
    "product": "prod",
    "cumproduct": "cumprod",
    "alltrue": "all",
    "sometrue": "any",
    "in1d": "isin",
    "trapz": "trapezoid",
    "round_": "round",
    "mat": "asmatrix",
    "rank": "ndim",
}
_FUNCTIONS = {
    "NINF": ("-np.inf", "numpy_names:ninf", "ninf"),
    "asscalar": ("x.item()", "numpy_names:asscalar", "asscalar"),
    "msort": ("np.sort(x, axis=0)", "numpy_names:msort", "msort"),
    "asfarray": ("np.asarray(x, dtype=float)", "numpy_names:asfarray", "asfarray"),
}

RULES = (
    *(
        Rule(f"numpy.{old}", to.removeprefix("builtins."), "NumPy 1.24", Moved(to))
        for old, to in _TYPES.items()
    ),
    *(Rule(f"numpy.{old}", f"np.{to}", "NumPy 2.0", Moved(f"numpy.{to}")) for old, to in _ALIASES.items()),
    *(
        Rule(f"numpy.{old}", new, "NumPy 2.0", Function(shim, rewrite))
        for old, (new, shim, rewrite) in _FUNCTIONS.items()
    ),
    Rule(
        "numpy.histogram(normed=...)",
        "density=...",
        "NumPy 1.24",
        Call(("numpy.histogram", "numpy.histogram2d"), renamed={"normed": "density"}),
    ),
)
