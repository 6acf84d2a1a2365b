"""Feature columns as a matrix: numbers as they are, levels as indicators (worker side)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.kinds import NUMERIC, TITLES, is_categorical, kind_of, moments, numbers, plain
from drawloom.modules.selection import one_column
from drawloom.modules.tables import FEATURE, Table

Floats = npt.NDArray[np.float64]

MOST_LEVELS = 1000
"""A text column with more levels than this is an identifier rather than a feature."""


@dataclass(frozen=True)
class Feature:
    """One column a model was trained with.

    Parameters
    ----------
    name, kind
        The column and its type.
    levels
        Of a text or categorical column: the values training had, in order. None for a number.
    """

    name: str
    kind: str
    levels: tuple[Any, ...] | None = None

    @property
    def titles(self) -> list[str]:
        """The names of its columns in the matrix (Studio classic: indicators are ``column_value``)."""
        return [self.name] if self.levels is None else [f"{self.name}_{level}" for level in self.levels]


def feature_names(table: Table, label: str | None) -> list[str]:
    """Give the columns to learn from: all that play no other role.

    Raises
    ------
    InputError
        0020 where there is none.
    """
    names = [name for name in table.names if name != label and table.role(name) == FEATURE]
    if not names:
        raise InputError(
            f"The dataset at port {table.port!r} has no feature column"
            + (f" beside the label {label!r}." if label else "."),
            code="0020",
            remedy="Add columns to learn from, or make them features with edit-metadata.",
        )
    return names


def learn_features(table: Table, names: Sequence[str]) -> tuple[Feature, ...]:
    """Learn how columns become a matrix.

    Raises
    ------
    InputError
        0014 where a column has too many levels; 0017 where its type cannot be learnt from.
    """
    return tuple(_learn(table.frame[name], table.port) for name in names)


def matrix(features: Sequence[Feature], table: Table, *, allow_unknown_levels: bool = True) -> Floats:
    """Give the columns of a table as a matrix.

    Numbers, and booleans as 0 and 1; dates in days since 1970 and time spans in seconds; a level as 1 in its
    own column, an unknown level as 0 in all of them. Missing is NaN, in all columns of a level.

    Returns
    -------
    ndarray
        Shape (rows, sum of the features' titles).

    Raises
    ------
    InputError
        0001 where a column is absent; 0016 where it has another type; 0033 where it is infinite; 0039 where
        a level is unknown and may not be.
    """
    made = np.empty((len(table.frame), sum(len(feature.titles) for feature in features)))
    position = 0
    for feature in features:
        values = table.frame[one_column(feature.name, table)]
        _require_same_kind(feature, values, table.port)
        width = len(feature.titles)
        if feature.levels is None:
            made[:, position] = _numbers(values, table.port)
        else:
            made[:, position : position + width] = _indicators(
                feature, values, table.port, allow_unknown_levels
            )
        position += width
    return made


def _learn(values: pd.Series, port: str) -> Feature:
    name, kind = str(values.name), kind_of(values)
    if kind == "object":
        raise InputError(
            f"The column {name!r} at port {port!r} holds values of mixed types.",
            code="0017",
            remedy="Convert it with edit-metadata, or leave it out with select-columns-in-dataset.",
        )
    if kind != "string" and not is_categorical(values):
        return Feature(name, kind)
    levels = levels_of(values)
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"The column {name!r} at port {port!r} has {len(levels)} different values; a feature of levels "
            f"has at most {MOST_LEVELS}.",
            code="0014",
            remedy="Leave it out, or group its levels with group-categorical-values.",
        )
    return Feature(name, kind, levels)


def levels_of(values: pd.Series) -> tuple[Any, ...]:
    """Give the values that occur, sorted; those of an ordered categorical column in its order."""
    if is_categorical(values) and values.cat.ordered:
        return tuple(values.cat.remove_unused_categories().cat.categories.tolist())
    return tuple(sorted(plain(values).dropna().unique().tolist()))


def _require_same_kind(feature: Feature, values: pd.Series, port: str) -> None:
    here = kind_of(values)
    same = here == feature.kind or {here, feature.kind} <= {*NUMERIC, "boolean"}
    if not same and not values.isna().all():
        raise InputError(
            f"The column {feature.name!r} at port {port!r} has the type {TITLES[here]}; the model was "
            f"trained with {TITLES[feature.kind]}.",
            code="0016",
            remedy="Convert it with edit-metadata, or train the model with this type.",
        )


def _numbers(values: pd.Series, port: str) -> Floats:
    kind = kind_of(values)
    if kind == "datetime":
        return np.asarray(_spans(moments(values) - pd.Timestamp(0)) / 86400)
    if kind == "timespan":
        return _spans(plain(values))
    if kind not in (*NUMERIC, "boolean"):
        return np.full(len(values), np.nan)
    return finite(values, port)


def finite(values: pd.Series, port: str) -> Floats:
    """Give a numeric or boolean column as float64, shape (rows,), missing as NaN.

    Raises
    ------
    InputError
        0033 where it holds an infinite value.
    """
    found = numbers(values)
    if np.isinf(found).any():
        raise InputError(
            f"The column {values.name!r} at port {port!r} holds an infinite value.",
            code="0033",
            remedy="Cut it off with clip-values first.",
        )
    return found


def _spans(values: pd.Series) -> Floats:
    return np.asarray(values.dt.total_seconds(), dtype=np.float64)


def _indicators(feature: Feature, values: pd.Series, port: str, allow_unknown: bool) -> Floats:
    levels = list(feature.levels or ())
    codes, uniques = pd.factorize(plain(values))
    place = {level: position for position, level in enumerate(levels)}
    found = np.array([*(place.get(level, -1) for level in uniques.tolist()), -1], dtype=np.intp)[codes]
    missing = codes < 0
    unknown = (found < 0) & ~missing
    if unknown.any() and not allow_unknown:
        level = uniques[codes[np.argmax(unknown)]]
        raise InputError(
            f"The column {feature.name!r} at port {port!r} holds {level!r}, which training did not have.",
            code="0039",
            remedy="Train with 'allow_unknown_levels', or group the level with group-categorical-values.",
        )
    made: Floats = np.equal(found[:, np.newaxis], np.arange(len(levels))).astype(np.float64)
    made[missing] = np.nan
    return made
