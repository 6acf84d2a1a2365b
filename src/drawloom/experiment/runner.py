"""Runs a plan: steps side by side, each in a child of its own, what is kept reused, everything recorded."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from drawloom.engine.pools import cores as all_cores
from drawloom.engine.pools import warm_pool
from drawloom.engine.work import Stop, Walled
from drawloom.errors import DrawloomError, InputError
from drawloom.experiment import events, steps
from drawloom.experiment.keys import Surroundings
from drawloom.experiment.plan import Plan, Planned
from drawloom.experiment.steps import Bench, Given, Made, nothing_at
from drawloom.workspace.runs import Output
from drawloom.workspace.store import TamperedError, output_address
from drawloom.workspace.workspace import Workspace


class LostError(Exception):
    """What an earlier step gave cannot be read any more."""

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source}: {why}")
        self.source, self.why = source, why


@dataclass
class Ran:
    """What became of one step of a run."""

    status: str
    reason: str
    outputs: tuple[Output, ...] = ()
    error: DrawloomError | None = None
    seconds: float = 0.0


@dataclass
class Conduct:
    """One run as it goes on.

    Attributes
    ----------
    number
        Of the run's record.
    cores, memory_bytes
        How many steps go on at once, and the memory they may take together.
    """

    plan: Plan
    workspace: Workspace
    around: Surroundings
    number: int
    cores: int
    memory_bytes: int
    on_event: events.OnEvent
    ran: dict[str, Ran] = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self._steps = {step.name: step for step in self.plan.steps}
        self._place = {name: place for place, name in enumerate(self._steps)}
        self._waits: dict[str, set[str]] = {}
        self._queue: set[str] = set()
        self._reserved: dict[str, int] = {}
        self._lost: set[str] = set()
        self._begun: set[str] = set()
        for step in self.plan.to_run:
            self._enlist(step)

    async def conduct(self) -> None:
        """Run what is to run; when it is cancelled, every child is ended first.

        Afterwards `ran` has every step of the plan.
        """
        loop = asyncio.get_running_loop()

        def emit(event: events.Event) -> None:
            loop.call_soon_threadsafe(self.on_event, event)

        executor = Walled(warm_pool(), self.stop)
        bench = Bench(self.plan.graph, self.workspace, self.around, executor, all_cores(), emit)
        going: dict[asyncio.Future[Made | LostError], str] = {}
        with ThreadPoolExecutor(self.cores, "drawloom-step") as threads:
            try:
                while self._queue or going:
                    while (name := self._next()) is not None:
                        future = loop.run_in_executor(threads, self._perform, self._steps[name], bench)
                        going[future] = name
                    finished, _ = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
                    for future in finished:
                        self._take(going.pop(future), future.result())
            except BaseException:
                self.stop.now()
                for future, name in going.items():
                    made = await _settled(future)
                    if isinstance(made, Made):
                        self._take(name, made)
                raise

    def leave_out(self, status: str) -> None:
        """Say of every step that was not come to that the run "failed" or was "cancelled" before."""
        left = [step for name, step in self._steps.items() if name not in self.ran]
        reason = "the run was cancelled" if status == "cancelled" else "the run broke off"
        for step in left:
            self.ran[step.name] = Ran("cancelled" if status == "cancelled" else "skipped", reason)
        self.workspace.records.steps_skipped(
            self.number,
            [(step.name, step.box.module.name, reason) for step in left if step.name not in self._begun],
        )

    def _enlist(self, step: Planned) -> None:
        sources = {wire.source for wire in step.box.wires}
        waits = {
            name for name in sources if name in self._steps and self._steps[name].runs and not self._ok(name)
        }
        self._waits[step.name] = waits
        if not waits:
            self._to_queue(step.name)

    def _to_queue(self, name: str) -> None:
        self._queue.add(name)
        self.on_event(events.Queued(name))

    def _ok(self, name: str) -> bool:
        return name in self.ran and self.ran[name].status == "ok"

    def _next(self) -> str | None:
        """Take the first step of the queue if a core and enough memory are free."""
        if not self._queue or len(self._reserved) >= self.cores:
            return None
        for name in sorted(self._queue, key=self._place.__getitem__):
            wanted = self._steps[name].box.step.memory_bytes or self.memory_bytes // self.cores
            if not self._reserved or sum(self._reserved.values()) + wanted <= self.memory_bytes:
                self._queue.remove(name)
                self._reserved[name] = wanted
                self._begun.add(name)
                return name
        return None

    def _perform(self, step: Planned, bench: Bench) -> Made | LostError:
        """Do one step, in a thread; its record is complete on return."""
        records = self.workspace.records
        with ExitStack() as stack:
            try:
                inputs = self._inputs(step, stack)
                error = None
            except LostError as lost:
                return lost
            except DrawloomError as unusable:
                inputs, error = {}, unusable
            record = records.step_started(
                self.number,
                step.name,
                module=step.box.module.name,
                key=step.key,
                key_parts=step.parts.to_dict(),
                reason=step.reason,
            )
            bench.emit(events.Started(step.name, step.reason))
            made = Made(error=error) if error else steps.perform(step, inputs, bench, stack)
            self._record(step, record, made, bench)
        return made

    def _record(self, step: Planned, record: int, made: Made, bench: Bench) -> None:
        """Keep the outputs of a step and record how it ended."""
        records = self.workspace.records
        told: dict[str, Any] = {
            "timings": made.timings,
            "walls": made.walls,
            "peak_memory_bytes": made.peak_memory_bytes,
            "conversions": made.conversions,
            "log": made.log,
        }
        if made.error is None:
            try:
                made.kept = records.keep_and_finish(
                    record, made.outputs, partial(output_address, step.key), **told
                )
            except DrawloomError as error:
                made.error = steps.named(error, step.name)
        if made.error is not None:
            status = "cancelled" if self.stop.called else "failed"
            records.step_failed(record, steps.described(made.error), status=status, **told)
            return
        for output in made.kept:
            if output.kind != steps.GRAPHICS:
                bench.emit(events.OutputReady(step.name, output.port, output.rows, output.columns))

    def _inputs(self, step: Planned, stack: ExitStack) -> dict[str, Given]:
        """Open what arrives at the wired ports, each file compared with its record."""
        found = {}
        for wire in step.box.wires:
            ran = self.ran[wire.source]
            output = next((each for each in ran.outputs if each.port == wire.source_port), None)
            if output is None:
                raise nothing_at(wire, step.name)
            if output.entry is None:
                raise LostError(wire.source, f"its output {wire.source_port!r} is no longer kept")
            try:
                fd = self.workspace.store.open_entry(output.entry)
            except TamperedError as error:
                raise LostError(wire.source, f"its output {wire.source_port!r} {error.difference}") from None
            if fd is None:
                raise LostError(wire.source, f"its output {wire.source_port!r} is gone")
            stack.callback(os.close, fd)
            versions = output.schema.get("versions", {}) if isinstance(output.schema, dict) else {}
            found[wire.target_port] = Given(fd, versions, output.kind)
        return found

    def _take(self, name: str, made: Made | LostError) -> None:
        """Take note of how a step ended, and of what may begin now."""
        self._reserved.pop(name, None)
        if isinstance(made, LostError):
            self._again(name, made)
            return
        step, seconds = self._steps[name], made.timings.get("total_seconds", 0.0)
        status = "ok" if made.error is None else "cancelled" if self.stop.called else "failed"
        self.ran[name] = Ran(status, step.reason, made.kept, made.error, seconds)
        if made.error is not None and status == "failed":
            self.on_event(events.Failed(name, made.error))
        self.on_event(events.Finished(name, status, seconds))
        if status == "ok":
            for other, waits in self._waits.items():
                if name in waits:
                    waits.discard(name)
                    if not waits and other not in self.ran:
                        self._to_queue(other)
        elif status == "failed":
            self._skip_after(name)

    def _again(self, name: str, lost: LostError) -> None:
        """Run an earlier step after all, since what it left was changed; the step that wanted it waits."""
        source = self._steps[lost.source]
        if lost.source in self._lost:
            problem = InputError(
                f'Step "{name}": what step "{lost.source}" gave is changed again and again: {lost.why}.',
                code="0048",
                remedy="Find what writes into the workspace's store.",
            )
            self._take(name, Made(error=problem))
            return
        missing = [wire.source for wire in source.box.wires if wire.source not in self._steps]
        if missing:
            problem = InputError(
                f'Step "{name}": {lost.why} while the run began, and step "{missing[0]}", from which step '
                f'"{lost.source}" would be run again, is not part of this run.',
                code="0048",
                remedy="Run again.",
            )
            self._take(name, Made(error=problem))
            return
        self._lost.add(lost.source)
        self._begun -= {name, lost.source}
        self.ran.pop(lost.source, None)
        self._steps[lost.source] = replace(
            source, found=None, reason=f"the stored output was changed on disk: {lost.why}"
        )
        self._enlist(self._steps[lost.source])
        self._enlist(self._steps[name])

    def _skip_after(self, failed: str) -> None:
        """Mark everything that needed a failed step; the rest goes on."""
        lost, reason = {failed}, f'step "{failed}" failed'
        for name in self._steps:
            if name in self.ran or name not in self._waits:
                continue
            if lost & {wire.source for wire in self._steps[name].box.wires}:
                lost.add(name)
                self.ran[name] = Ran("skipped", reason)
                self.on_event(events.Skipped(name, reason))
        skipped = [(name, self._steps[name].box.module.name, reason) for name in lost - {failed}]
        self.workspace.records.steps_skipped(
            self.number, sorted(skipped, key=lambda row: self._place[row[0]])
        )


async def _settled(future: asyncio.Future[Made | LostError]) -> Made | LostError | None:
    """Wait for a step whose child was ended; a second cancel does not hurry it."""
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            continue
        except Exception:
            return None
    return None if future.cancelled() or future.exception() else future.result()
