# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Functions of NumPy and SciPy, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.rewrites.common import rewrite
from drawloom.script.classic.site import Site, code, keywords, operand


@rewrite
def asscalar(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x")
    return site.parse(f"{operand(given['x'])}.item()") if given else None


@rewrite
def ninf(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"(-{site.say('numpy.inf')})")


@rewrite
def msort(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x")
    return site.parse(f"{site.say('numpy.sort')}({code(given['x'])}, axis=0)") if given else None


@rewrite
def asfarray(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x", "dtype")
    if not given:
        return None
    dtype = code(given["dtype"]) if "dtype" in given else "float"
    return site.parse(f"{site.say('numpy.asarray')}({code(given['x'])}, dtype={dtype})")


@rewrite
def itemfreq(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x")
    if not given:
        return None
    unique, array = site.say("numpy.unique"), site.say("numpy.array")
    return site.parse(f"{array}({unique}({code(given['x'])}, return_counts=True)).T")


@rewrite
def binom_test(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("x", "n", "p", "alternative")
    if not given or "n" not in given:
        return None
    parts = [code(given["x"]), code(given["n"]), *keywords(given, "p", "alternative")]
    return site.parse(f"{site.say('scipy.stats.binomtest')}({', '.join(parts)}).pvalue")
