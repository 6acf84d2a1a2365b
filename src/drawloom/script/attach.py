"""A script under debugpy, inside the walls: waits for the client, then does the work it was to do."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import select
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from drawloom.script import execute, relay
from drawloom.script.under_debugger import CONTROL, do, placed

LISTENING = b"listening"
_LAST_WORDS_SECONDS = 1.0
_OURS = Path(__file__).parents[1]


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Do the work of a script step once a client is attached, and stop where it says.

    Parameters
    ----------
    spec
        ``of``: the work function; ``spec``: what it is given; ``name``: of the script; ``local``: where the
        user has the script, empty where it stands in an experiment file.
    inputs
        As the work function takes them, and ``debugger``: the control socket of the relay.

    Notes
    -----
    The script is called by a path of its own in the working directory and lies there, since debugpy binds
    breakpoints only in files it can see. Where the client has them is told to debugpy here, so that a
    client needs no path mappings.
    """
    control = socket.socket(fileno=inputs.pop(CONTROL))
    over = relay.start(control)
    work = placed(spec)
    debugpy = _listen(spec["local"], work["filename"])
    control.send(LISTENING)
    control.close()
    debugpy.wait_for_client()
    execute.examiners.append(debugpy.trigger_exception_handler)
    try:
        return do(spec["of"], work, inputs, outputs)
    finally:
        # What debugpy has still to say is on its way out before the host ends this process.
        importlib.import_module("pydevd").stoptrace()
        select.select([over], [], [], _LAST_WORDS_SECONDS)


def _listen(local: str, filename: str) -> Any:
    """Start debugpy, with what it should know of this place; the script's environment stays as it was."""
    with _environment(PYDEVD_DISABLE_FILE_VALIDATION="1"):
        debugpy = importlib.import_module("debugpy")
        importlib.import_module("debugpy.server")  # puts its parts on the path
        filtering = importlib.import_module("_pydevd_bundle.pydevd_filtering").FilesFiltering
        # Neither libraries nor drawloom are "my code"; the script's own folders are not on the path yet.
        roots = [*filtering._get_default_library_roots(), *filter(os.path.isabs, sys.path), str(_OURS)]
        with _environment(LIBRARY_ROOTS=os.pathsep.join(roots)):
            debugpy.listen(("127.0.0.1", relay.PORT), in_process_debug_adapter=True)
    _show_dimensions()
    if local:
        folders = [(os.path.dirname(local), os.path.dirname(filename))]
        importlib.import_module("pydevd_file_utils").setup_client_server_paths(folders)
    return debugpy


def _show_dimensions() -> None:
    """Let debugpy show the number of rows and columns under each DataFrame, and not only under large ones."""
    types = importlib.import_module("pydevd_plugins.extensions.types.pydevd_plugin_pandas_types")
    provider = types.PandasDataFrameTypeResolveProvider
    for name in ("get_str", "get_str_in_context"):
        setattr(provider, name, _with_dimensions(getattr(provider, name)))


def _with_dimensions(show: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(show)
    def shown(*arguments: Any) -> str:
        import pandas

        with pandas.option_context("display.show_dimensions", True):
            return show(*arguments)

    return shown


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
