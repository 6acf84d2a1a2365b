"""`drawloom secret`: passwords and tokens that `${secret:NAME}` stands for."""

from __future__ import annotations

import argparse
import getpass
import json
import sys

from drawloom.cli import options as common
from drawloom.errors import InputError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    commands = parser.add_subparsers(dest="do", metavar="set|list|remove", required=True)
    keep = commands.add_parser(
        "set",
        help="keep a value, read from the prompt or from stdin",
        description="Keep a value under a name. It is asked for without an echo, or read from stdin where "
        "that is no terminal: `drawloom secret set TOKEN < token.txt`. One line end at its end is dropped.",
    )
    keep.add_argument("name", metavar="NAME")
    listing = commands.add_parser("list", help="list the names, never the values")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    remove = commands.add_parser("remove", help="forget a value")
    remove.add_argument("name", metavar="NAME")
    for each in (keep, listing, remove):
        common.add_workspace(each)


def execute(options: argparse.Namespace) -> int:
    """Set, list or remove."""
    with common.opened(options.workspace, create=options.do == "set") as workspace:
        match options.do:
            case "set":
                workspace.secrets.set(options.name, _value(options.name))
                print(f"{options.name} is kept in {workspace.root}; use it as ${{secret:{options.name}}}.")
            case "list":
                names = workspace.secrets.list()
                if options.json:
                    print(json.dumps({"secrets": list(names)}, indent=2))
                elif names:
                    print("\n".join(names))
                else:
                    print("no secrets", file=sys.stderr)
            case "remove":
                workspace.secrets.remove(options.name)
                print(f"{options.name} is forgotten.")
    return 0


def _value(name: str) -> str:
    if sys.stdin.isatty():
        value = getpass.getpass(f"{name}: ")
    else:
        value = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not value:
        raise InputError(
            f"The secret {name!r} has no value.", code="0003", remedy="Type it, or pipe it to stdin."
        )
    return value
