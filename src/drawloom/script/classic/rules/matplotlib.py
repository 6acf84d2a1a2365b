"""matplotlib: arguments, styles and functions."""

from __future__ import annotations

from drawloom.script.classic.rule import Around, Call, Function, Lost, Member, Rule

_AXES = ("matplotlib.axes.Axes",)
_STYLES = {
    f"seaborn{style}": f"seaborn-v0_8{style}"
    for style in (
        "",
        "-bright",
        "-colorblind",
        "-dark",
        "-dark-palette",
        "-darkgrid",
        "-deep",
        "-muted",
        "-notebook",
        "-paper",
        "-pastel",
        "-poster",
        "-talk",
        "-ticks",
        "-white",
        "-whitegrid",
    )
}
_MAPS = {
    "spectral": "nipy_spectral",
    "Vega10": "tab10",
    "Vega20": "tab20",
    "Vega20b": "tab20b",
    "Vega20c": "tab20c",
}
_DRAWS = (
    "plot",
    "scatter",
    "bar",
    "hist",
    "imshow",
    "contour",
    "contourf",
    "errorbar",
    "boxplot",
    "fill_between",
    "axhline",
    "axvline",
    "pcolormesh",
    "pie",
    "step",
    "fill",
)


def _axes(*names: str) -> tuple[str, ...]:
    return tuple(f"matplotlib.axes.Axes.{name}" for name in names)


def _both(*names: str) -> tuple[str, ...]:
    """Both `Axes.x` and `pyplot.x`, which calls it."""
    return _axes(*names) + tuple(f"matplotlib.pyplot.{name}" for name in names)


def _call(old: str, new: str, gone: str, targets: tuple[str, ...], **change: object) -> Rule:
    return Rule(old, new, f"matplotlib {gone}", Call(targets, **change))  # type: ignore[arg-type]


RULES = (
    Rule("matplotlib.pyplot.hold", "nothing: remove it", "matplotlib 3.0", Function("figures:hold", "drop")),
    Rule("matplotlib.pyplot.ishold", "True", "matplotlib 3.0", Function("figures:ishold", "ishold")),
    Rule(
        "Axes.hold", "nothing: remove it", "matplotlib 3.0", Member(_AXES, "figures:axes_hold", "drop_hold")
    ),
    Rule(
        "Axes.set_axis_bgcolor",
        ".set_facecolor(...)",
        "matplotlib 2.2",
        Member(_AXES, "figures:set_axis_bgcolor", ".set_facecolor"),
    ),
    Rule(
        "Axes.get_axis_bgcolor",
        ".get_facecolor()",
        "matplotlib 2.2",
        Member(_AXES, "figures:get_axis_bgcolor", ".get_facecolor"),
    ),
    Rule(
        "Axes.set_color_cycle",
        ".set_prop_cycle(color=...)",
        "matplotlib 2.2",
        Member(_AXES, "figures:set_color_cycle", "set_color_cycle"),
    ),
    Rule(
        "Axes.get_axes",
        ".axes",
        "matplotlib 2.2",
        Member(("matplotlib.artist.Artist",), "figures:get_axes", "get_axes"),
    ),
    Rule(
        "matplotlib.cm.get_cmap", "plt.get_cmap", "matplotlib 3.9", Function("figures:get_cmap", "get_cmap")
    ),
    Rule(
        "matplotlib.cm.spectral",
        "plt.cm.nipy_spectral",
        "matplotlib 2.2",
        Function("figures:spectral", "spectral"),
    ),
    Rule(
        "matplotlib.mlab.normpdf",
        "scipy.stats.norm.pdf",
        "matplotlib 3.1",
        Function("figures:normpdf", "normpdf"),
    ),
    Rule(
        "matplotlib.mlab.find",
        "np.nonzero(np.ravel(x))[0]",
        "matplotlib 3.1",
        Function("figures:find", "find"),
    ),
    Rule("matplotlib.mlab.rec2csv", "pd.DataFrame(x).to_csv(path)", "matplotlib 3.1", Lost()),
    Rule("matplotlib.finance", "the package mplfinance", "matplotlib 2.2", Lost()),
    _call(
        "subplot(axisbg=...)",
        "facecolor=...",
        "2.2",
        (
            "matplotlib.pyplot.subplot",
            "matplotlib.pyplot.axes",
            "matplotlib.figure.Figure.add_subplot",
            "matplotlib.figure.Figure.add_axes",
        ),
        renamed={"axisbg": "facecolor", "axis_bgcolor": "facecolor"},
    ),
    _call("plot(hold=...)", "nothing: remove it", "3.0", _both(*_DRAWS), dropped=("hold",)),
    _call("hist(normed=...)", "density=...", "3.1", _both("hist"), renamed={"normed": "density"}),
    _call("bar(left=...)", "x=...", "3.0", _both("bar"), renamed={"left": "x"}),
    _call(
        "boxplot(labels=...)", "tick_labels=...", "3.11", _both("boxplot"), renamed={"labels": "tick_labels"}
    ),
    _call(
        "stem(use_line_collection=...)",
        "nothing: remove it",
        "3.8",
        _both("stem"),
        dropped=("use_line_collection",),
    ),
    _call("grid(b=...)", "visible=...", "3.6", _both("grid"), renamed={"b": "visible"}),
    _call(
        "legend(handles, labels, loc)",
        "loc=... by name",
        "3.9",
        _axes("legend"),
        order=("handles", "labels", "*", "loc"),
    ),
    _call(
        "savefig(frameon=...)",
        "nothing: remove it",
        "3.3",
        ("matplotlib.pyplot.savefig", "matplotlib.figure.Figure.savefig"),
        dropped=("frameon",),
    ),
    _call(
        "subplots(2, 1, True)",
        "sharex=... by name",
        "3.1",
        ("matplotlib.pyplot.subplots",),
        order=("nrows", "ncols", "*", "sharex", "sharey", "squeeze"),
    ),
    _call(
        "tight_layout(1)",
        "pad=... by name",
        "3.6",
        ("matplotlib.pyplot.tight_layout", "matplotlib.figure.Figure.tight_layout"),
        order=("*", "pad", "h_pad", "w_pad", "rect"),
    ),
    _call(
        "style.use('seaborn-whitegrid')",
        "'seaborn-v0_8-whitegrid'",
        "3.8",
        ("matplotlib.style.use",),
        order=("style",),
        values={"style": _STYLES},
    ),
    _call(
        "cmap='spectral'",
        "'nipy_spectral' or 'tab10'",
        "2.2",
        _both("imshow", "scatter", "contour", "contourf", "pcolormesh"),
        values={"cmap": _MAPS},
    ),
    Rule(
        "gca(projection='3d')",
        "fig.add_subplot(projection='3d')",
        "matplotlib 3.6",
        Around(("matplotlib.figure.Figure.gca", "matplotlib.pyplot.gca"), "figures:gca", "gca"),
    ),
)
