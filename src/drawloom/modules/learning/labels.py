"""The column a model learns to predict (worker side)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import NUMERIC, TITLES, is_categorical, kind_of, numbers, plain
from drawloom.modules.learning.features import MOST_LEVELS, Floats, finite, levels_of
from drawloom.modules.selection import one_column
from drawloom.modules.tables import Table

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Classes:
    """The classes a label has.

    Parameters
    ----------
    values
        Plain values in order; of two classes, the second is the positive one.
    categories
        Of a categorical label: all its categories; scored labels get them too.
    """

    values: tuple[Any, ...]
    categories: tuple[Any, ...] | None = None

    def codes(self, values: pd.Series) -> Codes:
        """Give the position of each value among the classes, shape (rows,); -1 where missing or unknown."""
        codes, uniques = pd.factorize(plain(values))
        place = {value: position for position, value in enumerate(self.values)}
        return np.array([*(place.get(value, -1) for value in uniques.tolist()), -1], dtype=np.intp)[codes]

    def column(self, codes: Codes) -> pd.Series:
        """Give a column of classes from their positions, in the label's own type; missing where -1."""
        if self.categories is not None:
            places = np.array([*(self.categories.index(value) for value in self.values), -1], dtype=np.intp)
            # pandas-stubs takes only a list of codes, and that would be slow.
            chosen: Any = (places[codes], list(self.categories))
            return pd.Series(pd.Categorical.from_codes(*chosen))
        values = pd.Series(list(self.values)).array
        if (codes >= 0).all():
            return pd.Series(values.take(codes))
        return pd.Series(pd.array(list(self.values)).take(codes, allow_fill=True))


def label_column(table: Table, label: str | int | None) -> str:
    """Give the name of the label column: the one named, or the one marked as label.

    Raises
    ------
    InputError
        0001 where the one named does not exist; 0024 where none is marked; 0037 where several are.
    """
    if label is not None:
        return one_column(label, table)
    marked = [name for name in table.names if table.role(name) == "label"]
    if not marked:
        raise InputError(
            f"The dataset at port {table.port!r} has no label column.",
            code="0024",
            remedy="Name it in the parameter 'label', or mark it with edit-metadata.",
        )
    if len(marked) > 1:
        raise InputError(
            f"The dataset at port {table.port!r} has {len(marked)} label columns: "
            + ", ".join(map(repr, marked))
            + ".",
            code="0037",
            remedy="Name one in the parameter 'label'.",
        )
    return marked[0]


def require_labels(values: pd.Series, port: str) -> None:
    """Refuse a label that is missing in every row.

    Raises
    ------
    InputError
        0134.
    """
    if values.isna().all():
        raise InputError(
            f"The label column {values.name!r} at port {port!r} has no value in any row.",
            code="0134",
            remedy="Check the column named as label, and the steps before.",
        )


def classes_of(values: pd.Series, port: str) -> Classes:
    """Learn the classes of a label.

    Raises
    ------
    InputError
        0023 where the column can have no classes; 0014 where it has too many; 0134 where it has no value.
    """
    require_labels(values, port)
    kind = kind_of(values)
    fractions = kind == "double" and not is_categorical(values) and not _whole(numbers(values))
    if kind == "object" or fractions:
        what = "fractions" if fractions else "values of mixed types"
        raise InputError(
            f"The label column {values.name!r} at port {port!r} holds {what}; a classifier predicts classes.",
            code="0023",
            remedy="Use a learner for regression, or make the column categorical with edit-metadata.",
        )
    found = levels_of(values)
    if len(found) > MOST_LEVELS:
        raise InputError(
            f"The label column {values.name!r} at port {port!r} has {len(found)} classes; at most "
            f"{MOST_LEVELS} can be learnt.",
            code="0014",
            remedy="Use a learner for regression, or group the classes with group-categorical-values.",
        )
    categories = tuple(values.cat.categories.tolist()) if is_categorical(values) else None
    return Classes(found, categories)


def target(values: pd.Series, port: str) -> Floats:
    """Give a label for regression, shape (rows,), missing as NaN.

    Raises
    ------
    InputError
        0023 where it is no number; 0033 where it is infinite; 0134 where it has no value.
    """
    require_labels(values, port)
    kind = kind_of(values)
    if kind not in (*NUMERIC, "boolean"):
        raise InputError(
            f"The label column {values.name!r} at port {port!r} has the type {TITLES[kind]}; a regression "
            "predicts numbers.",
            code="0023",
            remedy="Use a learner for classes, or convert the column with edit-metadata.",
        )
    return finite(values, port)


def require_classes(codes: Codes, classes: Classes, task: str, name: str, port: str) -> None:
    """Refuse training rows with too few or too many classes.

    Raises
    ------
    InputError
        0054 for fewer than two; 0083 for more than two where the learner is two-class.
    """
    found = [repr(classes.values[code]) for code in np.unique(codes).tolist()]
    if len(found) < 2:
        raise InputError(
            f"The label column {name!r} at port {port!r} has only one class in the rows to train with: "
            + ", ".join(found)
            + ".",
            code="0054",
            remedy="Train with rows of two classes at least.",
        )
    if task == "two-class" and len(found) > 2:
        raise InputError(
            f"The label column {name!r} at port {port!r} has {len(found)} classes; a two-class learner takes "
            f"two: {_listed(found)}.",
            code="0083",
            remedy="Use a multiclass learner, or group the classes with group-categorical-values.",
        )


def _whole(values: Floats) -> bool:
    present = values[~np.isnan(values)]
    return bool(np.isfinite(present).all() and (present == np.floor(present)).all())


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found[:6]) + (", ..." if len(found) > 6 else "")
