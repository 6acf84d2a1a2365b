"""`drawloom debug`: a script under a debugger, or the line at which a step failed; behind the walls."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from drawloom.cli import options as common
from drawloom.cli import reference
from drawloom.cli import run as running
from drawloom.cli.console import Console, harmless
from drawloom.errors import InputError

if TYPE_CHECKING:
    from drawloom.engine.debug_adapter import Adapter
    from drawloom.engine.debugging import Debugger

DEFAULT_ADDRESS = ("127.0.0.1", 5678)
_RUN = "run:"
_INPUTS = ("dataset1", "dataset2", "bundle", "memory", "compat", "out", "input", "param")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.description = (
        "Run a script as `drawloom run` does, in the same walls, with a debugger attached: VS Code or "
        "another client of the Debug Adapter Protocol at a port of this machine; or pdb, here, at the line "
        "where the script failed. There is no limit of time meanwhile."
    )
    parser.add_argument(
        "script",
        metavar="SCRIPT.py|run:RUN.STEP",
        help="a script; or a step of a run, done again on what arrived at it then, with pdb where it fails",
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        type=_address,
        help="where the client attaches (127.0.0.1:5678); a step of a run also waits for one then",
    )
    parser.add_argument(
        "--post-mortem", action="store_true", help="open pdb in this terminal where the script fails"
    )
    running.add_inputs(parser)
    common.add_workspace(parser)
    parser.set_defaults(timeout=None, no_sandbox=False, json=False)


def execute(options: argparse.Namespace) -> int:
    """Debug it."""
    if options.listen and options.post_mortem:
        raise InputError(
            "--listen and --post-mortem exclude each other.",
            code="0002",
            remedy="A client that is attached stops where the script fails, too.",
        )
    if options.script.startswith(_RUN):
        return _step(options)
    return _script(options)


def _script(options: argparse.Namespace) -> int:
    from drawloom.engine import debugging
    from drawloom.engine.run import run

    options.script = Path(options.script)
    request = running.request_of(options)
    console = Console(sys.stderr)
    post_mortem = options.post_mortem
    debugger = _terminal() if post_mortem else _adapter(options, console, options.script)
    with debugging.walled(loopback=not post_mortem) as walled:
        executor = debugging.Debugged(walled, debugger, options.script)
        result = run(
            request, console.write, executor=executor, tell=lambda text: console.line(f"drawloom: {text} ...")
        )
    with closing(result):
        if post_mortem and result.error is not None:
            console.line(harmless(str(result.error)))
            return result.error.exit_status
        return running.show(result, options, request, console)


def _step(options: argparse.Namespace) -> int:
    from drawloom.engine import debugging
    from drawloom.experiment.again import again
    from drawloom.experiment.events import Event, LogLine

    wanted = reference.parse(options.script)
    given = [f"--{name}" for name in _INPUTS if getattr(options, name)]
    if wanted.step is None or wanted.port is not None or given:
        what = f"{given[0]} is given with it" if given else "it does not name a step"
        raise InputError(
            f"{options.script!r} cannot be debugged so: {what}.",
            code="0002",
            remedy="Write run:RUN.STEP alone, such as run:41.rank; its inputs are those of that run.",
        )
    console = Console(sys.stderr)

    def tell(event: Event) -> None:
        if isinstance(event, LogLine):
            console.line(harmless(event.text))

    with common.opened(options.workspace) as workspace:
        run = reference.run_of(workspace, wanted)
        step = reference.step_of(workspace, run, wanted.step)

        def executor(script: Path | None) -> debugging.Debugged:
            debugger = _adapter(options, console, script) if options.listen else _terminal()
            return debugging.Debugged(walled, debugger, script)

        with debugging.walled(loopback=options.listen is not None) as walled:
            made = again(workspace, run, step, executor, tell)
    if made.error is None:
        console.line(f"Step {step.name} of run {run.id} did not fail this time.")
        return 0
    console.line(harmless(str(made.error)))
    return made.error.exit_status


def _terminal() -> Debugger:
    from drawloom.engine.debug_terminal import Terminal

    return Terminal(sys.stdin, sys.stdout, harmless)


def _adapter(options: argparse.Namespace, console: Console, script: Path | None) -> Adapter:
    from importlib.util import find_spec

    from drawloom.engine import debug_adapter

    if find_spec("debugpy") is None:
        raise InputError(
            "debugpy, which clients attach to, is not installed.",
            code="0003",
            remedy="`pip install debugpy` beside drawloom; --post-mortem needs nothing more.",
        )
    listener = debug_adapter.listen(*(options.listen or DEFAULT_ADDRESS))
    host, port = listener.getsockname()[:2]

    def listening() -> None:
        console.line(f"Waiting for a debugger at {host}:{port}. In VS Code: .vscode/launch.json, then F5:")
        console.line(json.dumps(_attach(host, port, script), indent=2))

    return debug_adapter.Adapter(listener, listening)


def _attach(host: str, port: int, script: Path | None) -> dict[str, object]:
    """Give what VS Code needs to attach."""
    from drawloom.sandbox.places import WORK

    where = {} if script is None else {"localRoot": str(script.absolute().parent), "remoteRoot": WORK}
    return {
        "name": "drawloom",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": host, "port": port},
        **({"pathMappings": [where]} if where else {}),
        "justMyCode": True,
        "subProcess": False,
    }


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:5678")
    return host.strip("[]") or DEFAULT_ADDRESS[0], int(port)
