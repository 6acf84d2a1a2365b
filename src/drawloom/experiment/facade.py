"""`drawloom.Experiment`: load, check, plan and run an experiment file from Python."""

from __future__ import annotations

import os
import weakref
from collections.abc import Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from drawloom.errors import DrawloomError
from drawloom.experiment import events
from drawloom.experiment.check import Checked, check
from drawloom.experiment.document import Experiment as Document
from drawloom.experiment.document import load
from drawloom.experiment.events import OnEvent
from drawloom.experiment.plan import Everything, Plan, plan
from drawloom.experiment.problem import Problem
from drawloom.experiment.results import Run, StepResult
from drawloom.modules.registry import modules
from drawloom.workspace.workspace import Workspace

if TYPE_CHECKING:
    from drawloom.experiment.keys import Surroundings
    from drawloom.experiment.runner import Ran

__all__ = ["Experiment", "Run", "StepResult"]

T = TypeVar("T")


class Experiment:
    """An experiment file and the workspace its runs are kept in.

    Attributes
    ----------
    path
        Of the file.
    document
        What it says.
    """

    def __init__(self, document: Document, workspace: Path | Workspace | None, roots: Iterable[Path]) -> None:
        self.document = document
        self.path = document.path
        self.roots = tuple(roots)
        self._where = workspace
        self._workspace = workspace if isinstance(workspace, Workspace) else None
        self._finalizer: weakref.finalize[..., Any] | None = None

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        workspace: str | os.PathLike[str] | Workspace | None = None,
        roots: Iterable[Path] = (),
    ) -> Experiment:
        """Read an experiment file; nothing is checked or run yet.

        Parameters
        ----------
        workspace
            The folder where its runs are kept, or an open workspace, which stays the caller's to close. By
            default the nearest one from the file's folder upwards; else a new one beside the file.
        roots
            Folders outside the experiment's own that its paths may lead to.

        Raises
        ------
        InputError
            0048: the file cannot be opened; 0049: it is not UTF-8.
        """
        where = workspace if isinstance(workspace, Workspace) or workspace is None else Path(workspace)
        return cls(load(Path(path)), where, roots)

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened (or made) at the first look."""
        if self._workspace is None:
            assert not isinstance(self._where, Workspace)
            self._workspace = Workspace.open(self._where, start=self.path.absolute().parent)
            self._finalizer = weakref.finalize(self, self._workspace.close)
        return self._workspace

    @property
    def identity(self) -> str:
        """What tells the experiment from others in the workspace: the path of its file."""
        return str(self.path.absolute())

    def close(self) -> None:
        """Leave the workspace, if it was opened here."""
        if self._finalizer is not None:
            self._finalizer()
            self._workspace = None

    def __enter__(self) -> Experiment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self, *, params: Mapping[str, Any] | None = None) -> list[Problem]:
        """Give all that is wrong with it, with line and column; an empty list means that it can run."""
        return list(self._checked(params).problems)

    def plan(
        self,
        *,
        to: str | None = None,
        only: str | None = None,
        fresh: Collection[str] | Everything = (),
        params: Mapping[str, Any] | None = None,
    ) -> Plan:
        """Say which steps would run, which are reused, and why.

        Parameters
        ----------
        to
            Only this step and what it needs.
        only
            Only this step; its inputs have to be kept.
        fresh
            Steps that run even if their outputs are kept, or "everything".
        params
            Values for the experiment's parameters.

        Raises
        ------
        InputError
            0018: the experiment has errors, every one of them in the message; 0001, 0003: a step or a
            parameter that does not exist or has no value.
        """
        return self._planned(to, only, fresh, params)[0]

    def explain(
        self,
        *,
        to: str | None = None,
        only: str | None = None,
        fresh: Collection[str] | Everything = (),
        params: Mapping[str, Any] | None = None,
    ) -> str:
        """Give the plan as text: a line for each step, with what becomes of it and why."""
        made = self.plan(to=to, only=only, fresh=fresh, params=params)
        width = max((len(step.name) for step in made.steps), default=0)
        return "\n".join(
            f"{step.name:{width}}  {'run  ' if step.runs else 'reuse'}  {step.reason}" for step in made.steps
        )

    def run(
        self,
        *,
        to: str | None = None,
        only: str | None = None,
        fresh: Collection[str] | Everything = (),
        params: Mapping[str, Any] | None = None,
        on_event: OnEvent | None = None,
        cores: int | None = None,
        memory: int | None = None,
    ) -> Run:
        """Run it: what is kept is reused, the rest runs in sandboxed children, side by side.

        Parameters
        ----------
        to, only, fresh, params
            As for `plan`.
        on_event
            Called with each event as it happens (see `drawloom.experiment.events`), never at the same time
            from two threads.
        cores
            How many steps go on at once; all processors by default.
        memory
            Bytes that they may take together; by default three quarters of the machine.

        Returns
        -------
        Run
            Also where steps failed: `run.status` and each step's `error` say so.

        Raises
        ------
        InputError
            As `plan`.
        KeyboardInterrupt
            After every child was ended and the run recorded as cancelled.
        """
        made, around = self._planned(to, only, fresh, params)
        number = self._begin(made, on_event)
        if made.to_run:
            return _blocking(self._conduct(made, around, number, on_event, cores, memory))
        return self._end(made, around, number, "ok", {}, on_event)

    async def run_async(
        self,
        *,
        to: str | None = None,
        only: str | None = None,
        fresh: Collection[str] | Everything = (),
        params: Mapping[str, Any] | None = None,
        on_event: OnEvent | None = None,
        cores: int | None = None,
        memory: int | None = None,
    ) -> Run:
        """As `run`, within a running event loop; cancelling the task cancels the run."""
        made, around = self._planned(to, only, fresh, params)
        number = self._begin(made, on_event)
        return await self._conduct(made, around, number, on_event, cores, memory)

    def _checked(self, params: Mapping[str, Any] | None) -> Checked:
        return check(
            self.document, modules(), given=params, roots=self.roots, environments=self._environments()
        )

    def _environments(self) -> list[str]:
        from drawloom.environment import settings
        from drawloom.environment.shelf import Shelf
        from drawloom.workspace import packages

        now = settings.read()
        where = self._workspace or self._where
        root = where.root if isinstance(where, Workspace) else where
        start = self.path.absolute().parent
        folder = packages.folder(start, now.cache) if root is None else packages.of(root)
        return Shelf(folder, now).names()

    def _planned(
        self,
        to: str | None,
        only: str | None,
        fresh: Collection[str] | Everything,
        params: Mapping[str, Any] | None,
    ) -> tuple[Plan, Surroundings]:
        from drawloom.experiment.surroundings import around

        graph = self._checked(params).require(self.path.name)
        surroundings = around(self.workspace, self.document.environment)
        records = self.workspace.records
        made = plan(graph, records, surroundings, experiment=self.identity, to=to, only=only, fresh=fresh)
        return made, surroundings

    def _begin(self, made: Plan, on_event: OnEvent | None) -> int:
        """Record that the run begins, and what is reused."""
        records = self.workspace.records
        listed = made.to_list()
        number = records.start_run(
            self.identity, self.document.text, listed, target=made.target, parameters=made.graph.values
        )
        reused = [step for step in made.steps if not step.runs]
        records.record_reused_many(
            number, [(step.name, step.box.module.name, step.found, step.reason) for step in reused]
        )
        if on_event is not None:
            on_event(events.Planned(number, tuple(listed)))
            for step in reused:
                on_event(events.Reused(step.name, step.reason, step.found.run))
        return number

    async def _conduct(
        self,
        made: Plan,
        around: Surroundings,
        number: int,
        on_event: OnEvent | None,
        cores: int | None,
        memory: int | None,
    ) -> Run:
        from drawloom.engine import pools
        from drawloom.experiment.runner import Conduct, Ran

        conduct = Conduct(
            plan=made,
            workspace=self.workspace,
            around=around,
            number=number,
            cores=max(1, cores or pools.cores()),
            memory_bytes=memory or pools.default_memory_bytes(),
            on_event=on_event or _ignore,
            ran={s.name: Ran("reused", s.reason, s.found.outputs) for s in made.steps if not s.runs},
        )
        try:
            await conduct.conduct()
        except BaseException as error:
            status = "failed" if isinstance(error, Exception) else "cancelled"
            with suppress(DrawloomError):  # the first error is the one that is told
                conduct.leave_out(status)
                self._end(made, around, number, status, conduct.ran, on_event)
            raise
        status = "failed" if any(ran.error for ran in conduct.ran.values()) else "ok"
        return self._end(made, around, number, status, conduct.ran, on_event)

    def _end(
        self,
        made: Plan,
        around: Surroundings,
        number: int,
        status: str,
        ran: Mapping[str, Ran],
        on_event: OnEvent | None,
    ) -> Run:
        from drawloom.experiment.surroundings import keep

        self.workspace.records.finish_run(number, "succeeded" if status == "ok" else status)
        keep(around, self.workspace)
        results = {}
        for step in made.steps:
            name, module = step.name, step.box.module.name
            what = ran.get(name)
            if what is None or what.status == "reused":
                at = (step.found.run, step.found.name)
                results[name] = StepResult(
                    name, module, "reused", step.reason, None, 0.0, step.found.outputs, at, self.workspace
                )
            else:
                at = (number, name) if what.status != "skipped" else (0, "")
                results[name] = StepResult(
                    name, module, what.status, what.reason, what.error, what.seconds, what.outputs, at,
                    self.workspace,
                )  # fmt: skip
        if on_event is not None:
            on_event(events.RunFinished(number, status))
        return Run(number, status, results)


def _ignore(event: events.Event) -> None:
    """Take an event nobody asked for."""


def _blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine, also where this thread has a running loop, as a notebook's does."""
    import asyncio

    if asyncio._get_running_loop() is None:
        return asyncio.run(coroutine)
    from concurrent.futures import ThreadPoolExecutor

    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1, "drawloom-run") as thread:
        task = loop.create_task(coroutine)
        waiting = thread.submit(loop.run_until_complete, task)
        try:
            return waiting.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            raise
        finally:
            waiting.exception() if not waiting.cancelled() else None
            loop.close()
