"""Run one script on its inputs: the same in a sandboxed child and in the caller's own process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drawloom.errors import DrawloomError
from drawloom.script import failure, result
from drawloom.script.arena import Arena
from drawloom.script.bind import Binding, bind
from drawloom.script.device import Device
from drawloom.script.signature import Signature, read
from drawloom.script.source import ENTRY_POINT, Source, load


@dataclass(frozen=True, slots=True)
class Job:
    """A script and what it is run with.

    Attributes
    ----------
    text, name
        The script and what the user calls it.
    tables, objects
        The names of the connected ports, in connected order.
    params
        Values by parameter name.
    siblings
        Modules beside the script: relative file name -> text.
    filename
        What tracebacks show and debuggers match, where it is not the name: the real path of the file.
    """

    text: str
    name: str = "script.py"
    tables: Sequence[str] = ()
    objects: Sequence[str] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    siblings: Mapping[str, str] = field(default_factory=dict)
    filename: str = ""


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
        Tables and objects by port.
    error
        Why there are none, or None.
    log
        What Python wrote: (stream, text) in the order of writing.
    notes
        What the user should know beside.
    seconds
        Wall time of the stages.
    """

    deliveries: list[result.Delivery] = field(default_factory=list)
    error: DrawloomError | None = None
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
    source = load(job.text, job.name)
    signature = read(source)
    return Plan(job, source, signature, bind(signature, job.tables, job.objects, job.params))


def execute(plan: Plan, values: Mapping[str, Any], workdir: str) -> Outcome:
    """Import the script, call its entry point, and collect what it leaves.

    Parameters
    ----------
    plan
        From `prepare`.
    values
        Tables by port, each in the form the binding says.
    workdir
        A private directory, empty before.

    Returns
    -------
    Outcome
        Its `error` is set where the script failed; log and graphics are there all the same.

    Raises
    ------
    KeyboardInterrupt
        From the keyboard, in the caller's own process.
    """
    outcome = Outcome(notes=list(plan.binding.notes))
    device = Device()
    filename = plan.job.filename or plan.job.name
    with Arena(workdir, plan.job.siblings) as arena, device:
        try:
            started = time.perf_counter()
            module = arena.import_script(plan.source, filename)
            imported = time.perf_counter()
            returned = plan.binding.call(getattr(module, ENTRY_POINT), values)
            called = time.perf_counter()
            outcome.deliveries, notes = result.collect(returned, plan.signature)
            outcome.notes += notes
            outcome.seconds = {"import_seconds": imported - started, "call_seconds": called - imported}
        except BaseException as error:
            outcome.error = failure.describe(error, plan.source.name, filename, arena.workdir)
    outcome.log = device.log()
    return outcome
