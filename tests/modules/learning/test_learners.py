"""Learners: what they learn is what their libraries learn, and what Studio's parameters mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drawloom.modules.blobs import read_blob
from drawloom.modules.learning.centroids import KMeans
from drawloom.modules.learning.logistic import LogisticRegression
from modules.learning.samples import patients, untrained
from modules.running import failure, opened, run, table

PIMA = Path(__file__).parents[3] / "examples" / "pima" / "pima.csv"


def pima() -> pd.DataFrame:
    return pd.read_csv(PIMA)


def scores(learner: str, label: str, rows: pd.DataFrame, seed: int = 7, **params: Any) -> pd.DataFrame:
    model = run(learner, params, seed=seed).files["model"]
    trained = run("train-model", {"label": label}, model=model, dataset=rows).files["model"]
    return run("score-model", model=trained, dataset=rows).frame()


def features(rows: pd.DataFrame, label: str) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(rows.drop(columns=[label]).to_numpy(float))


def test_an_untrained_model_is_plain_text_and_nothing_else() -> None:
    with opened(untrained("two-class-decision-forest", trees=5)) as fd:
        blob = read_blob(fd, "untrained-model", "model")
    assert blob.content is None
    assert blob.libraries == ()
    facts = dict(blob.facts or {})
    assert (facts["title"], facts["task"], facts["seed"]) == ("Two-Class Decision Forest", "two-class", 3)
    assert facts["params"]["trees"] == 5


def test_a_learners_own_seed_goes_before_that_of_the_experiment() -> None:
    with opened(untrained("k-means-clustering", seed=11)) as fd:
        blob = read_blob(fd, "untrained-model", "model")
    assert (blob.facts or {})["seed"] == 11


def test_boosted_trees_are_lightgbms() -> None:
    from lightgbm import LGBMClassifier

    rows = pima()
    here = scores("two-class-boosted-decision-tree", "diabetes", rows, trees=20)["Scored Probabilities"]
    there = LGBMClassifier(
        num_leaves=20, min_child_samples=10, learning_rate=0.2, n_estimators=20, random_state=7, verbosity=-1,
        n_jobs=1, deterministic=True, force_col_wise=True,
    ).fit(features(rows, "diabetes"), rows["diabetes"] == "pos")  # fmt: skip
    assert here.tolist() == there.booster_.predict(features(rows, "diabetes")).tolist()


def test_boosted_regression_is_lightgbms() -> None:
    from lightgbm import LGBMRegressor

    rows = pima().drop(columns=["diabetes"])
    here = scores("boosted-decision-tree-regression", "mass", rows, trees=20)["Scored Labels"]
    there = LGBMRegressor(
        num_leaves=20, min_child_samples=10, learning_rate=0.2, n_estimators=20, random_state=7, verbosity=-1,
        n_jobs=1, deterministic=True, force_col_wise=True,
    ).fit(features(rows, "mass"), rows["mass"])  # fmt: skip
    assert here.tolist() == there.booster_.predict(features(rows, "mass")).tolist()


def test_a_forest_is_of_random_splits() -> None:
    from sklearn.ensemble import ExtraTreesClassifier

    rows = pima()
    here = scores("two-class-decision-forest", "diabetes", rows, samples_per_leaf=3)["Scored Probabilities"]
    there = ExtraTreesClassifier(
        8, max_depth=32, min_samples_leaf=3, max_features=None, bootstrap=True, random_state=7
    ).fit(features(rows, "diabetes"), rows["diabetes"] == "pos")
    assert here.tolist() == there.predict_proba(features(rows, "diabetes"))[:, 1].tolist()


def test_trees_that_all_get_all_rows_still_differ() -> None:
    rows = pima()
    few = scores("two-class-decision-forest", "diabetes", rows, resampling="replicate", depth=3)
    assert few["Scored Probabilities"].nunique() > 50


@pytest.mark.parametrize("learner", ["two-class-decision-forest", "two-class-boosted-decision-tree"])
def test_another_seed_or_none_draws_as_it_says(learner: str) -> None:
    rows, params = pima(), {"trees": 3}
    one, again = (scores(learner, "diabetes", rows, **params) for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    if "forest" in learner:
        assert not one.equals(scores(learner, "diabetes", rows, seed=8, **params))


def test_the_number_of_threads_changes_no_bit() -> None:
    rows = pima()
    for learner in ("two-class-decision-forest", "two-class-boosted-decision-tree"):
        model = untrained(learner)
        found = [
            run("train-model", {"label": "diabetes"}, threads=threads, model=model, dataset=rows)
            for threads in (1, 2)
        ]
        one, two = (run("score-model", model=each.files["model"], dataset=rows).frame() for each in found)
        pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("l2", [0.0, 0.001, 3.0])
@pytest.mark.parametrize("intercept", [True, False])
def test_linear_regression_is_least_squares_with_l2(l2: float, intercept: bool) -> None:
    rows = pima().drop(columns=["diabetes"])
    here = scores("linear-regression", "mass", rows, l2_weight=l2, intercept=intercept)["Scored Labels"]
    matrix = features(rows, "mass")
    if intercept:
        matrix = np.column_stack([matrix, np.ones(len(matrix))])
    held = np.eye(matrix.shape[1]) * l2
    if intercept:
        held[-1, -1] = 0
    weights = np.linalg.solve(matrix.T @ matrix + held, matrix.T @ rows["mass"].to_numpy())
    np.testing.assert_allclose(here, matrix @ weights, rtol=1e-9)


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 1.0), (1.0, 0.0), (0.5, 2.0)])
@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_reaches_scikit_learns_minimum(l1: float, l2: float, classes: int) -> None:
    from sklearn import linear_model

    random = np.random.default_rng(1)
    matrix = random.random((200, 5))
    matrix = (matrix - matrix.min(axis=0)) / (matrix.max(axis=0) - matrix.min(axis=0))
    truth = np.digitize(matrix @ [3, -2, 1, 0, 0] + random.normal(0, 0.5, 200), [0.5, 1.5][: classes - 1])
    here = LogisticRegression(1e-14, l1, l2).fit(matrix, truth)
    there = linear_model.LogisticRegression(
        C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), solver="saga", tol=1e-8, max_iter=100_000
    ).fit(matrix, truth)
    np.testing.assert_allclose(here.coef_, there.coef_, atol=2e-4)
    np.testing.assert_allclose(here.predict_proba(matrix), there.predict_proba(matrix), atol=2e-4)


def test_a_large_l1_weight_sets_weights_to_exactly_zero() -> None:
    rows = pima()
    model = run("two-class-logistic-regression", {"l1_weight": 20, "l2_weight": 0}).files["model"]
    report = run("train-model", {"label": "diabetes"}, model=model, dataset=rows).report["model"]
    weights = {each["feature"]: each["weight"] for each in report["feature_weights"]}
    assert weights.keys() == {"Bias", *rows.columns} - {"diabetes"}
    assert sum(weight == 0 for weight in weights.values()) >= 3
    assert weights["glucose"] > 0


def test_weighted_rows_count_as_often_as_they_weigh() -> None:
    rows = patients()[["age", "mass", "ill"]]
    weights = np.arange(len(rows)) % 3
    twice = rows.loc[np.repeat(rows.index, weights)].reset_index(drop=True)
    model = untrained("two-class-logistic-regression", tolerance=1e-14)
    weighed = table(rows.assign(weight=weights), {"weight": "weight"})
    found = [
        run("train-model", {"label": "ill"}, model=model, dataset=each).files["model"]
        for each in (weighed, twice)
    ]
    one, two = (
        run("score-model", model=each, dataset=rows).frame()["Scored Probabilities"] for each in found
    )
    np.testing.assert_allclose(one, two, atol=1e-3)


@pytest.mark.parametrize("start", ["k-means++", "random", "first-n", "evenly"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_k_means_puts_each_row_to_its_nearest_centroid(start: str, metric: str) -> None:
    random = np.random.default_rng(2)
    matrix = np.concatenate([random.normal(centre, 0.2, (30, 2)) for centre in ((5, 0), (0, 5), (4, 4))])
    found = KMeans(3, start, metric, seed=1).fit(matrix)
    distances = found.distances(matrix)
    assert (found.labels_ == distances.argmin(axis=1)).all()
    assert (found.predict(matrix) == found.labels_).all()
    for cluster in range(3):
        placed = matrix / np.linalg.norm(matrix, axis=1, keepdims=True) if metric == "cosine" else matrix
        np.testing.assert_allclose(
            found.cluster_centers_[cluster], placed[found.labels_ == cluster].mean(axis=0), atol=1e-9
        )


def test_clusters_of_new_rows_are_those_of_the_same_old_rows() -> None:
    rows = pima()
    model = untrained("k-means-clustering", centroids=3)
    trained = run(
        "train-clustering-model", {"columns": ["age", "glucose"], "append": False}, model=model, dataset=rows
    )
    before = trained.frame()
    assert list(before.columns) == [
        "Assignments",
        *(f"DistancesToClusterCenter no.{place}" for place in range(3)),
    ]
    after = run("assign-data-to-clusters", {"append": False}, model=trained.files["model"], dataset=rows)
    pd.testing.assert_frame_equal(before, after.frame())
    assert after.roles()["Assignments"] == "score:cluster-assignments"


def test_more_centroids_than_rows_is_error_0083() -> None:
    model = untrained("k-means-clustering", centroids=3)
    error = failure("train-clustering-model", {"columns": "age"}, model=model, dataset=patients().head(2))
    assert error.code == "0083"
    assert "3 centroids need as many rows, and there are 2" in error.message
