# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Functions of pandas, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.rewrites.common import drop, named, rewrite, swap, with_args
from drawloom.script.classic.site import Site, code, keywords, literal, operand, rest


@rewrite
def error_bad_lines(site: Site) -> cst.BaseExpression | None:
    names = [arg.keyword.value if arg.keyword is not None else "" for arg in site.call.args]
    if not {"error_bad_lines", "warn_bad_lines"} & set(names):
        return None
    quiet = any(
        name == "warn_bad_lines" and literal(arg.value) is False
        for name, arg in zip(names, site.call.args, strict=True)
    )
    kept = [arg for name, arg in zip(names, site.call.args, strict=True) if name != "warn_bad_lines"]
    site.node = with_args(site.call, kept)
    if "error_bad_lines" not in names:
        return site.node
    return swap(site, "error_bad_lines", {True: "", False: f'on_bad_lines="{"skip" if quiet else "warn"}"'})


@rewrite
def squeeze(site: Site) -> cst.BaseExpression | None:
    for arg in site.call.args:
        if arg.keyword is not None and arg.keyword.value == "squeeze":
            kept = swap(site, "squeeze", {True: "", False: ""})
            if kept is None:
                return None
            return site.parse(f'{code(kept)}.squeeze("columns")') if literal(arg.value) is True else kept
    return None


@rewrite
def delim_whitespace(site: Site) -> cst.BaseExpression | None:
    return swap(site, "delim_whitespace", {True: r'sep=r"\s+"', False: ""})


@rewrite
def coerce(site: Site) -> cst.BaseExpression | None:
    return swap(site, "coerce", {True: 'errors="coerce"', False: ""})


@rewrite
def join_axes(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("objs", "axis")
    axes = (given or {}).get("join_axes")
    if given is None or not isinstance(axes, cst.List) or len(axes.elements) != 1:
        return None
    kept = [arg for arg in site.call.args if arg.keyword is None or arg.keyword.value != "join_axes"]
    sideways = literal(given.get("axis")) in (1, "columns")
    name = "index" if sideways else "columns"
    return site.parse(f"{code(with_args(site.call, kept))}.reindex({name}={code(axes.elements[0].value)})")


@rewrite
def set_option(site: Site) -> cst.BaseExpression | cst.BaseSmallStatement | None:
    if site.call.args and literal(site.call.args[0].value) in (
        "display.height",
        "display.mpl_style",
        "mpl_style",
    ):
        return drop(site)
    return None


@rewrite
def time_grouper(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("freq", "closed", "label")
    if given is None:
        return None
    freq = code(given["freq"]) if "freq" in given else '"min"'
    return site.parse(", ".join([f"{site.say('pandas.Grouper')}(freq={freq}", *rest(given, "freq")]) + ")")


@rewrite
def match(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("to_match", "values")
    if not given or len(given) != 2:
        return None
    return site.parse(
        f"{site.say('pandas.Index')}({code(given['values'])}).get_indexer({code(given['to_match'])})"
    )


@rewrite
def rolling(site: Site) -> cst.BaseExpression | None:
    name = named(site, "rolling_")
    before = {"corr": ("arg2",), "cov": ("arg2",)}.get(name, ())
    after = {"quantile": ("quantile",), "apply": ("func",)}.get(name, ())
    if before and len(site.call.args) > 1 and site.kind(site.call.args[1].value) == "int":
        before = ()
    given = site.arguments("x", *before, "window", *after, "min_periods", "freq", "center")
    if not given or "x" not in given or "window" not in given or "freq" in given or "how" in given:
        return None
    between = [code(given[key]) for key in (*before, *after) if key in given]
    options = [code(given["window"]), *keywords(given, "min_periods", "center", "win_type")]
    more = rest(given, "x", "window", *before, *after, "min_periods", "center", "win_type")
    return site.parse(
        f"{operand(given['x'])}.rolling({', '.join(options)}).{name}({', '.join([*between, *more])})"
    )


@rewrite
def expanding(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x", "min_periods")
    if not given or "x" not in given or "freq" in given:
        return None
    options = code(given["min_periods"]) if "min_periods" in given else ""
    more = ", ".join(rest(given, "x", "min_periods"))
    return site.parse(f"{operand(given['x'])}.expanding({options}).{named(site, 'expanding_')}({more})")


@rewrite
def ewm(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x", "com", "span", "halflife")
    if not given or "x" not in given or "freq" in given or "how" in given:
        return None
    name = {"ewma": "mean", "ewmstd": "std", "ewmvar": "var"}[named(site, "")]
    options = ", ".join(part for part in rest(given, "x", "bias") if not part.endswith("=None"))
    return site.parse(f"{operand(given['x'])}.ewm({options}).{name}({', '.join(keywords(given, 'bias'))})")
