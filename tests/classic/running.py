"""Old code under `compat: classic`, and new code without it: each in a namespace of its own."""

from __future__ import annotations

import linecache
import textwrap
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from drawloom.script.classic.runtime import enable
from drawloom.script.classic.warn import ClassicWarning
from drawloom.script.source import load

NAME = "old.py"


@dataclass
class Ran:
    """What code left as `answer`, or how it failed, and what it was warned of."""

    answer: Any
    error: Exception | None
    warned: list[warnings.WarningMessage]

    def of(self, text: str) -> bool:
        """Tell whether it was warned of something."""
        return any(text in str(warning.message) for warning in self.warned)


def classic(code: str, workdir: Path) -> Ran:
    """Run old code as a step with `compat: classic` does."""
    source = load(textwrap.dedent(code), NAME, "classic")
    with warnings.catch_warnings(record=True) as caught, enable(str(workdir), source, NAME):
        warnings.simplefilter("always", ClassicWarning)
        ran = _run(source.tree, source.text)
    ran.warned = [warning for warning in caught if warning.category is ClassicWarning]
    return ran


def modern(code: str) -> Ran:
    """Run code as it stands."""
    source = load(code, NAME)
    return _run(source.tree, code)


def _run(tree: Any, text: str) -> Ran:
    linecache.cache[NAME] = (len(text), None, text.splitlines(keepends=True), NAME)
    names: dict[str, Any] = {"__name__": "azuremod"}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
            exec(compile(tree, NAME, "exec", dont_inherit=True), names)
    except Exception as error:
        return Ran(None, error, [])
    return Ran(names.get("answer"), None, [])


def assert_equal(left: Any, right: Any) -> None:
    """Compare values, tables and arrays, types included."""
    assert type(left) is type(right), (left, right)
    if isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right)
    elif isinstance(left, pd.Series):
        pd.testing.assert_series_equal(left, right)
    elif isinstance(left, pd.Index):
        pd.testing.assert_index_equal(left, right)
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right)
    elif isinstance(left, list | tuple):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_equal(one, other)
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            assert_equal(left[key], right[key])
    elif isinstance(left, float) and left != left:
        assert right != right
    else:
        assert left == right
