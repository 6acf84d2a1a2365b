"""Find the command and run it; say what went wrong as a user wants to hear it.

argparse and not Typer: Typer takes 60 ms to import, four times what a whole `drawloom --help` takes now, and
a one-shot `drawloom run` is measured against plain Python.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from drawloom.errors import DrawloomError

COMMANDS = {
    "new": "make a folder with an experiment that runs",
    "check": "find all problems of an experiment at once",
    "plan": "tell which steps would run, which would be reused, and why",
    "run": "run a Python script on tables, or an experiment (FILE.yaml), inside the walls",
    "runs": "list what was run",
    "show": "show a run, a step of it, or what came out at a port",
    "diff": "tell what differs between two runs",
    "debug": "run a script with a debugger attached, or look at the line where a step failed",
    "upgrade": "rewrite an old script for Python 3 and the libraries of today",
    "take": "take a step home: a folder with all it needs to run without drawloom",
    "dataset": "import, list, show, export and remove the tables of the workspace",
    "env": "choose, lock and list the packages that scripts and experiments find",
    "secret": "keep passwords and tokens for experiments",
    "workspace": "check what is kept, and free what is not needed",
    "doctor": "build a sandboxed child here, and tell which walls stand and which are missing",
}
EXPERIMENTS = (".yaml", ".yml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        The words after `drawloom`; those of the process by default.

    Returns
    -------
    int
        The exit status: 0 done, 1 the script failed, 2 bad usage or input, 3 a wall is missing, 4 a limit
        was hit, 130 interrupted.
    """
    # Imports make many objects and no garbage: looking for it each 700 costs a tenth of a short command.
    gc.set_threshold(50_000)
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        name = _command(arguments[:1])
        if name == "run" and _is_script_behind_walls(arguments[1:]):
            import_module("drawloom.sandbox.early").start()
        command = import_module(f"drawloom.cli.{_module(name, arguments[1:])}")
        parser = argparse.ArgumentParser(
            prog=f"drawloom {name}",
            description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
            allow_abbrev=False,
        )
        command.configure(parser)
        status: int = command.execute(parser.parse_args(arguments[1:]))
        sys.stdout.flush()
    except DrawloomError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader left (`drawloom run ... | head`): nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _command(words: list[str]) -> str:
    width = max(map(len, COMMANDS))
    parser = argparse.ArgumentParser(
        prog="drawloom",
        usage="drawloom COMMAND [OPTIONS]",
        description="Your plain Python function on tables, sandboxed.",
        epilog="commands:\n"
        + "".join(f"  {name:{width}}  {does}\n" for name, does in COMMANDS.items())
        + "\n`drawloom COMMAND --help` tells the options of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    command = parser.parse_args(words).command
    if command is None:
        parser.print_help(sys.stderr)
        parser.exit(2)
    if command not in COMMANDS:
        near = get_close_matches(command, COMMANDS, n=1)
        parser.error(f"there is no command {command!r}" + (f": did you mean {near[0]!r}?" if near else ""))
    return str(command)


def _module(name: str, words: Sequence[str]) -> str:
    """Give the file of a command: `run` has two, and the ending of what is to be run tells which."""
    named = any(
        word.lower().endswith(EXPERIMENTS) and not word.startswith("-") and "=" not in word for word in words
    )
    return "run_experiment" if name == "run" and named else name


def _is_script_behind_walls(words: list[str]) -> bool:
    """Guess, before the options are read, whether a sandbox will be needed for sure."""
    asks_nothing = not {"-h", "--help", "--no-sandbox"} & set(words)
    return asks_nothing and any(word.endswith(".py") for word in words)


class _Version(argparse.Action):
    """Print the version; the packages' metadata is read only for this."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"drawloom {version('drawloom')}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
