"""The results of several calls, put together: the same columns each time, or an error that names the one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from drawloom.errors import ScriptError
from drawloom.modules.spelling import did_you_mean


class Joined:
    """The tables of one output port, in the order of the calls.

    Parameters
    ----------
    port
        Its name, for errors.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self._names: list[str] = []
        self._tables: list[Any] = []

    def add(self, name: str, table: Any) -> None:
        """Take the result of the call for the piece of this name.

        Raises
        ------
        ScriptError
            0085 where its columns are not those of the first call, or one of them has another type.
        """
        if self._tables:
            self._compare(name, table)
        self._names.append(name)
        self._tables.append(table)

    def table(self) -> Any:
        """Give all rows as one table.

        Raises
        ------
        ScriptError
            0085 as `add`, for columns of which the first calls gave nothing but missing values.
        """
        if len(self._tables) == 1:
            return self._tables[0]
        if isinstance(self._tables[0], pa.Table):
            return self._arrow()
        columns = [self._column(place) for place in range(self._tables[0].shape[1])]
        joined = (
            pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(sum(map(len, self._tables))))
        )
        joined.columns = self._tables[0].columns
        return joined

    def _compare(self, name: str, table: Any) -> None:
        first = self._tables[0]
        if isinstance(table, pa.Table) != isinstance(first, pa.Table):
            raise self._differs(name, f"is of type {type(table).__name__}, not {type(first).__name__}")
        here, there = _labels(table), _labels(first)
        for label in here:
            if here.count(label) > there.count(label):
                raise self._differs(
                    name, f"has a column {label!r}", did_you_mean(str(label), map(str, there))
                )
        for label in there:
            if here.count(label) < there.count(label):
                raise self._differs(
                    name, f"lacks the column {label!r}", did_you_mean(str(label), map(str, here))
                )
        for place, (label, other) in enumerate(zip(here, there, strict=True)):
            if label != other:
                raise self._differs(name, f"has {label!r} as column {place + 1}, where {other!r} should be")

    def _column(self, place: int) -> pd.Series[Any]:
        """Join a column of all frames; where it has nothing but missing values it takes the others' type."""
        parts = [table.iloc[:, place] for table in self._tables]
        known = [number for number, part in enumerate(parts) if not part.isna().all()]
        if not known:
            known = [number for number, part in enumerate(parts) if len(part)] or [0]
        model = parts[known[0]]
        if isinstance(model.dtype, pd.CategoricalDtype):
            return self._categories(parts, known, place)
        for number, part in enumerate(parts):
            if part.dtype == model.dtype or str(part.dtype).lower() == str(model.dtype).lower():
                continue
            if number in known:
                raise self._other_type(number, place, known[0])
            if not _holds_missing(model.dtype):
                if len(part):
                    raise self._other_type(number, place, known[0])
                parts[number] = model.iloc[:0]
            else:
                parts[number] = pd.Series([None] * len(part), dtype=model.dtype)
        joined: pd.Series[Any] = pd.concat(parts, ignore_index=True)
        return joined

    def _categories(self, parts: list[pd.Series[Any]], known: list[int], place: int) -> pd.Series[Any]:
        model = parts[known[0]].dtype
        for number in known:
            if not isinstance(parts[number].dtype, pd.CategoricalDtype):
                raise self._other_type(number, place, known[0])
        alike = [
            part.astype(model) if number not in known and part.dtype != model else part
            for number, part in enumerate(parts)
        ]
        try:
            values = pd.api.types.union_categoricals(alike)
        except TypeError as error:
            raise self._differs(
                self._names[known[-1]],
                f"has other categories in the column {_labels(self._tables[0])[place]!r}: {error}",
                "Give the column the same categories in each call.",
            ) from error
        return pd.Series(values)

    def _arrow(self) -> pa.Table:
        for place, name in enumerate(self._tables[0].column_names):
            types = [table.schema.field(place).type for table in self._tables]
            known = [number for number, kind in enumerate(types) if not pa.types.is_null(kind)]
            for number in known:
                if types[number] != types[known[0]]:
                    other = f"{self._names[known[0]]} has {types[known[0]]}"
                    raise self._differs(
                        self._names[number], f"has {name!r} as {types[number]}, where {other}"
                    )
        return pa.concat_tables(self._tables, promote_options="default")

    def _other_type(self, number: int, place: int, model: int) -> ScriptError:
        here, there = (self._tables[each].iloc[:, place].dtype for each in (number, model))
        label = _labels(self._tables[0])[place]
        return self._differs(
            self._names[number],
            f"has {label!r} as {here}, where {self._names[model]} has {there}",
            f"Give it one type in the script, such as frame[{label!r}].astype({str(there)!r}).",
        )

    def _differs(self, name: str, what: str, remedy: str = "") -> ScriptError:
        port = "" if self.port == "dataset" else f" for {self.port!r}"
        return ScriptError(
            f"The result{port} of the call for {name} {what}.",
            remedy=remedy or "Return the same columns, of the same types, in each call.",
        )


def _labels(table: Any) -> list[Any]:
    return list(table.column_names if isinstance(table, pa.Table) else table.columns)


def _holds_missing(dtype: Any) -> bool:
    return not (
        hasattr(dtype, "kind") and dtype.kind in "iub" and not pd.api.types.is_extension_array_dtype(dtype)
    )
