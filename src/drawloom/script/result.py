"""What a script returns, as the tables and objects of its output ports."""

from __future__ import annotations

import datetime
import decimal
import numbers
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from drawloom.errors import ScriptError
from drawloom.script.signature import Output, Signature

COLUMN = "column"
_SCALARS = (
    str,
    bytes,
    numbers.Number,
    np.generic,
    decimal.Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What leaves through one port: a pandas frame, an Arrow table, or an object to be pickled."""

    port: str
    kind: str
    value: Any


def collect(returned: Any, signature: Signature) -> tuple[list[Delivery], list[str]]:
    """Sort what the entry point returned to its output ports.

    Parameters
    ----------
    returned
        Whatever it was.
    signature
        The form of the script; its return annotation names the ports.

    Returns
    -------
    tuple of (list, list)
        What leaves, and notes about what does not.

    Notes
    -----
    A tuple or list whose first element is a table, a Series or None, or a 1-D object array whose first
    element is a table, is a sequence: one element a port (Studio classic took the first alone, the designer
    two). With a return annotation every tuple is one. Anything else is one value, which becomes a table.

    Raises
    ------
    ScriptError
        0085, naming the type that can be no table.
    """
    elements = _elements(returned, signature)
    outputs = signature.outputs
    if signature.annotated and len(elements) != len(outputs):
        raise ScriptError(
            f"The return annotation promises {len(outputs)}, but the function returned {len(elements)}: "
            "one value for each port is needed.",
            line=signature.line,
        )
    delivered: list[Delivery] = []
    notes: list[str] = []
    for place, (value, output) in enumerate(zip(elements, outputs, strict=False)):
        if output.kind == "object":
            delivered.append(Delivery(output.port, "object", value))
        elif place == 0 or signature.annotated or is_table(value) or _has_rule(value):
            delivered.append(Delivery(output.port, "table", to_table(value, output)))
        else:
            notes.append(_dropped(place, value))
    notes += [_dropped(place, elements[place]) for place in range(len(outputs), len(elements))]
    if not any(delivery.port == "dataset" for delivery in delivered):
        delivered.append(Delivery("dataset", "table", pd.DataFrame()))
    return delivered, notes


def is_table(value: Any) -> bool:
    """Tell whether a value is a table of pandas, Polars or PyArrow."""
    if isinstance(value, pd.DataFrame):
        return True
    arrow, polars = sys.modules.get("pyarrow"), sys.modules.get("polars")
    return (arrow is not None and isinstance(value, arrow.Table | arrow.RecordBatch)) or (
        polars is not None and isinstance(value, polars.DataFrame | polars.LazyFrame)
    )


def to_table(value: Any, output: Output | None = None) -> Any:
    """Make one value a table.

    Parameters
    ----------
    value
        A table of pandas, Polars or PyArrow stays as it is. A Series is one column of its name or ``column``;
        a 1-D array, list or tuple is one column ``column``; a 2-D array is ``column_0``, ``column_1``, ...;
        a record array keeps its fields; a dict is columns, or one row if all its values are scalars; a list
        of dicts is rows; a scalar is one cell in ``column``; None is an empty table.
    output
        The port, for messages.

    Returns
    -------
    pandas.DataFrame or pyarrow.Table

    Raises
    ------
    ScriptError
        0085, naming the type that can be no table.
    """
    if isinstance(value, pd.DataFrame):
        return value
    if value is None:
        return pd.DataFrame()
    if is_table(value):
        return _arrow(value)
    try:
        return _from_value(value)
    except (ValueError, TypeError) as error:
        port = output.port if output is not None else "dataset"
        kind = type(value).__qualname__
        raise ScriptError(
            f"What the function returned for {port!r} ({kind}) cannot become a table: {error}",
            remedy="Return a DataFrame, or build one from it.",
        ) from error


def _elements(returned: Any, signature: Signature) -> list[Any]:
    if [output.kind for output in signature.outputs] == ["object"]:
        return list(returned) if isinstance(returned, tuple) and len(returned) == 1 else [returned]
    if signature.annotated and isinstance(returned, tuple):
        return list(returned)
    if isinstance(returned, np.ndarray):
        is_sequence = (
            returned.dtype == object and returned.ndim == 1 and len(returned) and is_table(returned[0])
        )
        return list(returned) if is_sequence else [returned]
    if isinstance(returned, tuple | list) and returned:
        first = returned[0]
        if first is None or isinstance(first, pd.Series) or is_table(first):
            return list(returned)
    return [returned]


def _from_value(value: Any) -> pd.DataFrame:
    if isinstance(value, pd.Series):
        return value.to_frame(COLUMN if value.name is None else value.name)
    if isinstance(value, np.ndarray) and value.ndim:
        return _from_array(value)
    if isinstance(value, dict):
        return _from_dict(value)
    if isinstance(value, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.DataFrame({COLUMN: value})
    if isinstance(value, list | tuple):
        if value and all(isinstance(row, dict) for row in value):
            return pd.DataFrame(list(value))
        return _one_column(list(value))
    if isinstance(value, np.ndarray):
        value = value.item()
    if _is_scalar(value):
        return _one_column([value])
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(value, polars.Series):
        frame: pd.DataFrame = value.to_frame(value.name or COLUMN).to_pandas()
        return frame
    raise TypeError("there is no rule for this type.")


def _from_array(value: np.ndarray[Any, Any]) -> pd.DataFrame:
    if value.dtype.names:
        return pd.DataFrame.from_records(value)
    if value.ndim == 1:
        return pd.DataFrame({COLUMN: value})
    if value.ndim > 2:
        raise ValueError(f"it has {value.ndim} dimensions, shape {value.shape}.")
    if value.shape[1] == 1:
        return pd.DataFrame(value, columns=[COLUMN])
    return pd.DataFrame(value, columns=[f"{COLUMN}_{n}" for n in range(value.shape[1])])


def _from_dict(value: dict[Any, Any]) -> pd.DataFrame:
    if any(is_table(each) for each in value.values()):
        raise TypeError("a dict of tables is no table; return them as a tuple.")
    if value and all(_is_scalar(each) or each is None for each in value.values()):
        return pd.DataFrame([value])
    return pd.DataFrame(value)


def _one_column(values: list[Any]) -> pd.DataFrame:
    if any(is_table(value) for value in values):
        raise TypeError("it holds a table, but not as its first element.")
    return pd.DataFrame({COLUMN: values})


def _is_scalar(value: Any) -> bool:
    return isinstance(value, _SCALARS) or value is pd.NA or value is pd.NaT


def _has_rule(value: Any) -> bool:
    return (
        value is None or _is_scalar(value) or isinstance(value, pd.Series | np.ndarray | dict | list | tuple)
    )


def _arrow(value: Any) -> Any:
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(value, arrow.Table):
        return value
    if arrow is not None and isinstance(value, arrow.RecordBatch):
        return arrow.Table.from_batches([value])
    if hasattr(value, "collect"):
        value = value.collect()
    return value.to_arrow()


def _dropped(place: int, value: Any) -> str:
    why, wish = "it is no table", "to hand an object on"
    if is_table(value):
        why, wish = "without a return annotation two tables leave", "to hand on more"
    return (
        f"Value {place + 1} of what the function returned ({type(value).__qualname__}) was dropped: {why}. "
        f"Annotate the return, such as `-> tuple[pd.DataFrame, object]`, {wish}."
    )
