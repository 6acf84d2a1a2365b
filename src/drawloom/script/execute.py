"""Run one script on its inputs: the same in a sandboxed child and in the caller's own process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drawloom.errors import DrawloomError
from drawloom.script import breakpoints, failure, objects, result
from drawloom.script.arena import Arena
from drawloom.script.bind import Binding, bind
from drawloom.script.device import LOG_BYTES, Device
from drawloom.script.graphics import Canvas, Picture, off_screen
from drawloom.script.signature import Signature, read
from drawloom.script.source import CLASSIC, ENTRY_POINT, Source, load

examiners: list[Callable[[BaseException], object]] = []
"""Called with what stopped a script while its frames are alive, as debuggers want it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A script and what it is run with.

    Attributes
    ----------
    text, name
        The script and what the user calls it.
    tables
        The names of the connected table ports, in connected order.
    objects
        The connected object ports: name -> versions of the libraries it was made with, as far as known.
    params
        Values by parameter name.
    siblings
        Modules beside the script: relative file name -> text.
    filename
        What tracebacks show and debuggers match, where it is not the name: the real path of the file.
    compat
        ``classic`` lets Python 2 and removed names of libraries work.
    """

    text: str
    name: str = "script.py"
    tables: Sequence[str] = ()
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    siblings: Mapping[str, str] = field(default_factory=dict)
    filename: str = ""
    compat: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A job that was read and whose call is known, before any of it runs."""

    job: Job
    source: Source
    signature: Signature
    binding: Binding


@dataclass(slots=True)
class Outcome:
    """What a script left.

    Attributes
    ----------
    deliveries
        Tables and objects by port; none where it failed.
    error
        Why it failed, or None.
    pictures
        Its graphics.
    log
        What Python wrote: (stream, text) in the order of writing.
    notes
        What the user should know beside.
    seconds
        Wall time of the stages.
    """

    deliveries: list[result.Delivery] = field(default_factory=list)
    error: DrawloomError | None = None
    pictures: list[Picture] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def prepare(job: Job) -> Plan:
    """Read a script and bind what is connected to its parameters; nothing of it runs.

    Raises
    ------
    ScriptError
        The text is no Python of today, or has no entry point.
    InputError
        An input or a parameter does not fit.
    """
    source = load(job.text, job.name, job.compat)
    signature = read(source)
    return Plan(job, source, signature, bind(signature, job.tables, list(job.objects), job.params))


def execute(
    plan: Plan,
    tables: Mapping[str, Any],
    workdir: str,
    *,
    pickles: Mapping[str, bytes] | None = None,
    paths: Sequence[str] = (),
    deliver: Callable[[Outcome], None] = lambda outcome: None,
    borrowed: bool = True,
) -> Outcome:
    """Import the script, call its entry point, and collect what it leaves.

    Parameters
    ----------
    plan
        From `prepare`.
    tables
        Tables by port, each in the form its binding says.
    workdir
        A private directory, empty but for an unpacked bundle.
    pickles
        Pickled objects by port; opened here, where the script's own classes can be imported.
    paths
        Further folders to import from, as `bundle.unpack` gives them.
    deliver
        Called with the outcome while the script's modules are still there, to write what it returned.
    borrowed
        Whether the process is the caller's: then it is left as it was, and Ctrl-C is the user's.

    Returns
    -------
    Outcome
        Its `error` is set where the script failed; log and graphics are there all the same.

    Raises
    ------
    KeyboardInterrupt
        The user stopped it.
    """
    outcome = Outcome(notes=[*_of_source(plan.source), *plan.binding.notes])
    filename = plan.job.filename or plan.job.name
    device = Device()
    with (
        Arena(workdir, plan.job.siblings, paths, borrowed=borrowed) as arena,
        device,
        _compat(plan, arena.workdir, filename),
        Canvas() as canvas,
        breakpoints.refused(really=not borrowed),
    ):
        try:
            started = time.perf_counter()
            off_screen(plan.source.tree, plan.source.text)
            module = arena.import_script(plan.source, filename)
            imported = time.perf_counter()
            values = {**tables, **_objects(plan, pickles or {}, outcome)}
            returned = plan.binding.call(getattr(module, ENTRY_POINT), values)
            called = time.perf_counter()
            outcome.seconds = {"import_seconds": imported - started, "call_seconds": called - imported}
            outcome.deliveries, notes = result.collect(returned, plan.signature)
            outcome.notes += notes
            deliver(outcome)
            outcome.seconds["deliver_seconds"] = time.perf_counter() - called
        except BaseException as error:
            if borrowed and isinstance(error, KeyboardInterrupt):
                raise
            for examine in examiners:
                examine(error)
            outcome.deliveries = []
            outcome.error = failure.describe(error, filename, arena.workdir)
        outcome.pictures, notes = canvas.collect(arena.workdir)
        outcome.notes += notes
    outcome.log = device.log()
    if device.cut:
        outcome.notes.append(f"The common log was cut after {LOG_BYTES // 1024} KiB; the streams are whole.")
    return outcome


def _compat(plan: Plan, workdir: str, filename: str) -> contextlib.AbstractContextManager[None]:
    if plan.job.compat != CLASSIC:
        return contextlib.nullcontext()
    from drawloom.script.classic.runtime import enable

    return enable(workdir, plan.source, filename)


def _of_source(source: Source) -> list[str]:
    return [
        f"Line {node.lineno}: the call of {ENTRY_POINT} was left out, since the step makes it itself."
        for node in source.self_calls
    ]


def _objects(plan: Plan, pickles: Mapping[str, bytes], outcome: Outcome) -> dict[str, Any]:
    opened = {}
    for port, data in pickles.items():
        opened[port], notes = objects.load(data, port, plan.job.objects.get(port, {}))
        outcome.notes += notes
    return opened
