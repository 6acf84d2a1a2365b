"""``apply``: the function called on pieces of the first table, the results put together again.

The other tables are handed over whole, each time. The script is imported once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from drawloom.errors import InputError
from drawloom.modules.scripts.execute_python_script.joining import Joined
from drawloom.modules.spelling import did_you_mean
from drawloom.script import result
from drawloom.script.bind import Binding
from drawloom.script.execute import Plan
from drawloom.script.signature import Signature

BATCH_ROWS = 100_000


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some rows of a table, and what to call them in messages."""

    name: str
    rows: Any


@dataclasses.dataclass(frozen=True)
class InPieces(Binding):
    """A call that is made once for each piece of one table.

    Attributes
    ----------
    port
        The table that is cut.
    apply
        ``{"batches": rows}`` or ``{"by": column}``.
    signature
        The form of the script, which says where results belong.
    said
        Collects what the user should know.
    """

    port: str = ""
    apply: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    signature: Signature | None = None
    said: list[str] = dataclasses.field(default_factory=list)

    def call(self, function: Any, values: Mapping[str, Any]) -> Any:
        """Call the function for each piece and give what came of all, as one return value."""
        assert self.signature is not None
        joined: dict[str, Joined] = {}
        calls = 0
        for piece in pieces_of(values[self.port], self.apply, self.port):
            try:
                returned = super().call(function, {**values, self.port: piece.rows})
                deliveries, notes = result.collect(returned, self.signature)
                for delivery in deliveries:
                    joined.setdefault(delivery.port, Joined(delivery.port)).add(piece.name, delivery.value)
            except Exception:
                self.said.append(f"This happened in call {calls + 1}, for {piece.name}.")
                raise
            calls += 1
            self.said.extend(note for note in notes if note not in self.said)
        times = "once" if calls == 1 else f"{calls} times"
        self.said.append(f"The function was called {times}.")
        ports = [output.port for output in self.signature.outputs]
        last = max(place for place, port in enumerate(ports) if port in joined)
        return tuple(joined[port].table() if port in joined else None for port in ports[: last + 1])


def in_pieces(plan: Plan, apply: str | Mapping[str, Any], said: list[str]) -> Plan:
    """Arrange that the function of a plan is called on pieces of its first table.

    Parameters
    ----------
    apply
        ``whole`` leaves the plan as it is.
    said
        Gets notes for the user when the call is made.

    Raises
    ------
    InputError
        0002 if ``apply`` is none of those there are, 0003 where no table is passed.
    """
    if apply == "whole":
        return plan
    if apply == "batches":
        apply = {"batches": BATCH_ROWS}
    if not isinstance(apply, Mapping) or len(apply) != 1 or not _is_valid(*next(iter(apply.items()))):
        raise InputError(
            f"`apply` is {apply!r}.",
            code="0002",
            remedy="Give whole, batches, {batches: ROWS} or {by: COLUMN}.",
        )
    port = next((slot.port for slot in plan.binding.slots() if slot.kind == "table"), None)
    if port is None:
        raise InputError(
            "`apply` wants a table to cut into pieces, and none is passed to the function.",
            code="0003",
            remedy="Connect the port 'dataset1', or leave out `apply`.",
        )
    given = {field.name: getattr(plan.binding, field.name) for field in dataclasses.fields(plan.binding)}
    binding = InPieces(**given, port=port, apply=apply, signature=plan.signature, said=said)
    return dataclasses.replace(plan, binding=binding)


def _is_valid(kind: str, value: Any) -> bool:
    if kind == "batches":
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return kind == "by" and isinstance(value, str)


def pieces_of(table: Any, apply: Mapping[str, Any], port: str) -> Iterator[Piece]:
    """Cut a table into pieces; one without rows is one piece.

    Batches are views of the table's memory, and so are groups whose rows lie together. Groups come in the
    order in which they first appear, and missing values are a group of their own.

    Parameters
    ----------
    table
        A frame of pandas or Polars (lazy too), or an Arrow table.
    apply
        ``{"batches": rows}`` or ``{"by": column}``.
    port
        Where the table arrived, for errors.

    Raises
    ------
    InputError
        0001 with the nearest right name where there is no such column, 0017 where its values cannot be
        compared.
    """
    lazy = hasattr(table, "collect_schema") and hasattr(table, "collect")
    if lazy:
        table = table.collect()
    pieces = _batches(table, apply["batches"]) if "batches" in apply else _groups(table, apply["by"], port)
    for piece in pieces:
        yield dataclasses.replace(piece, rows=piece.rows.lazy()) if lazy else piece


def _batches(table: Any, size: int) -> Iterator[Piece]:
    for start in range(0, max(_length(table), 1), size):
        stop = min(start + size, _length(table))
        yield Piece(f"rows {start + 1} to {stop}", _slice(table, start, stop))


def _groups(table: Any, column: str, port: str) -> Iterator[Piece]:
    codes, keys = _codes(table, column, port)
    if not len(codes):
        yield Piece("a table without rows", table)
        return
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(keys)))
    for key, start, stop in zip(keys, [0, *ends[:-1]], ends, strict=True):
        rows = order[start:stop]
        together = rows[-1] - rows[0] + 1 == len(rows)
        name = f"{column} = {'missing' if pd.isna(key) else repr(key)}"
        yield Piece(name, _slice(table, rows[0], rows[-1] + 1) if together else _take(table, rows))


def _codes(table: Any, column: str, port: str) -> tuple[npt.NDArray[np.intp], list[Any]]:
    names = list(table.column_names if isinstance(table, pa.Table) else table.columns)
    if column not in names:
        raise InputError(
            f"`apply` names the column {column!r}, which is not at port {port!r}.",
            code="0001",
            remedy=did_you_mean(column, names),
        )
    if isinstance(table, pd.DataFrame):
        values = table[column]
    else:
        arrow = table[column] if isinstance(table, pa.Table) else table[column].to_arrow()
        values = (
            arrow.to_pandas(types_mapper=pd.ArrowDtype)
            if isinstance(arrow, pa.ChunkedArray)
            else (pd.Series(pd.arrays.ArrowExtensionArray(arrow)))
        )
    try:
        codes, keys = pd.factorize(values, use_na_sentinel=False)
    except TypeError as error:
        raise InputError(
            f"The column {column!r} at port {port!r} cannot make groups: {error}.",
            code="0017",
            remedy="Group by a column of text, numbers, booleans or dates.",
        ) from error
    return codes, list(keys)


def _length(table: Any) -> int:
    return len(table)


def _slice(table: Any, start: int, stop: int) -> Any:
    if isinstance(table, pd.DataFrame):
        return table.iloc[start:stop].reset_index(drop=True)
    return table.slice(int(start), int(stop - start))


def _take(table: Any, rows: npt.NDArray[np.intp]) -> Any:
    if isinstance(table, pd.DataFrame):
        return table.take(rows).reset_index(drop=True)
    return table.take(rows) if isinstance(table, pa.Table) else table[rows]
