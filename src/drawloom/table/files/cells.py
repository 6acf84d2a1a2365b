"""Cells that no column of plain text, number or time holds, as text."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
from typing import Any

import pyarrow as pa


def rendered(column: pa.Array) -> pa.Array:
    """Give bytes as base64, lists and structs as JSON, anything else by ``str``; missing stays missing."""
    return pa.array([None if v is None else _rendered(v) for v in column.to_pylist()], pa.large_string())


def is_bytes(kind: pa.DataType) -> bool:
    """Tell whether the values of a type are bytes."""
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _rendered(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict | tuple):
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    return str(value)


def _plain(value: Any) -> Any:
    """Give a nested value as JSON has it; what is no number there becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | datetime.timedelta):
        return str(value)
    return _rendered(value)
