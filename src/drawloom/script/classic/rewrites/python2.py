# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Functions of Python 2, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.rewrites.common import rewrite
from drawloom.script.classic.site import Site, code, operand


@rewrite
def cmp(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("a", "b")
    if not given or len(given) != 2:
        return None
    a, b = operand(given["a"]), operand(given["b"])
    return site.parse(f"(({a} > {b}) - ({a} < {b}))")


@rewrite
def execfile(site: Site) -> cst.BaseExpression | None:
    if len(site.call.args) != 1:
        return None
    return site.parse(f"exec({site.say('pathlib.Path')}({code(site.call.args[0].value)}).read_text())")


@rewrite
def string_join(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("words", "separator")
    if not given:
        return None
    separator = operand(given["separator"]) if "separator" in given else '" "'
    return site.parse(f"{separator}.join({code(given['words'])})")
