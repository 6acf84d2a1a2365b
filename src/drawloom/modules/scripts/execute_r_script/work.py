"""Execute R Script: the worker side."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from drawloom.errors import DrawloomError, InputError, LimitError, ScriptError
from drawloom.modules.scripts.execute_r_script import exchange
from drawloom.modules.tables import Outputs, Step, work
from drawloom.script import bundle
from drawloom.script.graphics import Canvas, Picture
from drawloom.table import bridge

_PRELUDE = Path(__file__).with_name("prelude.R")
_PORTS = {"dataset1": "in1", "dataset2": "in2"}


def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
    """Run a script in R.

    Parameters
    ----------
    spec
        ``params``: ``script`` and ``seed``. ``seed``: the experiment's, where the step has none. ``name``:
        what the user calls the script. ``threads``: the cores of the step. ``workdir``: where it runs, the
        current directory if missing.
    inputs
        ``dataset1``, ``dataset2`` and ``bundle``; let go before R starts.
    outputs
        ``dataset``, ``report``, and ``graphics``: the pictures one after the other, listed in the report.
    """

    def call(step: Step) -> Outputs:
        return {"dataset": _run(step, spec)}

    return work(call)(spec, inputs, outputs)


def _run(step: Step, spec: Mapping[str, Any]) -> pa.Table:
    program = shutil.which("Rscript")
    if program is None:
        raise InputError(
            "R is not installed on this machine: there is no program Rscript.",
            code="0063",
            remedy="Install R: the package r-base-core of Debian and Ubuntu, R-core of Fedora.",
        )
    name, workdir = spec.get("name", "script.R"), spec.get("workdir") or os.getcwd()
    seed = step.params["seed"] if step.params["seed"] is not None else step.seed
    with tempfile.TemporaryDirectory(prefix="r-") as place:
        folder = Path(place)
        (folder / "script").write_text(step.params["script"], encoding="utf-8")
        (folder / "name").write_text(name, encoding="utf-8")
        (folder / "seed").write_text(str(seed % 2**31), encoding="utf-8")
        _hand_over(step, folder, workdir)
        with Canvas() as canvas:
            done = subprocess.run(
                [program, "--vanilla", _PRELUDE, folder],
                cwd=workdir,
                env=_environment(spec),
                stdin=subprocess.DEVNULL,
                check=False,
            )
            pictures, notes = canvas.collect(workdir)
        _keep(step, pictures, notes)
        if done.returncode:
            raise _failure(folder, name, done.returncode)
        return _result(step, folder)


def _hand_over(step: Step, folder: Path, workdir: str) -> None:
    """Write the tables for R, unpack the bundle, and let go of the inputs."""
    for port, file in _PORTS.items():
        if step.has(port):
            table = bridge.read_table(step.fd(port))
            try:
                step.converted(port, exchange.write(table, folder / file, port))
            except OSError as error:
                raise _full(f"The table at port {port!r}") from error
    if step.has("bundle"):
        bundle.unpack(step.fd("bundle"), workdir)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for fd in step.inputs.values():
        os.dup2(nowhere, fd)
    os.close(nowhere)


def _environment(spec: Mapping[str, Any]) -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": str(spec["threads"])} if "threads" in spec else {}
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **threads}


def _keep(step: Step, pictures: list[Picture], notes: list[str]) -> None:
    for note in notes:
        step.note(note)
    if "graphics" not in step.outputs:
        return
    with os.fdopen(os.dup(step.outputs["graphics"]), "wb") as file:
        file.writelines(picture.data for picture in pictures)
    step.report["graphics"] = [
        {"name": picture.name, "kind": picture.kind, "size": len(picture.data)} for picture in pictures
    ]


def _result(step: Step, folder: Path) -> pa.Table:
    if not (folder / "out").exists():
        step.note("The script gave no dataset: it never called maml.mapOutputPort.")
        return pa.table({})
    try:
        return exchange.read(folder / "out")
    except ValueError as error:
        raise _full("The data frame that R gave") from error


def _full(what: str) -> LimitError:
    return LimitError(
        f"{what} does not fit on the private disk of the step, which lies between Python and R.",
        code="0138",
        remedy="Choose fewer columns or rows.",
    )


def _failure(folder: Path, name: str, status: int) -> DrawloomError:
    if not (folder / "error").exists():
        if status < 0:
            ended = f"was ended by the signal {signal.Signals(-status).name}"
            return ScriptError(f"{name}: R {ended}.", code="0063", remedy="It may have run out of memory.")
        return ScriptError(f"{name}: R ended with status {status}.", code="0063")
    message, where, calls, line = exchange.read_error(folder / "error")
    place = f"{name}, line {line}" if line else name
    if message.startswith("cannot allocate"):
        return LimitError(
            f"{place}: {message}.", code="0138", remedy="Give the step more memory (--memory) or less data."
        )
    trace = "".join(f"{call}\n" for call in calls) + f"Error{where}: {message}\n"
    return ScriptError(f"{place}: {message}", code="0063", line=line, traceback=trace)
