"""`drawloom env`: the packages that scripts and experiments find."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.cli import columns
from drawloom.cli import options as common
from drawloom.errors import InputError

if TYPE_CHECKING:
    from drawloom.environment.lock import Lock
    from drawloom.environment.shelf import Shelf

UNUSED_SECONDS = 30 * 86_400.0
_SCRIPT = ".py"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    commands = parser.add_subparsers(dest="do", metavar="add|list|show|lock|remove|prune", required=True)
    add = commands.add_parser(
        "add",
        help="add packages to an environment, which is made where there is none, or to a script's own block",
        description="Add packages to an environment of the workspace, or, where NAME ends in .py, to "
        "the block `# /// script` of that script. A package that was there already is replaced.",
    )
    add.add_argument("name", metavar="NAME", help="the environment, or SCRIPT.py")
    add.add_argument(
        "packages", metavar="PACKAGE", nargs="*", help='such as toolz, "toolz>=1.0", toolz==1.0.0'
    )
    add.add_argument(
        "--from",
        metavar="FILE",
        dest="file",
        type=Path,
        help="take the packages of a requirements.txt or a conda environment.yml along",
    )
    listing = commands.add_parser("list", help="list the environments")
    show = commands.add_parser("show", help="list the packages of an environment or a script")
    show.add_argument("name", metavar="NAME", nargs="?", default="base", help="the environment (base)")
    lock = commands.add_parser("lock", help="lock it anew, with the newest versions that fit")
    lock.add_argument("name", metavar="NAME", help="the environment, or SCRIPT.py")
    remove = commands.add_parser("remove", help="forget an environment")
    remove.add_argument("name", metavar="NAME")
    prune = commands.add_parser("prune", help="remove what was built and is not used any more")
    prune.add_argument(
        "--unused-for",
        metavar="AGE",
        type=common.age,
        default=UNUSED_SECONDS,
        help="such as 12h or 30d (30d)",
    )
    for each in (listing, show):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    for each in (add, listing, show, lock, remove):
        common.add_workspace(each)


def execute(options: argparse.Namespace) -> int:
    """Do what the sub-command says."""
    do = {"add": _add, "list": _list, "show": _show, "lock": _lock, "remove": _remove, "prune": _prune}
    do[options.do](options)
    return 0


def _add(options: argparse.Namespace) -> None:
    from drawloom.environment.requirement import checked, from_file, name_of

    added = checked([*options.packages, *(from_file(options.file) if options.file else ())])
    if not added:
        raise InputError("No package is named.", code="0003", remedy="Name some, or a file with --from.")
    if options.name.endswith(_SCRIPT):
        _add_to_script(Path(options.name), added, options)
        return
    shelf = _shelf(options, create=True)
    old: tuple[str, ...] = ()
    if options.name in shelf.names():
        known = shelf.get(options.name)
        old = () if known is None else known.requirements
    names = {name_of(each) for each in added}
    asked = [each for each in old if name_of(each) not in names]
    lock = shelf.set(options.name, [*asked, *added])
    print(
        f"{options.name} is locked: {_asked(lock)}. Use it: `environment: {options.name}` in an experiment."
    )


def _add_to_script(file: Path, added: tuple[str, ...], options: argparse.Namespace) -> None:
    from drawloom.environment import block

    text = block.with_packages(_text(file), added)
    asked = block.read(text)
    assert asked is not None
    lock = _shelf(options, file.parent).of_script(asked.requirements, _tell)
    file.write_text(text, "utf-8", newline="")
    print(f"{file} asks for {_asked(lock)} now.")


def _list(options: argparse.Namespace) -> None:
    from drawloom.environment import base

    shelf = _shelf(options)
    rows: list[dict[str, Any]] = [
        {"name": "base", "packages": len(base.installed()), "asked": ["what drawloom brings"]},
        {"name": "default", "packages": None, "asked": ["the scientific set of this release"]},
    ]
    for name in shelf.names()[2:]:
        lock = shelf.get(name)
        assert lock is not None
        rows.append({"name": name, "packages": len(lock.pins), "asked": list(lock.requirements)})
    if options.json:
        print(json.dumps({"environments": rows}, indent=2))
        return
    cells = [
        [row["name"], "" if row["packages"] is None else str(row["packages"]), ", ".join(row["asked"])]
        for row in rows
    ]
    head = ("environment", "packages", "asked for")
    print("\n".join(columns.table(head, cells, right={1}, room=columns.width())))


def _show(options: argparse.Namespace) -> None:
    from drawloom.environment import base

    name = options.name
    if name == "base":
        packages, stamp = base.installed(), ""
    else:
        lock = _locked(options)
        packages, stamp = lock.packages, lock.stamp
    if options.json:
        print(json.dumps({"name": name, "exclude_newer": stamp or None, "packages": packages}, indent=2))
        return
    print("\n".join(f"{package}=={version}" for package, version in packages.items()))
    locked = f", locked from what the index had at {stamp}" if stamp else ""
    print(f"{name}: {len(packages)} packages, Python {sys.version.split()[0]}{locked}", file=sys.stderr)


def _locked(options: argparse.Namespace) -> Lock:
    if options.name.endswith(_SCRIPT):
        file = Path(options.name)
        return _shelf(options, file.parent).of_script(_requirements(file), _tell)
    lock = _shelf(options).get(options.name, _tell)
    assert lock is not None
    return lock


def _lock(options: argparse.Namespace) -> None:
    if options.name.endswith(_SCRIPT):
        file = Path(options.name)
        shelf = _shelf(options, file.parent)
        old, lock = None, shelf.lock_script(_requirements(file))
    else:
        shelf = _shelf(options)
        old = shelf.get(options.name)
        lock = shelf.set(options.name, () if old is None else old.requirements)
    before = lock.packages if old is None else old.packages
    for name, version in lock.packages.items():
        if before.get(name) != version:
            print(f"{name} {before.get(name, '(new)')} -> {version}")
    print(f"{options.name} is locked: {len(lock.pins)} packages.")


def _remove(options: argparse.Namespace) -> None:
    _shelf(options).remove(options.name)
    print(f"{options.name} is forgotten.")


def _prune(options: argparse.Namespace) -> None:
    from drawloom.environment import build, settings

    gone = list(build.unused(settings.read(), options.unused_for))
    for folder in gone:
        build.remove(folder)
    print(f"{len(gone)} built environments removed.")


def _shelf(options: argparse.Namespace, start: Path | None = None, *, create: bool = False) -> Shelf:
    """Give the locks of the workspace; where none is found and none is to be made, those of the cache."""
    from drawloom.environment import settings
    from drawloom.environment.shelf import Shelf
    from drawloom.workspace import packages

    now = settings.read()
    if options.workspace is not None or create:
        with common.opened(options.workspace, create=create, start=start) as workspace:
            return Shelf(packages.of(workspace.root), now)
    return Shelf(packages.folder(start or Path.cwd(), now.cache), now)


def _requirements(file: Path) -> tuple[str, ...]:
    from drawloom.environment import block

    asked = block.read(_text(file))
    if asked is None:
        raise InputError(
            f"{file} has no block `# /// script` that names packages.",
            code="0003",
            remedy=f"drawloom env add {file} PACKAGE...",
        )
    return asked.requirements


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.", code="0048") from None


def _asked(lock: Lock) -> str:
    return ", ".join(f"{name} {lock.packages[name]}" for name in _named(lock))


def _named(lock: Lock) -> list[str]:
    from drawloom.environment.requirement import name_of

    return sorted({name_of(each) for each in lock.requirements} & lock.pins.keys())


def _tell(text: str) -> None:
    print(f"drawloom: {text} ...", file=sys.stderr)
