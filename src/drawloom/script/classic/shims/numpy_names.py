"""Functions of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

ninf = -np.inf


def asscalar(x: Any) -> Any:
    """Give the one element of an array."""
    return x.item()


def msort(x: Any) -> Any:
    """Sort along the first axis."""
    return np.sort(x, axis=0)


def asfarray(x: Any, dtype: Any = float) -> Any:
    """Make an array of floats."""
    return np.asarray(x, dtype=dtype)
