"""A step taken home: a folder in which plain Python does what the step did, and a test that proves it.

Nothing of what is written imports drawloom, or needs it.
"""

from __future__ import annotations

import os
import platform
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from drawloom.engine.work import Executor, Work
from drawloom.environment import base
from drawloom.errors import InputError
from drawloom.experiment import digest, document, fill, handing, home_test, requirements
from drawloom.experiment.check import Box, Graph, check
from drawloom.experiment.keys import script_name
from drawloom.experiment.packages import Packages
from drawloom.modules.registry import modules
from drawloom.sandbox.worker import WorkLimits
from drawloom.script.bind import Binding, bind
from drawloom.script.signature import Signature, read
from drawloom.script.source import load
from drawloom.workspace.files import copy
from drawloom.workspace.runs import Output, Run, Step
from drawloom.workspace.workspace import Workspace

MODULE = "execute-python-script"
TEST = "test_step.py"
_PARQUET = "drawloom.table.files.pandas_parquet:run"
_OURS = b"drawloom object"


def take(
    workspace: Workspace, executor: Executor, run: Run, step: Step, folder: Path, *, limits: WorkLimits
) -> list[str]:
    """Write a step of a run into a new folder, and give the files.

    Parameters
    ----------
    executor
        Where tables are turned into Parquet files: never in the host.
    run, step
        As `Records.run` and `Records.step` give them.
    folder
        A folder that is not there yet, or is empty.

    Raises
    ------
    InputError
        0002: the step is no Python script, or one that plain Python cannot call; 0018: its script or bundle
        is another one now; 0039: its inputs are not kept; 0057: there is something in the folder.
    """
    graph, box = recorded(run, step)
    signature = read(load(str(box.script)))
    binding = _binding(step, box, signature)
    with ExitStack() as stack:
        inputs = {
            wire.target_port: arrived(workspace, run, wire.source, wire.source_port, stack)
            for wire in box.wires
        }
        home = _Home(_new(folder), executor, limits)
        script = (
            os.path.basename(script_name(box)) if box.step.script and box.step.script.path else "script.py"
        )
        home.text(script, str(box.script))
        for name, text in box.siblings.items():
            home.text(name, text)
        for port, (fd, output) in inputs.items():
            home.input(port, fd, output.kind)
        if box.step.bundle is not None:
            planned = step.key_parts["content"]["bundle"]
            home.file(
                home_test.BUNDLE,
                stack.enter_context(handing.bundle(graph, box.step.bundle, planned, {})),
            )
        end = _end(workspace, step, signature, home, stack)
        python = f"{platform.python_implementation()} {platform.python_version()}"
        what = f"Step {step.name} of run {run.id}, taken home."
        bundle = home_test.BUNDLE in home.files
        home.text(TEST, home_test.text(what, script, binding, end, bundle=bundle, python=python))
        _packages(workspace, graph, box, step, home)
    return home.files


def _packages(workspace: Workspace, graph: Graph, box: Box, step: Step, home: _Home) -> None:
    """Write what the step found installed: versions as in the run, and the lock if it is still the same."""
    known = step.key_parts["content"]["environment"]
    here = requirements.of_scripts([str(box.script), *box.siblings.values()])
    home.text(
        "requirements.txt", "\n".join(requirements.at(here, known["packages"], base.installed())) + "\n"
    )
    lock = Packages(workspace.root, graph.experiment.environment).lock(box)
    if lock is not None and lock.identity == known["identity"]:
        home.text("environment.lock", lock.to_text())


@dataclass
class _Home:
    """The folder as it fills."""

    folder: Path
    executor: Executor
    limits: WorkLimits
    files: list[str] = field(default_factory=list)

    def text(self, name: str, text: str) -> None:
        self._place(name).write_bytes(text.encode("utf-8", "surrogatepass"))

    def file(self, name: str, fd: int) -> None:
        with self._place(name).open("xb") as target:
            copy(fd, target.fileno())

    def input(self, port: str, fd: int, kind: str) -> None:
        if port == "bundle":
            self.file(home_test.BUNDLE, fd)
        elif kind == "table":
            self.table(f"{home_test.INPUTS}/{port}.parquet", fd)
        else:
            if os.pread(fd, len(_OURS), 0) == _OURS:
                raise InputError(
                    f"What arrives at {port!r} is a {kind} of drawloom's own, closed to plain Python.",
                    code="0002",
                    remedy="Take home a step that works on tables or on objects of scripts.",
                )
            self.file(f"{home_test.INPUTS}/{port}.pkl", fd)

    def table(self, name: str, fd: int) -> None:
        done = self.executor.execute(
            Work(_PARQUET, {}, {"dataset": fd}, ("parquet",), limits=self.limits, trusted=True)
        )
        try:
            if done.error is not None:
                raise done.error
            self.file(name, done.files["parquet"])
        finally:
            done.close()

    def _place(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files.append(name)
        return path


def _new(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"{folder} cannot be made ({error.strerror}).", code="0048", remedy="Check the path."
        ) from None
    if not empty:
        raise InputError(
            f"{folder} is not empty.", code="0057", remedy="Name a folder that is not there yet."
        )
    return folder


def recorded(run: Run, step: Step) -> tuple[Graph, Box]:
    """Give the step as the run had it, if its script and what this imports still say the same.

    Raises
    ------
    InputError
        0002: it is no Python script; 0018: it says something else now; 0039: it did not run.
    """
    if step.module != MODULE:
        raise InputError(
            f"Step {step.name!r} is {step.module}, and not a Python script.",
            code="0002",
            remedy=f"`drawloom show {run.id}.{step.name}.PORT --out FILE` writes what came out of it.",
        )
    if not step.key_parts:
        raise InputError(f"Step {step.name!r} of run {run.id} did not run.", code="0039")
    experiment = document.parse(str(run.file_text), run.experiment)
    graph = check(experiment, modules(), given=run.parameters).require(Path(run.experiment).name)
    box, content = graph.boxes[step.name], step.key_parts["content"]
    same = digest.of_text(str(box.script)) == content["script"]
    siblings = {name: digest.of_text(text) for name, text in box.siblings.items()}
    for name, is_same in [(script_name(box), same), ("what it imports", siblings == content["siblings"])]:
        if not is_same:
            raise InputError(
                f"{name} is not as it was in run {run.id}.",
                code="0018",
                remedy="Run the experiment again and take that run, or put the file back as it was.",
            )
    return graph, box


def _binding(step: Step, box: Box, signature: Signature) -> Binding:
    """Tell how the function is called."""
    for is_so, said in [
        (box.step.apply != "whole", f"with apply: {box.step.apply}"),
        (box.step.compat is not None, f"with compat: {box.step.compat}"),
    ]:
        if is_so:
            raise InputError(
                f"Step {step.name!r} runs {said}, which plain Python does not have.",
                code="0002",
                remedy="Take home a step without it.",
            )
    params = box.parameters.model_dump(mode="json", exclude={"script"})
    if any(isinstance(value, str) and fill.SECRET.search(value) for value in params.values()):
        raise InputError(
            f"Step {step.name!r} takes a secret, which stays in the workspace.",
            code="0002",
            remedy="Take home a step without secrets.",
        )
    wired = {wire.target_port for wire in box.wires}
    kinds = {port.name: port.kind for port in box.ports.inputs if port.name in wired}
    tables = [name for name, kind in kinds.items() if kind == "table"]
    objects = [name for name, kind in kinds.items() if kind not in ("table", "bundle")]
    return bind(signature, tables, objects, params)


def arrived(workspace: Workspace, run: Run, name: str, port: str, stack: ExitStack) -> tuple[int, Output]:
    """Open what arrived through a wire, and give its record too; the stack closes its file.

    Raises
    ------
    InputError
        0039: it is not kept.
    """
    source = workspace.records.step(run.id, name)
    for output in source.outputs:
        if output.port == port:
            return _open(workspace, source, output, stack), output
    raise InputError(
        f"Step {name!r} of run {run.id} gave nothing at {port!r}.", code="0039", remedy="Run it again."
    )


def _open(workspace: Workspace, step: Step, output: Output, stack: ExitStack) -> int:
    fd = None if output.entry is None else workspace.store.open(output.entry.address)
    if fd is None:
        raise InputError(
            f"What step {step.name!r} of run {step.run} gave at {output.port!r} is no longer kept.",
            code="0039",
            remedy="Run the experiment again, and take that run.",
        )
    stack.callback(os.close, fd)
    return fd


def _end(
    workspace: Workspace, step: Step, signature: Signature, home: _Home, stack: ExitStack
) -> home_test.End:
    if step.error:
        return home_test.End(exception=_exception(step.error), message=str(step.error.get("message")))
    places = {output.port: place for place, output in enumerate(signature.outputs)}
    ports = []
    for output in step.outputs:
        if output.kind == "table" and output.port in places and (output.columns or output.port == "dataset"):
            home.table(f"{home_test.EXPECTED}/{output.port}.parquet", _open(workspace, step, output, stack))
            ports.append((places[output.port], output.port))
    return home_test.End(ports=tuple(ports), annotated=signature.annotated)


def _exception(error: dict[str, object]) -> str:
    """Give what stands below the last frame of a traceback: the exception and its message."""
    lines = str(error.get("traceback") or "").rstrip().splitlines()
    frames = [place for place, line in enumerate(lines) if line.startswith("  ")]
    return "\n".join(lines[frames[-1] + 1 :]) if frames else ""
