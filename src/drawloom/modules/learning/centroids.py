"""K-means with Studio's choices of where to begin, and of what is near (worker side)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin

Floats = npt.NDArray[np.float64]


class KMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Scikit-learn's k-means; the cosine metric is that of rows brought to length 1.

    Attributes
    ----------
    cluster_centers_
        Shape (clusters, features).
    labels_
        The clusters of the rows it was fitted to, shape (rows,).
    """

    def __init__(
        self,
        centroids: int = 2,
        initialization: str = "k-means++",
        metric: str = "euclidean",
        iterations: int = 100,
        seed: int = 0,
    ) -> None:
        self.centroids = centroids
        self.initialization = initialization
        self.metric = metric
        self.iterations = iterations
        self.seed = seed

    def fit(self, X: Floats, y: None = None) -> KMeans:  # noqa: N803
        """Find the centroids of X, shape (rows, features), no NaN.

        Raises
        ------
        ValueError
            Where there are fewer rows than centroids.
        """
        from sklearn import cluster

        rows = self._placed(X)
        if len(rows) < self.centroids:
            raise ValueError(f"{self.centroids} centroids need as many rows, and there are {len(rows)}.")
        start = self._start(rows)
        found = cluster.KMeans(
            self.centroids, init=start, n_init=1, max_iter=self.iterations, random_state=self.seed
        ).fit(rows)
        self.cluster_centers_, self.labels_ = found.cluster_centers_, found.labels_
        return self

    def predict(self, X: Floats) -> npt.NDArray[np.intp]:  # noqa: N803
        """Give the nearest centroid of each row, shape (rows,)."""
        return np.asarray(np.argmin(self.distances(X), axis=1))

    def distances(self, matrix: Floats) -> Floats:
        """Give the distance of each row to each centroid by the metric, shape (rows, clusters)."""
        from sklearn.metrics import pairwise_distances

        return np.asarray(pairwise_distances(self._placed(matrix), self.cluster_centers_, metric=self.metric))

    def _placed(self, matrix: Floats) -> Floats:
        if self.metric == "euclidean":
            return matrix
        length = np.linalg.norm(matrix, axis=1, keepdims=True)
        return np.asarray(np.divide(matrix, length, out=np.zeros_like(matrix), where=length > 0))

    def _start(self, rows: Floats) -> Any:
        match self.initialization:
            case "first-n":
                return rows[: self.centroids].copy()
            case "evenly":
                return rows[np.linspace(0, len(rows) - 1, self.centroids).astype(np.intp)]
        return self.initialization
