# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Functions and methods of matplotlib, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.rewrites.common import drop, rewrite
from drawloom.script.classic.site import Site, code, operand


@rewrite
def ishold(site: Site) -> cst.BaseExpression | None:
    return cst.Name("True")


@rewrite
def drop_hold(site: Site) -> cst.BaseExpression | cst.BaseSmallStatement | None:
    return drop(site) if len(site.call.args) <= 1 else None


@rewrite
def set_color_cycle(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("colors")
    return site.method("set_prop_cycle", f"color={code(given['colors'])}") if given else None


@rewrite
def get_axes(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"{operand(site.receiver)}.axes") if not site.call.args else None


@rewrite
def get_cmap(site: Site) -> cst.BaseExpression | None:
    return site.call.with_changes(func=cst.parse_expression(site.say("matplotlib.pyplot.get_cmap")))


@rewrite
def spectral(site: Site) -> cst.BaseExpression | None:
    return site.parse(site.say("matplotlib.cm.nipy_spectral"))


@rewrite
def normpdf(site: Site) -> cst.BaseExpression | None:
    return site.call.with_changes(func=cst.parse_expression(site.say("scipy.stats.norm") + ".pdf"))


@rewrite
def find(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("condition")
    if not given:
        return None
    return site.parse(
        f"{site.say('numpy.nonzero')}({site.say('numpy.ravel')}({code(given['condition'])}))[0]"
    )


@rewrite
def gca(site: Site) -> cst.BaseExpression | None:
    if not site.call.args:
        return None
    args = ", ".join(code(arg).rstrip(", ") for arg in site.call.args)
    if site.dotted:
        return site.parse(f"{site.say('matplotlib.pyplot.gcf')}().add_subplot({args})")
    return site.method("add_subplot", args)
