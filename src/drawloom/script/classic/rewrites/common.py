"""What the rewrites share: how they are named, and changes of arguments."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from drawloom.script.classic.site import Site, literal

Rewrite = Callable[[Site], cst.BaseExpression | cst.BaseSmallStatement | None]
REWRITES: dict[str, Rewrite] = {}


def rewrite(function: Rewrite) -> Rewrite:
    """Enter a rewrite under its name, by which rules call it."""
    REWRITES[function.__name__] = function
    return function


def swap(site: Site, name: str, today: dict[object, str]) -> cst.BaseExpression | None:
    """Replace a keyword by another argument, or by none, according to its value."""
    for at, arg in enumerate(site.call.args):
        if arg.keyword is None or arg.keyword.value != name:
            continue
        value = literal(arg.value)
        if not isinstance(value, bool):
            site.review(f"{name} is not a literal: write {today[True]} where it is true")
            return None
        if not today[value]:
            return with_args(site.call, [*site.call.args[:at], *site.call.args[at + 1 :]])
        keyword, _, text = today[value].partition("=")
        new = arg.with_changes(keyword=cst.Name(keyword), value=cst.parse_expression(text))
        return site.call.with_changes(args=[*site.call.args[:at], new, *site.call.args[at + 1 :]])
    return None


def with_args(call: cst.Call, args: list[cst.Arg]) -> cst.Call:
    """Give a call other arguments."""
    if args:
        args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return call.with_changes(args=args)


def named(site: Site, prefix: str) -> str:
    """Give what follows a prefix in the dotted name that the rule was found by."""
    return site.old.rpartition(".")[2].removeprefix(prefix)


@rewrite
def drop(site: Site) -> cst.BaseExpression | cst.BaseSmallStatement | None:
    """Leave out what does nothing any more."""
    return cst.Name("None") if site.used else cst.Pass()
