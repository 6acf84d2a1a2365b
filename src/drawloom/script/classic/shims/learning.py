"""Classes and functions of scikit-learn, which is imported when one is used: patching happens as it loads."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class _OldSplit:
    """A splitter that knew its rows when it was made, and was iterated."""

    def __init__(self, splitter: Any, rows: Any, labels: Any, count: int) -> None:
        self._splitter, self._rows, self._labels, self._count = splitter, rows, labels, count

    def __iter__(self) -> Iterator[Any]:
        return iter(self._splitter.split(self._rows, self._labels))

    def __len__(self) -> int:
        return self._count

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:  # noqa: N803
        """Split as today, for `cv=` of today's functions."""
        return iter(self)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """Tell the number of splits, for `cv=` of today's functions."""
        return self._count


def KFold(n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> _OldSplit:  # noqa: N802
    """`cross_validation.KFold(n, n_folds)`."""
    from sklearn import model_selection

    splitter = model_selection.KFold(n_folds, shuffle=shuffle, random_state=random_state if shuffle else None)
    return _OldSplit(splitter, np.zeros(n), None, n_folds)


def StratifiedKFold(y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> _OldSplit:  # noqa: N802
    """`cross_validation.StratifiedKFold(y, n_folds)`."""
    from sklearn import model_selection

    splitter = model_selection.StratifiedKFold(
        n_folds, shuffle=shuffle, random_state=random_state if shuffle else None
    )
    return _OldSplit(splitter, np.zeros(len(y)), y, n_folds)


def ShuffleSplit(  # noqa: N802
    n: int, n_iter: int = 10, test_size: float = 0.1, train_size: Any = None, random_state: Any = None
) -> _OldSplit:
    """`cross_validation.ShuffleSplit(n, n_iter)`."""
    from sklearn import model_selection

    splitter = model_selection.ShuffleSplit(
        n_iter, test_size=test_size, train_size=train_size, random_state=random_state
    )
    return _OldSplit(splitter, np.zeros(n), None, n_iter)


def StratifiedShuffleSplit(  # noqa: N802
    y: Any, n_iter: int = 10, test_size: float = 0.1, train_size: Any = None, random_state: Any = None
) -> _OldSplit:
    """`cross_validation.StratifiedShuffleSplit(y, n_iter)`."""
    from sklearn import model_selection

    splitter = model_selection.StratifiedShuffleSplit(
        n_iter, test_size=test_size, train_size=train_size, random_state=random_state
    )
    return _OldSplit(splitter, np.zeros(len(y)), y, n_iter)


def LeaveOneOut(n: int) -> _OldSplit:  # noqa: N802
    """`cross_validation.LeaveOneOut(n)`."""
    from sklearn import model_selection

    return _OldSplit(model_selection.LeaveOneOut(), np.zeros(n), None, n)


def imputer(
    missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, verbose: int = 0, copy: bool = True
) -> Any:
    """`preprocessing.Imputer`."""
    from sklearn import impute

    if axis != 0:
        raise ValueError("Imputer(axis=1): fill the rows of the transposed table instead")
    missing = np.nan if isinstance(missing_values, str) and missing_values == "NaN" else missing_values
    return impute.SimpleImputer(missing_values=missing, strategy=strategy, copy=copy)


def randomized_pca(n_components: Any = None, **kwargs: Any) -> Any:
    """`decomposition.RandomizedPCA`."""
    from sklearn import decomposition

    return decomposition.PCA(n_components, svd_solver="randomized", **kwargs)


def gmm(n_components: int = 1, covariance_type: str = "diag", **kwargs: Any) -> Any:
    """`mixture.GMM`, whose covariances were diagonal by default."""
    from sklearn import mixture

    if "n_iter" in kwargs:
        kwargs["max_iter"] = kwargs.pop("n_iter")
    return mixture.GaussianMixture(n_components, covariance_type=covariance_type, **kwargs)


def jaccard_similarity_score(
    y_true: Any, y_pred: Any, normalize: bool = True, sample_weight: Any = None
) -> Any:
    """Accuracy for single labels; the Jaccard score of the samples for several labels a row."""
    from sklearn import metrics

    if np.ndim(y_true) == 2:
        return metrics.jaccard_score(y_true, y_pred, average="samples", sample_weight=sample_weight)
    return metrics.accuracy_score(y_true, y_pred, normalize=normalize, sample_weight=sample_weight)


def mean_squared_error(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`squared=False` asked for the root."""
    from sklearn import metrics

    if "squared" not in kwargs:
        return NotImplemented
    return (
        today(*args, **kwargs) if kwargs.pop("squared") else metrics.root_mean_squared_error(*args, **kwargs)
    )


def get_feature_names(self: Any) -> list[str]:
    """Give the names as a list."""
    return list(self.get_feature_names_out())


_Score = namedtuple("_Score", ["parameters", "mean_validation_score", "cv_validation_scores"])


@property  # type: ignore[misc]
def grid_scores_(self: Any) -> list[Any]:
    """Give what every parameter setting scored, as a list of named triples."""
    results = self.cv_results_
    folds = [results[f"split{k}_test_score"] for k in range(self.n_splits_)]
    return [
        _Score(parameters, results["mean_test_score"][row], np.array([fold[row] for fold in folds]))
        for row, parameters in enumerate(results["params"])
    ]
