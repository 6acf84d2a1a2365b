"""What every module's work stands on: tables with roles in, tables and objects out, a report (worker side).

A work is little more than a function on frames::

    @work
    def run(step: Step) -> Outputs:
        table = step.table("dataset")
        return {"dataset": table.of(table.frame.drop_duplicates())}

The decorator gives it the seam the sandbox calls, ``run(spec, inputs, outputs)``.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError, InputError
from drawloom.modules.blobs import Blob, read_blob, write_blob
from drawloom.table import bridge
from drawloom.table.report import Conversion

FEATURE = "feature"
"""The role of a column that has no other (Studio classic: all columns start as features)."""


@dataclass(frozen=True)
class Table:
    """A frame with the roles of its columns.

    Parameters
    ----------
    frame
        Shape (rows, columns), column names unique text, index 0..rows-1. Never changed in place.
    roles
        Column -> ``label``, ``weight``, ``ignored`` or ``score...``; a column that is absent is a
        ``feature``.
    port
        Where it arrived, for errors.
    """

    frame: pd.DataFrame
    roles: Mapping[str, str] = field(default_factory=dict)
    port: str = "dataset"

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return list(self.frame.columns)

    def role(self, column: str) -> str:
        """Give the role of a column."""
        return self.roles.get(column, FEATURE)

    def of(self, frame: pd.DataFrame, renamed: Mapping[str, str] | None = None) -> Table:
        """Give another frame with the roles of this one.

        Parameters
        ----------
        frame
            Columns of the same name keep their role; the index is made 0..rows-1.
        renamed
            Old name -> new name, for columns that changed theirs.
        """
        new = renamed or {}
        roles = {new.get(name, name): role for name, role in self.roles.items()}
        return Table(
            frame.reset_index(drop=True),
            {name: role for name, role in roles.items() if name in frame.columns},
            self.port,
        )

    def with_columns(self, columns: Mapping[str, Any]) -> Table:
        """Give the same table with some columns replaced, or appended where their name is new.

        Parameters
        ----------
        columns
            Name -> values, a series or an array of shape (rows,).
        """
        kept = {name: self.frame[name] for name in self.names}
        return replace(self, frame=pd.DataFrame(kept | dict(columns), index=self.frame.index, copy=False))

    def with_roles(self, roles: Mapping[str, str]) -> Table:
        """Give the same frame with other roles."""
        return replace(self, roles={name: role for name, role in roles.items() if role != FEATURE})

    def require_rows(self, at_least: int = 1) -> None:
        """Refuse a table with too few rows to learn from.

        Raises
        ------
        InputError
            0021.
        """
        if len(self.frame) < at_least:
            rows = "1 row" if at_least == 1 else f"{at_least} rows"
            raise InputError(
                f"The dataset at port {self.port!r} has {len(self.frame)} rows; at least {rows} are needed.",
                code="0021",
                remedy="Check the step before: a filter or a join may have removed them.",
            )


@dataclass(frozen=True)
class Step:
    """What the work of one step has at hand.

    Parameters
    ----------
    params
        The validated parameters as plain values, defaults filled.
    seed
        The experiment's seed; 0 where it has none. Nothing here ever draws from the clock.
    threads
        The cores of the step.
    inputs, outputs
        Open descriptors by port name.
    report
        Conversions by port and notes for the user; goes to the host when the work is done.
    """

    params: Mapping[str, Any]
    seed: int
    threads: int
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    report: dict[str, Any] = field(default_factory=lambda: {"conversions": {}, "notes": []})

    def note(self, text: str) -> None:
        """Tell the user something about this run."""
        self.report["notes"].append(text)

    def converted(self, port: str, conversions: Iterable[Conversion]) -> None:
        """Report what the columns met on their way through a port."""
        self.report["conversions"][port] = [each.to_dict() for each in conversions]

    def has(self, port: str) -> bool:
        """Tell whether an input is connected."""
        return port in self.inputs

    def table(self, port: str) -> Table:
        """Open the table at an input.

        Raises
        ------
        InputError
            0003 where nothing is connected, or the table has no columns.
        """
        fd = self.fd(port)
        frame, conversions = bridge.read_frame(fd)
        _require_columns(frame.shape[1], port)
        self.converted(port, conversions)
        roles = bridge.read_metadata(fd).get("roles", {})
        return Table(frame, {name: role for name, role in roles.items() if name in frame.columns}, port)

    def arrow(self, port: str) -> pa.Table:
        """Open the table at an input as Arrow, where no frame is needed.

        Raises
        ------
        InputError
            As `table`.
        """
        found = bridge.read_table(self.fd(port))
        _require_columns(found.num_columns, port)
        return found

    def blob(self, port: str, kind: str) -> Blob:
        """Open the object at an input.

        Raises
        ------
        InputError
            0003 where nothing is connected; 0082 as `drawloom.modules.blobs.read_blob`.
        """
        return read_blob(self.fd(port), kind, port)

    def fd(self, port: str) -> int:
        """Give the descriptor of an input.

        Raises
        ------
        InputError
            0003 where nothing is connected.
        """
        if port not in self.inputs:
            raise InputError(
                f"Nothing is connected to port {port!r}.", code="0003", remedy="Connect a step to it."
            )
        return self.inputs[port]


Outputs: TypeAlias = Mapping[str, Table | Blob | pa.Table]
Run: TypeAlias = Callable[[dict[str, Any], dict[str, int], dict[str, int]], dict[str, int | float]]


def work(function: Callable[[Step], Outputs]) -> Run:
    """Give a function of a `Step` the seam that the sandbox calls.

    The outputs it returns are written to the descriptors the host made (one that the host did not ask for is
    left out), every input is closed, and the report gets ``conversions`` by port and ``notes``, also when the
    work fails with a `DrawloomError`.
    """

    @functools.wraps(function)
    def run(spec: dict[str, Any], inputs: dict[str, int], outputs: dict[str, int]) -> dict[str, int | float]:
        step = Step(spec["params"], spec.get("seed") or 0, spec.get("threads") or 1, inputs, outputs)
        counts: dict[str, int | float] = {}
        try:
            for port, value in function(step).items():
                if port in outputs:
                    counts |= _write(step, port, value)
        except DrawloomError as error:
            error.report = step.report  # type: ignore[attr-defined]  # the child's loop merges it
            raise
        finally:
            for fd in inputs.values():
                os.close(fd)
        with os.fdopen(os.dup(outputs["report"]), "w", encoding="utf-8") as file:
            json.dump(step.report, file, ensure_ascii=False)
        return counts

    return run


def _require_columns(columns: int, port: str) -> None:
    if not columns:
        raise InputError(
            f"The dataset at port {port!r} is empty: it has no columns.",
            code="0003",
            remedy="Check what the step before gives out.",
        )


def _write(step: Step, port: str, value: Table | Blob | pa.Table) -> dict[str, int | float]:
    if isinstance(value, Blob):
        return {f"{port}.bytes": write_blob(value, step.outputs[port])}
    if isinstance(value, Table):
        metadata = {"roles": dict(value.roles)} if value.roles else {}
        written, conversions = bridge.write_frame(value.frame, step.outputs[port], metadata)
        step.converted(port, conversions)
    else:
        written = bridge.write_table(value, step.outputs[port])
    return {f"{port}.rows": written.rows, f"{port}.columns": written.columns}
