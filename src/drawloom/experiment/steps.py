"""One step: its inputs opened, its work done in a child, what came out validated in another and kept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from drawloom.engine import claims, graphics, imports, tables
from drawloom.engine.pools import BASE, default_memory_bytes
from drawloom.engine.work import Done, Executor, Work
from drawloom.errors import DrawloomError, InputError, SandboxError, ScriptError
from drawloom.experiment import exporting, fill, handing
from drawloom.experiment.check import Box, Graph, Wire
from drawloom.experiment.events import Event, LogLine, Progress
from drawloom.experiment.fetching import fetch
from drawloom.experiment.keys import Surroundings, script_name
from drawloom.experiment.plan import Planned
from drawloom.experiment.progress import Listener
from drawloom.modules.scripts.script_module import ScriptModule
from drawloom.sandbox.outputs import new_memory_file
from drawloom.sandbox.worker import WorkLimits
from drawloom.workspace.runs import Output
from drawloom.workspace.workspace import Workspace

GRAPHICS = "graphics"
DEFAULT_TIMEOUT_SECONDS = 3600.0
LARGE_BYTES = 4 * 1024**2
"""Outputs of steps that read more than this are written into the store's own files, not into memory."""

_CHECKING = WorkLimits(memory_bytes=default_memory_bytes())
"""Not those of the step: a child that checks tables serves many steps, and its limits only ever fall."""

_HIDDEN = "***"
_LEARNING = frozenset(
    {"sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "sklearn.preprocessing", "lightgbm"}
)
"""What a learner's work imports when it begins: over a second, spent once in the zygote."""


@dataclass(frozen=True)
class Bench:
    """What every step of a run works with.

    Attributes
    ----------
    threads
        What the libraries inside a step may start; the same for each, so that sums come out the same.
    emit
        Takes events, from any thread.
    """

    graph: Graph
    workspace: Workspace
    around: Surroundings
    executor: Executor
    threads: int
    emit: Callable[[Event], None]


@dataclass
class Made:
    """What a step did: its outputs with their descriptors, or its error, and what there is to tell."""

    outputs: list[tuple[int, Output]] = field(default_factory=list)
    kept: tuple[Output, ...] = ()
    error: DrawloomError | None = None
    walls: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int | None = None
    conversions: dict[str, Any] = field(default_factory=dict)
    log: dict[str, Any] | None = None


@dataclass(frozen=True)
class Given:
    """What arrives at a port: a descriptor, and the libraries an object was written with."""

    fd: int
    versions: Mapping[str, str] = field(default_factory=dict)
    kind: str = "table"


def perform(step: Planned, inputs: Mapping[str, Given], bench: Bench, stack: ExitStack) -> Made:
    """Do a step's work; what came out is valid, and nobody can change it any more.

    Parameters
    ----------
    inputs
        What arrives at its wired ports; the descriptors stay the caller's.
    stack
        Closes the descriptors of the outputs.

    Returns
    -------
    Made
        Also where it failed.
    """
    started = time.perf_counter()
    made = Made()
    hidden: set[str] = set()
    try:
        if step.box.module.work is None:
            made.outputs = [(-1, _dataset(step.box, bench))]
        else:
            _work(step, inputs, bench, made, hidden, stack)
    except DrawloomError as error:
        made.error = error
    except Exception as error:
        made.error = broken(error)
        made.error.__cause__ = error
    if made.error is not None:
        made.error = _hide(named(made.error, step.name), hidden)
    made.log, made.conversions = _without(made.log, hidden), _without(made.conversions, hidden)
    made.timings["total_seconds"] = time.perf_counter() - started
    return made


def named(error: DrawloomError, step: str, port: str = "") -> DrawloomError:
    """Give the same error with the step, and the port where known, before its sentence."""
    where = f'Step "{step}", port {port}' if port else f'Step "{step}"'
    if error.message.startswith(f'Step "{step}"'):
        return error
    return _with_message(error, f"{where}: {error.message}")


def _with_message(error: DrawloomError, message: str) -> DrawloomError:
    other = type(error).__new__(type(error), message)
    other.__dict__.update(error.__dict__, message=message)
    return other


def _dataset(box: Box, bench: Bench) -> Output:
    found = bench.workspace.datasets.get(
        getattr(box.parameters, "name", ""), getattr(box.parameters, "version", None)
    )
    os.close(bench.workspace.datasets.open(found.name, found.version))
    return Output("dataset", "table", found.entry, found.rows, found.columns, found.schema)


def _work(
    step: Planned, inputs: Mapping[str, Given], bench: Bench, made: Made, hidden: set[str], stack: ExitStack
) -> None:
    box = step.box
    params = _reveal(box.parameters.model_dump(mode="json"), bench.workspace, hidden)
    overwrite, target = bool(params.get("overwrite")), params[box.module.writes] if box.module.writes else ""
    if target:
        exporting.refuse_existing(bench.graph, target, overwrite=overwrite)
    with ExitStack() as files:  # on leaving it, what changed while the step read it is an error
        given = {port: each.fd for port, each in inputs.items()} | dict(_files(step, params, bench, files))
        versions = {port: dict(each.versions) for port, each in inputs.items() if each.kind == "object"}
        work = Work(
            function=str(box.module.work),
            spec=_spec(box, params, versions, bench),
            inputs=given,
            outputs=_outputs(box),
            imports=_imports(box),
            limits=_limits(box),
            environment=bench.around.built(box, lambda text: bench.emit(Progress(box.name, None, text))),
        )
        done = _execute(work, box.name, bench, hidden)
        stack.callback(done.close)
        _note(done, made)
    made.error = done.error
    if done.error is None:
        made.outputs = [*_collect(step, done, bench), *_pictures(done, stack)]
        if target:
            exporting.write(bench.graph, target, done.files["file"], overwrite=overwrite)


def _execute(work: Work, name: str, bench: Bench, hidden: set[str]) -> Done:
    """Do the work in a child, and pass on what it prints."""
    large = sum(os.fstat(fd).st_size for fd in work.inputs.values()) > LARGE_BYTES
    listener = Listener(name)

    def new_file(port: str) -> int:
        return bench.workspace.store.new_file() if large and port != GRAPHICS else new_memory_file(port)

    def hear(stream: str, data: bytes) -> None:
        for event in listener.hear(stream, data):
            bench.emit(_without_event(event, hidden))

    done = bench.executor.execute(work, on_output=hear, new_file=new_file)
    for event in listener.end():
        bench.emit(_without_event(event, hidden))
    return done


def _files(
    step: Planned, params: Mapping[str, Any], bench: Bench, stack: ExitStack
) -> Iterator[tuple[str, int]]:
    """Open what the step reads besides its wires: a bundle, a file of the user, what a URL gives."""
    box, content = step.box, step.parts.content
    remembered = bench.around.remembered
    if box.step.bundle is not None:
        yield (
            "bundle",
            stack.enter_context(handing.bundle(bench.graph, box.step.bundle, content["bundle"], remembered)),
        )
    reads, fetches = box.module.reads, box.module.fetches
    if reads and isinstance(params.get(reads), str):
        file = handing.unchanged_file(bench.graph, params[reads], content["files"][reads], remembered)
        yield "file", stack.enter_context(file)
    elif fetches and isinstance(params.get(fetches), str):
        fd = bench.workspace.store.new_file()
        stack.callback(os.close, fd)
        fetch(params[fetches], fd)
        yield "file", _for_reading(fd, stack)


def _for_reading(fd: int, stack: ExitStack) -> int:
    """Open a file once more, so that it can only be read."""
    reading = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, reading)
    return reading


def _spec(
    box: Box, params: dict[str, Any], versions: Mapping[str, Mapping[str, str]], bench: Bench
) -> dict[str, Any]:
    spec = {
        "module": box.module.name,
        "params": params,
        "seed": bench.graph.experiment.seed,
        "threads": bench.threads,
    }
    if "script" not in params:
        return spec
    return spec | {
        "name": os.path.basename(script_name(box)),
        "siblings": box.siblings,
        "objects": versions,
        "apply": box.step.apply,
        "compat": box.step.compat,
    }


def _outputs(box: Box) -> list[str]:
    names = [port.name for port in box.ports.outputs]
    if box.module.writes:
        names.append("file")
    if isinstance(box.module, ScriptModule) and box.module.graphics:
        names.append(GRAPHICS)
    return names


def _imports(box: Box) -> frozenset[str]:
    """Give what the child should have at hand; a third party's work is imported by the child itself."""
    work = str(box.module.work).partition(":")[0]
    wanted = BASE | {work} if work.startswith("drawloom.") else BASE
    if box.module.family == "learning":
        wanted |= _LEARNING
    if box.module.name == "execute-python-script":
        wanted = wanted | imports.of_script(getattr(box.parameters, "script", ""))
    return frozenset(wanted)


def _limits(box: Box) -> WorkLimits:
    return WorkLimits(
        timeout_seconds=box.step.timeout_seconds or DEFAULT_TIMEOUT_SECONDS,
        memory_bytes=box.step.memory_bytes or default_memory_bytes(),
    )


def _note(done: Done, made: Made) -> None:
    """Take over what there is to tell; all of it is the worker's word."""
    report = done.report
    made.walls = done.walls
    made.timings = dict(done.timings) | {name: n for name, n in done.counts.items() if "seconds" in name}
    made.peak_memory_bytes = done.peak_memory_bytes
    made.conversions = dict(claims.by_port(report.get("conversions")))
    notes = list(claims.notes(report.get("notes")))
    if done.log.cut:
        notes.append("The log is longer than 1 MiB; the rest of it was not kept.")
    log = {
        "stdout": done.log.stdout.decode("utf-8", "replace"),
        "stderr": done.log.stderr.decode("utf-8", "replace"),
        "lines": claims.log(report.get("log")),
        "notes": notes,
    }
    made.log = log if any(log.values()) else None


def _collect(step: Planned, done: Done, bench: Bench) -> list[tuple[int, Output]]:
    """Give what came out, with its descriptor; tables are validated by another child first."""
    kinds = {port.name: port.kind for port in step.box.ports.outputs if _size(done, port.name)}
    missing = [
        each.name for each in step.box.ports.outputs if each.kind == "table" and each.name not in kinds
    ]
    if missing:
        raise SandboxError(f"The worker said that it is done, but it wrote nothing for {missing[0]}.")
    checked = _checked(step, {port: done.files[port] for port in kinds if kinds[port] == "table"}, bench)
    made = []
    for port, kind in kinds.items():
        if kind == "table":
            table = checked[port]
            schema: Any = [{"name": name, "type": text} for name, text in table.columns]
            output = Output(port, kind, None, table.rows, len(table.columns), schema)
        else:
            known = claims.versions(done.report.get("objects")).get(port, {})
            output = Output(port, kind, None, schema={"versions": known})
        made.append((done.files[port], output))
    return made


def _size(done: Done, port: str) -> int:
    return os.fstat(done.files[port]).st_size


def _checked(step: Planned, fds: Mapping[str, int], bench: Bench) -> dict[str, tables.Table]:
    if not fds:
        return {}
    with ExitStack() as stack:
        reading = {port: _for_reading(fd, stack) for port, fd in fds.items()}
        try:
            return tables.check_all(bench.executor, reading, limits=_CHECKING)
        except tables.InvalidTableError as invalid:
            raise named(invalid.error, step.name, invalid.port) from None


def _pictures(done: Done, stack: ExitStack) -> list[tuple[int, Output]]:
    if GRAPHICS not in done.files or not _size(done, GRAPHICS):
        return []
    pictures = graphics.cut(done.files[GRAPHICS], done.report.get("graphics"))
    fd = new_memory_file(GRAPHICS, b"".join(data for _, _, data in pictures))
    stack.callback(os.close, fd)
    listed = [{"name": name, "kind": kind, "size": len(data)} for name, kind, data in pictures]
    return [(fd, Output(GRAPHICS, GRAPHICS, None, schema=listed))]


def _reveal(value: Any, workspace: Workspace, hidden: set[str]) -> Any:
    """Put secrets in their places, and note their values."""
    if isinstance(value, str):
        found = fill.SECRET.fullmatch(value)
        if not found:
            return value
        secret = workspace.secrets.get(found[1])
        hidden.add(secret)
        return secret
    if isinstance(value, dict):
        return {key: _reveal(item, workspace, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_reveal(item, workspace, hidden) for item in value]
    return value


def _without(value: Any, hidden: set[str]) -> Any:
    """Take secrets out of whatever is kept or shown."""
    if not hidden:
        return value
    if isinstance(value, str):
        for secret in sorted(filter(None, hidden), key=len, reverse=True):
            value = value.replace(secret, _HIDDEN)
        return value
    if isinstance(value, dict):
        return {_without(key, hidden): _without(item, hidden) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, hidden) for item in value]
    return value


def _without_event(event: Event, hidden: set[str]) -> Event:
    if hidden and isinstance(event, LogLine | Progress):
        return replace(event, text=_without(event.text, hidden))
    return event


def _hide(error: DrawloomError, hidden: set[str]) -> DrawloomError:
    if not hidden:
        return error
    other = _with_message(error, _without(error.message, hidden))
    other.remedy = _without(other.remedy, hidden)
    if isinstance(other, ScriptError):
        other.traceback, other.locals = _without(other.traceback, hidden), _without(other.locals, hidden)
    return other


def broken(error: Exception) -> DrawloomError:
    """Give what a step ends with where drawloom itself fails: the others go on."""
    return DrawloomError(
        f"Drawloom failed: {type(error).__name__}: {error}.",
        code="1000",
        remedy="This is a fault of drawloom, not of the experiment; please report it.",
    )


def described(error: DrawloomError) -> dict[str, Any]:
    """Give an error as the JSON values of a record."""
    return {"kind": type(error).__name__, **error.to_dict()}


def nothing_at(wire: Wire, step: str) -> InputError:
    """Give the error for an input that its source did not give."""
    return InputError(
        f'Step "{step}", port {wire.target_port}: step "{wire.source}" gave nothing at "{wire.source_port}".',
        code="0003",
        remedy="Have the script return a table there, or remove the wire.",
    )
