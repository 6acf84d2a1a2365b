"""The records of runs: what was asked, what each step did and why, and what came out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, update

from drawloom.errors import InputError
from drawloom.workspace import hosts
from drawloom.workspace.database import Database
from drawloom.workspace.store import Entry, Store, entry_of, touch
from drawloom.workspace.tables import entries, outputs, runs, steps


@dataclass(frozen=True)
class Output:
    """What left a step at a port.

    Attributes
    ----------
    entry
        Where it is kept; None once the store has let go of it.
    rows, columns
        Of a table; None for anything else.
    schema
        Column names and types of a table.
    """

    port: str
    kind: str
    entry: Entry | None
    rows: int | None = None
    columns: int | None = None
    schema: Any = None


@dataclass(frozen=True)
class Step:
    """A step of a run, as recorded; `log`, `walls` and the like are None where `Records.steps` listed it.

    Attributes
    ----------
    status
        "running", "succeeded", "failed", "reused", "cancelled", "skipped" or "interrupted".
    reason
        Why it ran, was reused or was skipped.
    reused_from
        The number of the run whose outputs were reused.
    """

    id: int
    run: int
    name: str
    module: str
    key: str | None
    status: str
    reason: str | None
    reused_from: int | None
    started_at: float | None
    finished_at: float | None
    peak_memory_bytes: int | None
    outputs: tuple[Output, ...]
    key_parts: Any = None
    timings: Any = None
    walls: Any = None
    error: Any = None
    conversions: Any = None
    log: Any = None


@dataclass(frozen=True)
class Run:
    """A run, as recorded; `plan` and `file_text` are None where `Records.runs` listed it.

    Attributes
    ----------
    status
        "running", "succeeded", "failed", "cancelled" or "interrupted".
    message
        What to tell about the status, or None.
    target
        The step the run was for; empty if for all.
    """

    id: int
    experiment: str
    target: str
    status: str
    message: str | None
    started_at: float
    finished_at: float | None
    parameters: Mapping[str, Any]
    plan: Any = None
    file_text: str | None = None


@dataclass(frozen=True)
class Reusable:
    """The last successful step of a key.

    Attributes
    ----------
    problem
        Why its outputs cannot be reused ("its output 'dataset' was replaced by another file"), or None.
    """

    key: str
    run: int
    step_id: int
    name: str
    outputs: tuple[Output, ...]
    problem: str | None


@dataclass(frozen=True)
class LastStep:
    """What a step of an experiment was when it last ran or was reused."""

    run: int
    name: str
    status: str
    key: str | None
    key_parts: Any


class Records:
    """Reads and writes the records of runs.

    Parameters
    ----------
    folder
        `.drawloom/hosts`, where hosts show that they are alive.
    """

    def __init__(self, database: Database, store: Store, folder: Path) -> None:
        self.database = database
        self._store = store
        self._folder = folder
        self._host: hosts.Host | None = None

    def start_run(
        self,
        experiment: str,
        file_text: str,
        plan: Sequence[Any],
        *,
        target: str = "",
        parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Record that a run begins, and give its number.

        Parameters
        ----------
        experiment
            What tells it from others in this workspace: the path of its file.
        file_text
            The experiment file, as it was.
        plan
            The steps of the run in order, as JSON values; never with a secret in them.
        target
            The step the run is for; empty if for all.
        parameters
            The values of the experiment's parameters, without secrets.
        """
        if self._host is None:
            self._host = hosts.enter(self._folder)
        values = {
            "experiment": experiment,
            "target": target,
            "status": "running",
            "host": self._host.token,
            "started_at": time.time(),
            "parameters": dict(parameters or {}),
            "plan": list(plan),
            "file_text": file_text,
        }
        with self.database.write() as connection:
            number: int = connection.execute(runs.insert().returning(runs.c.id), values).scalar_one()
        return number

    def step_started(
        self,
        run: int,
        name: str,
        *,
        module: str,
        key: str | None,
        key_parts: Any = None,
        reason: str | None = None,
    ) -> int:
        """Record that a step begins, and why, and give the number of its record.

        A step recorded as reused whose outputs then turned out to be touched begins like any other, and is
        reused no more.

        Parameters
        ----------
        key
            What its outputs may be reused under; None if never.
        key_parts
            What the key was made of, as JSON values, so that a later run can name the part that differs.
        """
        values = {
            "run_id": run,
            "name": name,
            "module": module,
            "key": key,
            "key_parts": key_parts,
            "status": "running",
            "reason": reason,
            "started_at": time.time(),
        }
        with self.database.write() as connection:
            insert = _insert(connection, steps).values(values | {"experiment": _of_run(run)})
            again = insert.on_conflict_do_update(
                index_elements=["run_id", "name"], set_=values | {"reused_from": None, "finished_at": None}
            )
            number: int = connection.execute(again.returning(steps.c.id)).scalar_one()
        return number

    def step_finished(
        self,
        step_id: int,
        results: Iterable[Output],
        *,
        timings: Any = None,
        walls: Any = None,
        peak_memory_bytes: int | None = None,
        conversions: Any = None,
        log: Any = None,
    ) -> None:
        """Record that a step succeeded, and its outputs, which the store keeps already."""
        told = {
            "timings": timings,
            "walls": walls,
            "peak_memory_bytes": peak_memory_bytes,
            "conversions": conversions,
            "log": log,
        }
        with self.database.write() as connection:
            _finish(connection, step_id, results, told)

    def keep_and_finish(
        self, step_id: int, made: Sequence[tuple[int, Output]], address: Callable[[str], str], **told: Any
    ) -> tuple[Output, ...]:
        """Keep what a step gave and record that it succeeded, in one transaction: both or neither.

        Parameters
        ----------
        made
            A descriptor, as `Store.commit` takes it, and what it holds; what has an entry is kept already.
        address
            Gives the address for a port.
        told
            As the further parameters of `step_finished`.
        """
        results: list[Output] = []

        def record(connection: Connection, kept: list[Entry]) -> None:
            found = iter(kept)
            results[:] = [each if each.entry else replace(each, entry=next(found)) for _, each in made]
            _finish(connection, step_id, results, told)

        new = [(fd, address(each.port), each.kind) for fd, each in made if each.entry is None]
        self._store.commit_all(new, record)
        return tuple(results)

    def step_failed(
        self,
        step_id: int,
        error: Any,
        *,
        status: str = "failed",
        timings: Any = None,
        walls: Any = None,
        peak_memory_bytes: int | None = None,
        conversions: Any = None,
        log: Any = None,
    ) -> None:
        """Record that a step failed (or, by `status`, was "cancelled"), with the error as JSON values."""
        values = {
            "status": status,
            "finished_at": time.time(),
            "error": error,
            "timings": timings,
            "walls": walls,
            "peak_memory_bytes": peak_memory_bytes,
            "conversions": conversions,
            "log": log,
        }
        with self.database.write() as connection:
            connection.execute(update(steps).where(steps.c.id == step_id).values(values))

    def steps_skipped(self, run: int, skipped: Sequence[tuple[str, str, str]]) -> None:
        """Record steps that cannot run, as (name, module, reason): "'train' failed"."""
        rows = [
            {"run_id": run, "name": name, "module": module, "status": "skipped", "reason": reason}
            for name, module, reason in skipped
        ]
        self._insert_steps(run, rows, [])

    def record_reused_many(self, run: int, reused: Sequence[tuple[str, str, Reusable, str]]) -> None:
        """Record steps whose outputs are reused, as (name, module, found, reason), a thousand at once.

        What they name is in use again, and safe from garbage collection while the run lasts.
        """
        now = time.time()
        rows = [
            {
                "run_id": run,
                "name": name,
                "module": module,
                "key": found.key,
                "status": "reused",
                "reason": reason,
                "reused_from": found.step_id,
                "started_at": now,
                "finished_at": now,
            }
            for name, module, found, reason in reused
        ]
        used = [out.entry.id for _, _, found, _ in reused for out in found.outputs if out.entry is not None]
        self._insert_steps(run, rows, used)

    def finish_run(self, run: int, status: str, message: str | None = None) -> None:
        """Record that a run "succeeded", "failed" or was "cancelled"."""
        with self.database.write() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run)
                .values(status=status, message=message, finished_at=time.time())
            )

    def close(self) -> None:
        """Leave; runs of this host that did not finish are recorded as interrupted."""
        if self._host is None:
            return
        with self.database.read() as connection:
            mine = runs.c.host == self._host.token
            unfinished = (
                connection.execute(select(runs.c.id).where(mine, runs.c.status == "running")).scalars().all()
            )
        if unfinished:
            self._interrupt(unfinished, "its host closed the workspace before the end")
        hosts.leave(self._folder, self._host)
        self._host = None

    def recover(self) -> list[str]:
        """Mark the runs of hosts that died as interrupted, and give a notice for each."""
        with self.database.read() as connection:
            query = select(runs.c.id, runs.c.host).where(runs.c.status == "running").order_by(runs.c.id)
            running = connection.execute(query).all()
        tokens = {row.host for row in running} | set(os.listdir(self._folder))
        notices = []
        for token in sorted(token for token in tokens if not hosts.is_alive(self._folder, token)):
            lost = [row.id for row in running if row.host == token]
            cause = hosts.describe(self._folder, token)
            notices += [
                f"Run {each} was interrupted: {cause}. Its finished steps can be reused."
                for each in self._interrupt(lost, cause)
            ]
            (self._folder / token).unlink(missing_ok=True)
        return notices

    def find_reusable(self, key: str) -> Reusable | None:
        """Give the last successful step of a key, or None."""
        return self.find_reusable_many([key]).get(key)

    def find_reusable_many(self, keys: Iterable[str]) -> dict[str, Reusable]:
        """Give the last successful step of each key that has one, its files compared with the records.

        One statement for a thousand keys.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[str, tuple[Row[Any], tuple[Output, ...]]] = {}
        with self.database.read() as connection:
            for start in range(0, len(wanted), 1000):
                last = (
                    select(func.max(steps.c.id))
                    .where(steps.c.key.in_(wanted[start : start + 1000]), steps.c.status == "succeeded")
                    .group_by(steps.c.key)
                )
                query = (
                    select(steps.c.id, steps.c.key, steps.c.run_id, steps.c.name, *_OUTPUT)
                    .select_from(steps.outerjoin(outputs).outerjoin(entries))
                    .where(steps.c.id.in_(last))
                    .order_by(steps.c.id, outputs.c.id)
                )
                for row in connection.execute(query):
                    before = found.get(row.key)
                    more = () if row.port is None else (_output_of(row),)
                    found[row.key] = (row, (*before[1], *more) if before else more)
        return {
            key: Reusable(key, row.run_id, row.id, row.name, results, self._problem(results))
            for key, (row, results) in found.items()
        }

    def last_step_records(self, experiment: str, names: Iterable[str]) -> dict[str, LastStep]:
        """Give what each of these steps was when it last ran or was reused in the experiment."""
        found = {}
        wanted = list(dict.fromkeys(names))
        with self.database.read() as connection:
            for start in range(0, len(wanted), 1000):
                last = (
                    select(func.max(steps.c.id))
                    .where(
                        steps.c.experiment == experiment,
                        steps.c.name.in_(wanted[start : start + 1000]),
                        steps.c.status != "skipped",
                    )
                    .group_by(steps.c.name)
                )
                query = (
                    select(steps.c.run_id, steps.c.name, steps.c.status, steps.c.key, _KEY_PARTS)
                    .select_from(_WITH_ORIGINAL)
                    .where(steps.c.id.in_(last))
                )
                for row in connection.execute(query):
                    found[row.name] = LastStep(*row)
        return found

    def last_step_record(self, experiment: str, name: str) -> LastStep | None:
        """Give what a step was when it last ran or was reused, or None."""
        return self.last_step_records(experiment, [name]).get(name)

    def runs(self, limit: int = 50, *, before: int | None = None, experiment: str | None = None) -> list[Run]:
        """List runs, newest first, without their plans; `before` is the last number of the page above."""
        listed = [column for column in runs.c if column.name not in ("host", "plan", "file_text")]
        query = select(*listed).order_by(runs.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(runs.c.id < before)
        if experiment is not None:
            query = query.where(runs.c.experiment == experiment)
        with self.database.read() as connection:
            return [Run(**row._mapping) for row in connection.execute(query)]

    def run(self, run: int) -> Run:
        """Give a run.

        Raises
        ------
        InputError
            If there is none of this number.
        """
        with self.database.read() as connection:
            query = select(*(column for column in runs.c if column.name != "host")).where(runs.c.id == run)
            row = connection.execute(query).one_or_none()
            newest = connection.execute(select(func.max(runs.c.id))).scalar() if row is None else None
        if row is None:
            raise InputError(
                f"There is no run {run} in this workspace.",
                code="0039",
                remedy=f"The newest is run {newest}; `drawloom runs` lists them."
                if newest
                else "None was made yet.",
            )
        return Run(**row._mapping)

    def steps(self, run: int, limit: int = 1000, *, after: int = 0) -> list[Step]:
        """List the recorded steps of a run in the order they began, with their outputs, without logs.

        A step of the plan that is not among them was not reached. `after` is the last `id` of the page above.
        """
        query = (
            select(*_LISTED)
            .select_from(_WITH_ORIGINAL)
            .where(steps.c.run_id == run, steps.c.id > after)
            .order_by(steps.c.id)
            .limit(limit)
        )
        with self.database.read() as connection:
            return self._with_outputs(connection.execute(query).all())

    def step(self, run: int, name: str) -> Step:
        """Give all that was recorded of one step.

        Raises
        ------
        InputError
            If the run, or the step in it, does not exist.
        """
        query = select(*_WHOLE).select_from(_WITH_ORIGINAL).where(steps.c.run_id == run, steps.c.name == name)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        if not rows:
            self.run(run)
            raise InputError(
                f"Run {run} has no record of a step {name!r}.",
                code="0039",
                remedy=f"It was not part of the run, or never reached; see `drawloom show {run}`.",
            )
        return self._with_outputs(rows)[0]

    def _insert_steps(self, run: int, rows: list[dict[str, Any]], used: list[int]) -> None:
        if not rows:
            return
        with self.database.write() as connection:
            experiment = _experiment(connection, run)
            connection.execute(steps.insert(), [row | {"experiment": experiment} for row in rows])
            for start in range(0, len(used), 1000):
                touch(connection, used[start : start + 1000])

    def _interrupt(self, lost: Sequence[int], cause: str) -> list[int]:
        if not lost:
            return []
        still = runs.c.status == "running"
        with self.database.write() as connection:
            marked = (
                connection.execute(
                    update(runs)
                    .where(runs.c.id.in_(lost), still)
                    .values(status="interrupted", message=f"Interrupted: {cause}.")
                    .returning(runs.c.id)
                )
                .scalars()
                .all()
            )
            connection.execute(
                update(steps)
                .where(steps.c.run_id.in_(marked), steps.c.status == "running")
                .values(status="interrupted")
            )
        return sorted(marked)

    def _problem(self, results: Iterable[Output]) -> str | None:
        for each in results:
            difference = "is no longer kept" if each.entry is None else self._store.difference(each.entry)
            if difference is not None:
                return f"its output {each.port!r} {difference}"
        return None

    def _with_outputs(self, rows: Sequence[Row[Any]]) -> list[Step]:
        by_step: dict[int, list[Output]] = {}
        sources = [row.source for row in rows]
        with self.database.read() as connection:
            for start in range(0, len(sources), 1000):
                query = (
                    select(outputs.c.step_id, outputs.c.schema, *_OUTPUT)
                    .select_from(outputs.outerjoin(entries))
                    .where(outputs.c.step_id.in_(sources[start : start + 1000]))
                    .order_by(outputs.c.id)
                )
                for row in connection.execute(query):
                    by_step.setdefault(row.step_id, []).append(_output_of(row, row.schema))
        listed = []
        for row in rows:
            values = dict(row._mapping)
            found = by_step.get(values.pop("source"), ())
            listed.append(Step(**values, outputs=tuple(found)))
        return listed


def _finish(connection: Connection, step_id: int, results: Iterable[Output], told: Mapping[str, Any]) -> None:
    values = {"status": "succeeded", "finished_at": time.time(), **told}
    connection.execute(update(steps).where(steps.c.id == step_id).values(values))
    rows = [
        {
            "step_id": step_id,
            "port": each.port,
            "kind": each.kind,
            "address": each.entry.address,
            "entry_id": each.entry.id,
            "rows": each.rows,
            "columns": each.columns,
            "schema": each.schema,
        }
        for each in results
        if each.entry is not None
    ]
    if rows:
        connection.execute(outputs.insert(), rows)


def _of_run(run: int) -> Any:
    return select(runs.c.experiment).where(runs.c.id == run).scalar_subquery()


def _insert(connection: Connection, table: Table) -> Any:
    """Give the insert of the database in use, which knows conflicts; the other's dialect is not imported."""
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)


def _experiment(connection: Connection, run: int) -> str:
    return str(connection.execute(select(runs.c.experiment).where(runs.c.id == run)).scalar_one())


_original = steps.alias("original")
_LISTED = (
    *(steps.c[name] for name in ("id", "name", "module", "key", "status", "reason")),
    *(steps.c[name] for name in ("started_at", "finished_at", "peak_memory_bytes")),
    steps.c.run_id.label("run"),
    _original.c.run_id.label("reused_from"),
    func.coalesce(steps.c.reused_from, steps.c.id).label("source"),
)
_KEY_PARTS = func.coalesce(steps.c.key_parts, _original.c.key_parts, type_=steps.c.key_parts.type)
_WHOLE = (
    *_LISTED,
    _KEY_PARTS.label("key_parts"),
    *(steps.c[name] for name in ("timings", "walls", "error", "conversions", "log")),
)
_WITH_ORIGINAL = steps.outerjoin(_original, steps.c.reused_from == _original.c.id)
_OUTPUT = (
    outputs.c.port,
    outputs.c.kind.label("output_kind"),
    outputs.c.rows,
    outputs.c.columns,
    *(column.label(f"entry_{column.name}") for column in entries.c),
)


def _output_of(row: Row[Any], schema: Any = None) -> Output:
    entry = None if row.entry_id is None else entry_of(row, "entry_")
    return Output(row.port, row.output_kind, entry, row.rows, row.columns, schema)
