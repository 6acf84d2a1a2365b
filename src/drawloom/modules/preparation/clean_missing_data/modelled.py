"""Filling a column from the others: chained equations and probabilistic PCA (worker side)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from drawloom.modules.kinds import as_kind, is_categorical, numbers, plain

Floats = npt.NDArray[np.float64]


class Model(Protocol):
    """Something that completes a matrix of shape (rows, columns)."""

    def transform(self, matrix: Floats) -> Floats:
        """Give the matrix with its NaN filled."""
        ...


def learn_mice(frame: pd.DataFrame, iterations: int, seed: int) -> Any:
    """Fit chained equations: every column is predicted from the others, round after round.

    Parameters
    ----------
    frame
        Numbers and booleans, each column with at least one value.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - importing it is what enables it
    from sklearn.impute import IterativeImputer

    imputer = IterativeImputer(max_iter=iterations, random_state=seed)
    with warnings.catch_warnings():
        # The number of rounds is the user's choice, so stopping there is not worth a warning.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return imputer.fit(_matrix(frame))


@dataclass(frozen=True)
class PrincipalComponents:
    """A probabilistic PCA of columns scaled to mean 0 and deviation 1.

    Parameters
    ----------
    mean, deviation
        Shape (columns,).
    projection
        Shape (columns, columns): takes a completed row to its expectation under the model.
    iterations
        How often a row with missing values is filled and projected.
    """

    mean: Floats
    deviation: Floats
    projection: Floats
    iterations: int

    def transform(self, matrix: Floats) -> Floats:
        """Give the matrix of shape (rows, columns) with its NaN filled."""
        missing = np.isnan(matrix)
        filled = np.where(missing, 0.0, (matrix - self.mean) / self.deviation)
        for _ in range(self.iterations):
            filled = np.where(missing, filled @ self.projection, filled)
        return np.where(missing, filled * self.deviation + self.mean, matrix)


def learn_pca(frame: pd.DataFrame, iterations: int) -> PrincipalComponents:
    """Fit a probabilistic PCA to incomplete rows, filling and fitting in turn.

    The rank is half the number of columns; the eigenvalues beyond it are averaged into the noise, by which
    the components are shrunk (Tipping and Bishop's maximum-likelihood solution).
    """
    matrix = _matrix(frame)
    missing = np.isnan(matrix)
    mean, deviation = np.nanmean(matrix, axis=0), np.nanstd(matrix, axis=0)
    deviation[deviation == 0] = 1.0
    filled = np.where(missing, 0.0, (matrix - mean) / deviation)
    projection = np.zeros((matrix.shape[1], matrix.shape[1]))
    for _ in range(iterations):
        centre = filled.mean(axis=0)
        projection = _projection((filled - centre).T @ (filled - centre) / len(filled))
        filled = np.where(missing, (filled - centre) @ projection + centre, filled)
    centre = filled.mean(axis=0)
    return PrincipalComponents(mean + centre * deviation, deviation, projection, iterations)


def fill(model: Model, frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Complete the columns, each in its own type (Studio classic: rounded back to the original type)."""
    matrix = _matrix(frame)
    completed = model.transform(matrix) if len(frame) else matrix
    filled = {}
    for position, name in enumerate(frame.columns):
        values = frame[name]
        if values.isna().any():
            restored = as_kind(completed[:, position], plain(values))
            filled[name] = restored.astype("category") if is_categorical(values) else restored
    return filled


def _matrix(frame: pd.DataFrame) -> Floats:
    return np.column_stack([numbers(frame[name]) for name in frame.columns])


def _projection(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    columns = len(values)
    rank = max(1, columns // 2)
    if rank == columns:
        return np.zeros_like(covariance)
    noise = max(float(values[: columns - rank].mean()), 0.0)
    kept, directions = values[columns - rank :], vectors[:, columns - rank :]
    shrunk = np.divide(kept - noise, kept, out=np.zeros_like(kept), where=kept > 0)
    return np.asarray((directions * shrunk) @ directions.T)
