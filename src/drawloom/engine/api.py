"""`drawloom.run_script`: the script step for Python programs and notebooks."""

from __future__ import annotations

import contextlib
import html
import os
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.engine.pools import default_memory_bytes, warm_pool
from drawloom.engine.run import Ready, RunRequest, RunResult, run
from drawloom.engine.unwalled import Unwalled
from drawloom.engine.work import Executor, Walled
from drawloom.errors import InputError, SandboxError
from drawloom.sandbox.outputs import new_memory_file, seal

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScriptObject:
    """An object a script gave: opaque here, opened only inside the sandbox of a script that takes it.

    Attributes
    ----------
    data
        The bytes of `object.pkl`. Never unpickle them outside a sandbox.
    versions
        Library -> version of what wrote it.
    """

    data: bytes
    versions: dict[str, str]

    def __repr__(self) -> str:
        return f"ScriptObject({len(self.data)} bytes)"


class ScriptResult:
    """What a script gave.

    Attributes
    ----------
    objects
        Port -> `ScriptObject`.
    stdout, stderr
        What it printed, each up to 1 MiB.
    graphics
        (name, kind, bytes) of each picture; kind is "png", "jpeg" or "svg".
    conversions
        What the bridge changed on the way in and out, by port.
    walls
        What was enforced around the script.
    timings
        Seconds by phase.
    notes
        What else the user should know.
    """

    def __init__(self, result: RunResult) -> None:
        self._result = result
        weakref.finalize(self, result.close)
        self.objects = {
            port: ScriptObject(_contents(port, made.fd), made.versions)
            for port, made in result.objects.items()
        }
        self.stdout = result.stdout.decode("utf-8", "replace")
        self.stderr = result.stderr.decode("utf-8", "replace")
        self.graphics = result.graphics
        self.conversions = result.conversions
        self.walls = result.walls
        self.timings = result.timings
        self.notes = result.notes

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table it returned, by port; decoded from validated bytes on first use."""
        from drawloom.table.bridge import read_frame

        return {port: read_frame(table.fd)[0] for port, table in self._result.outputs.items()}

    @property
    def dataset(self) -> pd.DataFrame:
        """The result dataset."""
        return self.tables["dataset"]

    @property
    def dataset2(self) -> pd.DataFrame | None:
        """The second table, or None."""
        return self.tables.get("dataset2")

    def __repr__(self) -> str:
        shapes = [
            f"{port}: {table.rows} rows x {len(table.columns)} columns"
            for port, table in self._result.outputs.items()
        ]
        return f"ScriptResult({', '.join([*shapes, *self.objects])})"

    def _repr_html_(self) -> str:
        """Show tables and pictures in a notebook."""
        import base64

        parts = [
            f"<p><b>{html.escape(port)}</b></p>{frame.head(20).to_html()}<p>{len(frame)} rows</p>"
            for port, frame in self.tables.items()
        ]
        media = {"svg": "image/svg+xml", "png": "image/png", "jpeg": "image/jpeg"}
        for name, kind, data in self.graphics:
            source = f"data:{media[kind]};base64,{base64.b64encode(data).decode()}"
            parts.append(f'<img alt="{html.escape(name)}" src="{source}">')
        if self.stdout:
            parts.append(f"<pre>{html.escape(self.stdout)}</pre>")
        return "\n".join(parts)


def run_script(
    script: str | Path,
    dataset1: Any = None,
    dataset2: Any = None,
    *,
    inputs: Mapping[str, Any] | None = None,
    bundle: str | Path | None = None,
    params: Mapping[str, Any] | None = None,
    timeout: float = 3600.0,
    memory: int | None = None,
    sandbox: bool = True,
) -> ScriptResult:
    """Run the `azureml_main` of a script on tables, behind walls.

    The first call starts the sandbox of this process; later calls find a warm child waiting.

    Parameters
    ----------
    script
        A path (a `Path`, or text that ends in `.py`), or the text of the script itself.
    dataset1, dataset2
        Tables: pandas or Polars frames, Arrow tables, or paths of files.
    inputs
        Port -> table, path or `ScriptObject`, for ports by name.
    bundle
        A zip or a folder to unpack as `Script Bundle`.
    params
        Values for the function's parameters.
    timeout
        Seconds the script may take.
    memory
        Bytes it may use beyond its inputs; by default 14 GiB or three quarters of the machine.
    sandbox
        False runs it in this process, without walls, for a debugger.

    Raises
    ------
    ScriptError
        The script failed: `.code .line .traceback .locals` say how.
    InputError
        An input, a parameter or the bundle cannot be used.
    LimitError
        It hit a limit.
    SandboxError
        A wall cannot be built here; nothing was run.
    """
    given = {"dataset1": dataset1, "dataset2": dataset2, **(inputs or {})}
    with contextlib.ExitStack() as stack:
        request = RunRequest(
            script=Path(script) if isinstance(script, Path) or script.endswith(".py") else script,
            inputs={port: _given(port, value, stack) for port, value in given.items() if value is not None},
            bundle=None if bundle is None else Path(bundle),
            params=params or {},
            timeout_seconds=timeout,
            memory_bytes=default_memory_bytes() if memory is None else memory,
            sandbox=sandbox,
        )
        executor: Executor = Walled(warm_pool()) if sandbox else Unwalled()
        result = run(request, executor=executor)
    if result.error is not None:
        result.close()
        raise result.error
    return ScriptResult(result)


def _given(port: str, value: Any, stack: contextlib.ExitStack) -> Path | Ready:
    if isinstance(value, str | Path):
        return Path(value)
    if isinstance(value, ScriptObject):
        fd = new_memory_file(port, value.data)
        kind, versions = "object", value.versions
    else:
        fd = _write_table(port, value)
        kind, versions = "table", {}
    stack.callback(os.close, fd)
    seal(fd)
    return Ready(fd, kind, versions)


def _contents(port: str, fd: int) -> bytes:
    """Read an object whole; one with holes would take memory here that it never took behind the walls."""
    known = os.fstat(fd)
    if known.st_blocks * 512 < known.st_size:
        raise SandboxError(f"The object {port!r} has holes, which no pickle has; it was not kept.")
    with open(fd, "rb", closefd=False) as file:
        file.seek(0)
        return file.read()


def _write_table(port: str, value: Any) -> int:
    import pandas as pd

    from drawloom.table import bridge

    if isinstance(value, pd.DataFrame):
        fd = new_memory_file(port)
        bridge.write_frame(value, fd)
    elif hasattr(value, "__arrow_c_stream__"):
        import pyarrow as pa

        fd = new_memory_file(port)
        bridge.write_table(pa.table(value), fd)
    else:
        raise InputError(
            f"Input {port}: a {type(value).__name__} is no table.",
            code="0018",
            remedy="Give a pandas or Polars frame, an Arrow table, a path, or an object of a script.",
        )
    return fd
