"""Logistic regression with both L1 and L2 weights, by L-BFGS as Studio trained it (worker side).

Scikit-learn reaches L1 and L2 together only by a stochastic method that needs thousands of passes for a
tolerance of 1e-7. Here each weight is the difference of two that are not negative, so that the L1 term is
linear and bounded L-BFGS reaches the minimum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = npt.NDArray[np.float64]


class LogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Minimise ``sum(weight * loss) + l1 * sum(abs(w)) + l2 / 2 * sum(w ** 2)``.

    Features are brought to 0..1 first, so that the weights are held small alike; the intercept is free.

    Attributes
    ----------
    classes_
        Shape (classes,).
    coef_, intercept_
        Of the scaled features: shape (1, features) and (1,) for two classes, otherwise a row for each class.
    offset_, scale_
        Shape (features,): a scaled feature is ``(x - offset_) * scale_``.
    """

    def __init__(
        self,
        tolerance: float = 1e-7,
        l1_weight: float = 1.0,
        l2_weight: float = 1.0,
        memory_size: int = 20,
    ) -> None:
        self.tolerance = tolerance
        self.l1_weight = l1_weight
        self.l2_weight = l2_weight
        self.memory_size = memory_size

    def fit(self, X: Floats, y: npt.NDArray[Any], sample_weight: Floats | None = None) -> LogisticRegression:  # noqa: N803
        """Find the weights.

        Parameters
        ----------
        X
            Shape (rows, features), no NaN.
        y
            Shape (rows,), two classes at least.
        sample_weight
            Shape (rows,).
        """
        self.classes_, codes = np.unique(y, return_inverse=True)
        low, high = X.min(axis=0), X.max(axis=0)
        self.offset_ = low
        self.scale_ = np.divide(1.0, high - low, out=np.zeros_like(low), where=high > low)
        scaled = self._scaled(X)
        weights = np.ones(len(X)) if sample_weight is None else sample_weight
        outputs = 1 if len(self.classes_) == 2 else len(self.classes_)
        wanted = codes[:, np.newaxis] == (np.arange(outputs) if outputs > 1 else [1])
        found = self._minimise(scaled, wanted.astype(np.float64), weights)
        self.coef_, self.intercept_ = found[:, :-1], found[:, -1]
        return self

    def decision_function(self, X: Floats) -> Floats:  # noqa: N803
        """Give the log-odds of the second class, shape (rows,), or a value for each class."""
        values = self._scaled(X) @ self.coef_.T + self.intercept_
        return np.asarray(values[:, 0] if values.shape[1] == 1 else values)

    def predict_proba(self, X: Floats) -> Floats:  # noqa: N803
        """Give the probability of each class, shape (rows, classes)."""
        values = self.decision_function(X)
        if values.ndim == 1:
            return np.column_stack([special.expit(-values), special.expit(values)])
        return np.asarray(special.softmax(values, axis=1))

    def predict(self, X: Floats) -> npt.NDArray[Any]:  # noqa: N803
        """Give the most probable class, shape (rows,)."""
        found: npt.NDArray[Any] = self.classes_[np.argmax(self.predict_proba(X), axis=1)]
        return found

    def _scaled(self, matrix: Floats) -> Floats:
        return np.asarray((matrix - self.offset_) * self.scale_)

    def _minimise(self, scaled: Floats, wanted: Floats, rows: Floats) -> Floats:
        """Give weights and intercept, shape (outputs, features + 1)."""
        outputs, features = wanted.shape[1], scaled.shape[1]
        parts = 2 if self.l1_weight else 1
        shape = (parts, outputs, features + 1)

        def loss(flat: Floats) -> tuple[float, Floats]:
            split = flat.reshape(shape)
            whole = split[0] - split[1] if parts == 2 else split[0]
            values = scaled @ whole[:, :-1].T + whole[:, -1]
            total, slope = _loss(values, wanted, rows)
            total += self.l2_weight / 2 * float((whole[:, :-1] ** 2).sum())
            gradient = np.empty_like(whole)
            gradient[:, :-1] = slope.T @ scaled + self.l2_weight * whole[:, :-1]
            gradient[:, -1] = slope.sum(axis=0)
            both = np.stack([gradient, -gradient][:parts])
            if parts == 2:
                total += self.l1_weight * float(split[:, :, :-1].sum())
                both[:, :, :-1] += self.l1_weight
            return total, both.ravel()

        flat = optimize.minimize(
            loss,
            np.zeros(np.prod(shape)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0 if parts == 2 else None, None)] * int(np.prod(shape)),
            options={"maxcor": self.memory_size, "ftol": self.tolerance, "gtol": 0.0, "maxiter": 10_000},
        ).x.reshape(shape)
        return np.asarray(flat[0] - flat[1] if parts == 2 else flat[0])


def _loss(values: Floats, wanted: Floats, rows: Floats) -> tuple[float, Floats]:
    """Give the summed loss and its slope in the values, shape (rows, outputs)."""
    if values.shape[1] == 1:
        total = np.logaddexp(0.0, values) - wanted * values
        return float(rows @ total[:, 0]), (special.expit(values) - wanted) * rows[:, np.newaxis]
    total = special.logsumexp(values, axis=1) - (wanted * values).sum(axis=1)
    return float(rows @ total), (special.softmax(values, axis=1) - wanted) * rows[:, np.newaxis]
