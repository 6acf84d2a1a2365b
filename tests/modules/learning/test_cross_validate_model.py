"""Cross validation: every row is scored by a model that has not seen it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from drawloom.modules.learning.cross_validate_model.work import assign_folds
from modules.learning.samples import patients, untrained
from modules.learning.test_learners import pima
from modules.running import Result, failure, run

LOGISTIC = "two-class-logistic-regression"


def validated(rows: pd.DataFrame, label: str, learner: str = LOGISTIC, **params: Any) -> Result:
    return run(
        "cross-validate-model", {"label": label, **params}, seed=3, model=untrained(learner), dataset=rows
    )


def test_pima_by_ten_folds() -> None:
    done = validated(pima(), "diabetes")
    frame, evaluation = done.frame("dataset"), done.frame("evaluation")
    assert list(frame.columns) == [
        *pima().columns, "Fold Assignments", "Scored Labels", "Scored Probabilities",
    ]  # fmt: skip
    assert sorted(set(frame["Fold Assignments"])) == list(range(10))
    assert frame["Fold Assignments"].value_counts().between(76, 77).all()
    pd.testing.assert_frame_equal(frame[list(pima().columns)], pima())
    assert list(evaluation.columns) == [
        "Fold Number", "Number of examples in fold", "Model", "Accuracy", "Precision", "Recall", "F-Score",
        "AUC", "Average Log Loss", "Training Log Loss",
    ]  # fmt: skip
    assert evaluation["Fold Number"].tolist() == [*map(str, range(10)), "Mean", "Standard Deviation"]
    assert set(evaluation["Model"]) == {"Two-Class Logistic Regression"}
    folds = evaluation.iloc[:10]
    assert folds["Number of examples in fold"].sum() == 768
    assert evaluation["Number of examples in fold"].tolist()[10:] == [768, 768]
    for measure in evaluation.columns[3:]:
        assert evaluation[measure][10] == pytest.approx(folds[measure].mean())
        assert evaluation[measure][11] == pytest.approx(folds[measure].std(ddof=1))
    assert 0.74 < evaluation["Accuracy"][10] < 0.80


def test_each_fold_is_scored_by_a_model_of_the_others() -> None:
    done = validated(patients(), "ill", folds=4)
    frame = done.frame("dataset")
    inside = frame["Fold Assignments"] == 2
    others = run(
        "train-model", {"label": "ill"}, model=untrained(LOGISTIC), dataset=patients()[~inside.to_numpy()]
    )
    part = run("score-model", model=others.files["model"], dataset=patients()[inside.to_numpy()])
    expected = part.frame()["Scored Probabilities"]
    assert frame["Scored Probabilities"][inside].tolist() == expected.tolist()
    alone = run("evaluate-model", dataset=part.files["dataset"]).frame()
    assert done.frame("evaluation").iloc[2, 3:].tolist() == alone.iloc[0].tolist()
    assert done.roles("dataset")["Fold Assignments"] == "ignored"
    assert done.roles("dataset")["Scored Labels"] == "score:two-class-labels:pos"


def test_a_regression_has_eight_columns() -> None:
    evaluation = validated(patients(), "mass", "linear-regression").frame("evaluation")
    assert list(evaluation.columns) == [
        "Fold Number", "Number of examples in fold", "Model", "Mean Absolute Error",
        "Root Mean Squared Error",
        "Relative Absolute Error", "Relative Squared Error", "Coefficient of Determination",
    ]  # fmt: skip


def test_a_class_too_rare_for_every_fold_is_scored_all_the_same() -> None:
    rows = patients().assign(group=["a", "b"] * 19 + ["rare", "b"])
    frame = validated(rows, "group", "multiclass-decision-forest", folds=5).frame("dataset")
    chances = frame[[f'Scored Probabilities for Class "{group}"' for group in ("a", "b", "rare")]]
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert chances.iloc[38, 2] == 0, "the model that scored the only such row had never seen one"


def test_classes_are_mixed_alike_in_all_folds() -> None:
    strata = np.array([0] * 30 + [1] * 13)
    folds = assign_folds(strata, 5, 1)
    for stratum, size in ((0, 30), (1, 13)):
        counts = np.bincount(folds[strata == stratum], minlength=5)
        assert counts.sum() == size
        assert counts.max() - counts.min() <= 1
    assert (folds == assign_folds(strata, 5, 1)).all()
    assert (folds != assign_folds(strata, 5, 2)).any()


def test_fewer_rows_than_folds_is_error_0021() -> None:
    params = {"label": "ill"}
    error = failure("cross-validate-model", params, model=untrained(LOGISTIC), dataset=patients().head(9))
    assert error.code == "0021"
    assert "9 rows; at least 10" in error.message


def test_a_note_is_given_once_and_not_for_each_fold() -> None:
    model = run("sklearn.LinearSVC", {"max_iter": 1}).files["model"]
    done = run("cross-validate-model", {"label": "ill"}, model=model, dataset=patients())
    assert len(done.report["notes"]) == 1
