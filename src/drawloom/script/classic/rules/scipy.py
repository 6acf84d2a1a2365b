"""SciPy: names that moved, and the copies of NumPy's that it had at its top."""

from __future__ import annotations

from drawloom.script.classic.rule import Function, Lost, Moved, Rule

_MISC = {"comb": "special.comb", "factorial": "special.factorial", "logsumexp": "special.logsumexp"}
_WINDOWS = ("hann", "hamming", "gaussian", "blackman", "bartlett", "kaiser", "boxcar", "triang")
_MOVED = {
    **{f"misc.{old}": (new, "1.3") for old, new in _MISC.items()},
    **{f"signal.{name}": (f"signal.windows.{name}", "1.13") for name in _WINDOWS},
    "integrate.trapz": ("integrate.trapezoid", "1.14"),
    "integrate.simps": ("integrate.simpson", "1.14"),
    "integrate.cumtrapz": ("integrate.cumulative_trapezoid", "1.14"),
    "linalg.pinv2": ("linalg.pinv", "1.9"),
}
_NUMPY = (
    "array",
    "mean",
    "std",
    "sqrt",
    "log",
    "exp",
    "zeros",
    "ones",
    "arange",
    "linspace",
    "where",
    "dot",
    "pi",
    "nan",
    "inf",
    "median",
    "sum",
    "cos",
    "sin",
    "log10",
    "absolute",
    "unique",
    "vstack",
    "hstack",
    "transpose",
    "interp",
    "isnan",
    "polyfit",
    "poly1d",
    "eye",
    "random",
)

RULES = (
    *(
        Rule(f"scipy.{old}", f"scipy.{to}", f"SciPy {gone}", Moved(f"scipy.{to}"))
        for old, (to, gone) in _MOVED.items()
    ),
    *(Rule(f"scipy.{name}", f"np.{name}", "SciPy 1.12", Moved(f"numpy.{name}")) for name in _NUMPY),
    *(
        Rule(f"scipy.stats.{name}", f"np.{name}", "SciPy 0.18", Moved(f"numpy.{name}"))
        for name in ("nanmean", "nanstd", "nanmedian")
    ),
    Rule(
        "scipy.stats.itemfreq",
        "np.unique(x, return_counts=True)",
        "SciPy 1.5",
        Function("functions:itemfreq", "itemfreq"),
    ),
    Rule(
        "scipy.stats.binom_test",
        "scipy.stats.binomtest(...).pvalue",
        "SciPy 1.12",
        Function("functions:binom_test", "binom_test"),
    ),
    Rule("scipy.misc.imread", "matplotlib.image.imread or the package imageio", "SciPy 1.2", Lost()),
    Rule("scipy.misc.imresize", "the package Pillow", "SciPy 1.3", Lost()),
)
