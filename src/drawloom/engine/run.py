"""Run one script: parse its inputs, call it behind walls, validate what it returned."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawloom.engine import bundles, claims, environments, graphics, imports, tables
from drawloom.engine.pools import BASE, PARSE, cores, default_memory_bytes, one_shot_pool
from drawloom.engine.tables import Table
from drawloom.engine.unwalled import Unwalled
from drawloom.engine.work import Done, Executor, Walled, Work
from drawloom.errors import DrawloomError, InputError, SandboxError
from drawloom.sandbox.worker import OnOutput, WorkLimits
from drawloom.script import siblings
from drawloom.script.signature import Signature, read
from drawloom.script.source import Source, load

if TYPE_CHECKING:
    from drawloom.environment.build import Built

_WORK = "drawloom.script.work:run"


@dataclass(frozen=True)
class Ready:
    """An input that needs no parsing: the file of a table, or of an object with its versions."""

    fd: int
    kind: str
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRequest:
    """One call of a script.

    Attributes
    ----------
    script
        The file, or the text itself.
    inputs
        Port -> file of the user's, or something that is ready.
    bundle
        A zip or a folder.
    params
        Parameter -> value; text is converted to the declared type.
    timeout_seconds, memory_bytes
        What the script may use.
    sandbox
        False runs it in this process, without walls.
    exports
        Other forms wanted of each result: "csv", "parquet".
    preview
        (rows, width in characters) of a text rendering of each result.
    compat
        ``classic`` lets Python 2 and removed names of libraries work.
    """

    script: Path | str
    inputs: Mapping[str, Path | Ready] = field(default_factory=dict)
    bundle: Path | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 3600.0
    memory_bytes: int = field(default_factory=default_memory_bytes)
    sandbox: bool = True
    exports: frozenset[str] = frozenset()
    preview: tuple[int, int] | None = None
    compat: str | None = None


@dataclass(frozen=True)
class ObjectOut:
    """An object a script gave: opaque bytes, and the versions of the libraries that wrote them."""

    fd: int
    versions: dict[str, str]


@dataclass
class RunResult:
    """What came of a run; its files are the caller's to close (`close`)."""

    status: str
    outputs: dict[str, Table] = field(default_factory=dict)
    objects: dict[str, ObjectOut] = field(default_factory=dict)
    graphics: list[tuple[str, str, bytes]] = field(default_factory=list)
    stdout: bytes = b""
    stderr: bytes = b""
    log: list[tuple[str, str]] = field(default_factory=list)
    error: DrawloomError | None = None
    conversions: dict[str, Any] = field(default_factory=dict)
    walls: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Let go of every file."""
        fds = [made.fd for made in self.objects.values()]
        for table in self.outputs.values():
            fds += [table.fd, *table.exports.values()]
        for fd in fds:
            with contextlib.suppress(OSError):
                os.close(fd)


def run(
    request: RunRequest,
    on_output: OnOutput | None = None,
    *,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> RunResult:
    """Run a script once.

    Parameters
    ----------
    request
        What to run on what.
    on_output
        Called with ("stdout" or "stderr", bytes) while the script prints.
    executor
        Where to run it; by default a sandbox that is made for this run and goes with it.
    tell
        Called with a line of progress where the script's packages have to be fetched first.

    Returns
    -------
    RunResult
        Also where the script failed or hit a limit: `error` says how.

    Raises
    ------
    InputError
        An input cannot be used as given.
    SandboxError
        A wall cannot be built here.
    """
    started = time.perf_counter()
    limits = WorkLimits(timeout_seconds=request.timeout_seconds, memory_bytes=request.memory_bytes)
    try:
        text, name, beside = _text(request.script, request.compat)
        source, signature = _read(text, name, request.compat)
    except DrawloomError as error:
        if error.exit_status != 1:
            raise
        return RunResult("failed", error=error)
    built = environments.of_script(source.text, request.script, tell) if request.sandbox else None
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = _own_executor(request, source, built, stack)
        run_ = _Run(request, executor, limits, source, signature, beside, built)
        result = run_.perform(on_output)
    result.timings["total_seconds"] = time.perf_counter() - started
    return result


@lru_cache(maxsize=64)
def _read(text: bytes | str, name: str, compat: str | None) -> tuple[Source, Signature]:
    source = load(text, name, compat)
    return source, read(source)


def _text(script: Path | str, compat: str | None) -> tuple[bytes | str, str, dict[str, str]]:
    """Give a script's text, its name and the files beside it that it imports."""
    if isinstance(script, str):
        return script, "script.py", {}
    fd = tables.open_input(script, "The script")
    with os.fdopen(fd, "rb") as file:
        text = file.read()
    return text, script.name, siblings.siblings(script, compat)


def _own_executor(
    request: RunRequest, source: Source, built: Built | None, stack: contextlib.ExitStack
) -> Executor:
    if not request.sandbox:
        return Unwalled()
    pool = one_shot_pool()
    stack.callback(pool.close)
    for given in request.inputs.values():
        if isinstance(given, Path) and given.suffix != ".pkl":
            pool.prepare(PARSE)
    wanted = BASE | imports.of_script(source.text)
    if built is None:
        pool.prepare(wanted)
        pool.prepare(BASE)
        return Walled(pool)
    pool.prepare(BASE)
    own = one_shot_pool(built)
    stack.callback(own.close)
    own.prepare(wanted)
    return Walled(pool, pool_of=lambda _: contextlib.nullcontext(own))


@dataclass
class _Run:
    request: RunRequest
    executor: Executor
    limits: WorkLimits
    source: Source
    signature: Signature
    beside: dict[str, str]
    built: Built | None

    def perform(self, on_output: OnOutput | None) -> RunResult:
        with contextlib.ExitStack() as stack:
            started = time.perf_counter()
            inputs, versions, parsed = self._inputs(stack)
            read_seconds = time.perf_counter() - started
            done = self.executor.execute(self._work(inputs, versions), on_output=on_output)
            stack.callback(done.close)
            result = self._result(done, parsed)
            result.timings["read_seconds"] = read_seconds
            return result

    def _inputs(
        self, stack: contextlib.ExitStack
    ) -> tuple[dict[str, int], dict[str, Mapping[str, str]], dict[str, claims.Changes]]:
        """Give descriptors, versions of objects, and what changed where files were parsed; each by port."""
        objects = {argument.port for argument in self.signature.objects}
        fds: dict[str, int] = {}
        versions: dict[str, Mapping[str, str]] = {}
        parsed: dict[str, claims.Changes] = {}
        for port, given in self.request.inputs.items():
            if isinstance(given, Ready):
                fds[port] = given.fd
                if given.kind == "object":
                    versions[port] = given.versions
            elif port in objects or given.suffix == ".pkl":
                fds[port] = tables.open_input(given, f"Input {port}")
                versions[port] = _versions_beside(given)
            else:
                what = f"Input {port}"
                fds[port], parsed[port] = tables.parse(self.executor, given, what, limits=self.limits)
            if not isinstance(given, Ready):
                stack.callback(os.close, fds[port])
        if self.request.bundle is not None:
            fds["bundle"] = bundles.open_bundle(self.request.bundle)
            stack.callback(os.close, fds["bundle"])
        return fds, versions, parsed

    def _work(self, inputs: dict[str, int], versions: dict[str, Mapping[str, str]]) -> Work:
        spec = {
            "text": self.source.text,
            "name": self.source.name,
            "siblings": self.beside,
            "params": dict(self.request.params),
            "tables": sorted(
                (port for port in inputs if port not in versions and port != "bundle"), key=_order
            ),
            "objects": {port: dict(known) for port, known in versions.items()},
            "bundle": self.request.bundle is not None,
            "threads": cores(),
            "compat": self.request.compat,
        }
        outputs = [output.port for output in self.signature.outputs] + ["graphics"]
        modules = BASE | imports.of_script(self.source.text)
        return Work(_WORK, spec, inputs, outputs, modules, self.limits, environment=self.built)

    def _result(self, done: Done, parsed: dict[str, claims.Changes]) -> RunResult:
        result = RunResult(
            "ok",
            stdout=bytes(done.log.stdout),
            stderr=bytes(done.log.stderr),
            error=done.error,
            conversions={"files": parsed, "in": {}, "out": {}},
            walls=done.walls,
            timings=dict(done.timings),
        )
        if done.log.cut:
            result.notes.append("The log is longer than 1 MiB; the rest of it was not kept.")
        result.timings |= {
            f"script_{name}": value for name, value in done.counts.items() if "seconds" in name
        }
        try:
            _take_over(done, result)
            if done.error is None:
                self._collect(done, result)
        except DrawloomError as error:
            result.error = done.error or error
        if result.error is not None:
            result.close()
            result.status, result.outputs, result.objects = "failed", {}, {}
        return result

    def _collect(self, done: Done, result: RunResult) -> None:
        started = time.perf_counter()
        known = claims.versions(done.report.get("objects"))
        for place, output in enumerate(self.signature.outputs):
            if os.fstat(done.files[output.port]).st_size == 0:
                if place == 0:
                    raise SandboxError("The worker said that it is done, but it wrote no result.")
                continue
            fd = done.files.pop(output.port)
            if output.kind == "object":
                result.objects[output.port] = ObjectOut(fd, known.get(output.port, {}))
            else:
                done.files[output.port] = fd
                table = tables.validate(
                    self.executor,
                    fd,
                    limits=self.limits,
                    exports=self.request.exports,
                    preview=self.request.preview,
                )
                result.outputs[output.port] = table
                del done.files[output.port]
        result.timings["validate_seconds"] = time.perf_counter() - started


def _take_over(done: Done, result: RunResult) -> None:
    """Take over what the worker says of its inputs, results and pictures."""
    result.log = claims.log(done.report.get("log"))
    result.notes += claims.notes(done.report.get("notes"))
    changed = claims.ways(done.report.get("conversions"))
    result.conversions |= {"in": changed.get("in", {}), "out": changed.get("out", {})}
    result.graphics = graphics.cut(done.files["graphics"], done.report.get("graphics"))


def _order(port: str) -> tuple[str, int, str]:
    """Sort dataset2 before dataset10."""
    stem = port.rstrip("0123456789")
    return stem, int(port[len(stem) :] or 0), port


def _versions_beside(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.with_suffix(".versions.json").read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"The versions beside {path} cannot be read ({error}).",
            code="0082",
            remedy="Delete the .versions.json file to load the object without the check.",
        ) from None
    return {str(name): str(version) for name, version in _dict(known).items()}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
