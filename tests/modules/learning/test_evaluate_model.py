"""Evaluation: the measures are scikit-learn's, under Studio's names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from modules.learning.samples import clustered, patients, scored, trained
from modules.learning.test_learners import pima, scores
from modules.running import failure, run, table

TWO_CLASS = {
    "label": "label",
    "guess": "score:two-class-labels:pos",
    "chance": "score:two-class-probabilities:pos",
}


def two_class(rows: pd.DataFrame) -> bytes:
    return table(rows, TWO_CLASS)


def pima_scored() -> pd.DataFrame:
    found = scores("two-class-logistic-regression", "diabetes", pima())
    return pd.DataFrame(
        {"label": found["diabetes"], "guess": found["Scored Labels"], "chance": found["Scored Probabilities"]}
    )


def test_two_class_measures_are_scikit_learns() -> None:
    rows = pima_scored()
    done = run("evaluate-model", dataset=two_class(rows))
    frame = done.frame()
    truth, guess, chance = rows["label"] == "pos", rows["guess"] == "pos", rows["chance"]
    loss = metrics.log_loss(truth, chance)
    prior = metrics.log_loss(truth, np.full(len(truth), truth.mean()))
    expected = {
        "Accuracy": metrics.accuracy_score(truth, guess),
        "Precision": metrics.precision_score(truth, guess),
        "Recall": metrics.recall_score(truth, guess),
        "F-Score": metrics.f1_score(truth, guess),
        "AUC": metrics.roc_auc_score(truth, chance),
        "Average Log Loss": loss,
        "Training Log Loss": 100 * (prior - loss) / prior,
    }
    assert list(frame.columns) == list(expected)
    assert frame.iloc[0].to_dict() == pytest.approx(expected, rel=1e-12)
    assert 0.75 < expected["Accuracy"] < 0.8


def test_the_pane_of_two_classes_has_counts_curve_and_bins() -> None:
    rows = pima_scored()
    (pane,) = run("evaluate-model", dataset=two_class(rows)).report["evaluation"]
    truth, guess = rows["label"] == "pos", rows["guess"] == "pos"
    matrix = metrics.confusion_matrix(truth, guess)
    assert pane["counts"] == {
        "true_positive": matrix[1, 1],
        "false_negative": matrix[1, 0],
        "false_positive": matrix[0, 1],
        "true_negative": matrix[0, 0],
    }
    assert (pane["positive_label"], pane["negative_label"], pane["threshold"]) == ("pos", "neg", 0.5)
    curve = {name: np.array(values) for name, values in pane["curve"].items()}
    assert len(curve["threshold"]) == 512
    for place in (0, 100, 511):
        above = rows["chance"] >= curve["threshold"][place]
        assert curve["true_positive"][place] == (above & truth).sum()
        assert curve["false_positive"][place] == (above & ~truth).sum()
    area = np.trapezoid(curve["true_positive"], curve["false_positive"]) / truth.sum() / (~truth).sum()
    assert area == pytest.approx(metrics.roc_auc_score(truth, rows["chance"]), abs=1e-3)
    assert sum(each["positives"] for each in pane["bins"]) == truth.sum()
    assert sum(each["negatives"] for each in pane["bins"]) == (~truth).sum()
    half = next(each for each in pane["bins"] if each["from"] == 0.5)
    assert half["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    assert half["precision"] == pytest.approx(metrics.precision_score(truth, guess))
    assert half["negative_precision"] == pytest.approx(metrics.precision_score(~truth, ~guess))
    assert half["negative_recall"] == pytest.approx(metrics.recall_score(~truth, ~guess))
    assert half["fraction_above"] == pytest.approx(guess.mean())


def test_the_positive_class_is_the_one_that_scoring_named() -> None:
    rows = patients()
    rows["ill"] = pd.Categorical(rows["ill"], categories=["pos", "neg"], ordered=True)
    found = scores("two-class-logistic-regression", "ill", rows)
    model_sees = run("score-model", model=_model(rows), dataset=rows).files["dataset"]
    done = run("evaluate-model", dataset=model_sees)
    assert done.report["evaluation"][0]["positive_label"] == "neg"
    assert done.frame()["AUC"][0] == pytest.approx(
        metrics.roc_auc_score(found["ill"] == "neg", found["Scored Probabilities"])
    )


def _model(rows: pd.DataFrame) -> bytes:
    learner = run("two-class-logistic-regression").files["model"]
    return run("train-model", {"label": "ill"}, model=learner, dataset=rows).files["model"]


def test_one_class_alone_has_no_auc() -> None:
    rows = pima_scored()
    frame = run(
        "evaluate-model", dataset=two_class(rows[rows["label"] == "neg"].reset_index(drop=True))
    ).frame()
    assert frame[["AUC", "Training Log Loss"]].isna().all(axis=None)
    assert frame["Precision"][0] == 0
    assert frame["Average Log Loss"][0] > 0


def test_scores_without_probabilities_have_no_auc() -> None:
    rows = pima_scored().drop(columns=["chance"])
    done = run("evaluate-model", dataset=table(rows, {name: TWO_CLASS[name] for name in rows}))
    assert done.frame()[["AUC", "Average Log Loss", "Training Log Loss"]].isna().all(axis=None)
    assert "curve" not in done.report["evaluation"][0]


def test_several_classes_measures_are_scikit_learns() -> None:
    rows = pd.DataFrame({"label": list("aabbccccdd"), "guess": list("abbbcccaad")})
    given = table(rows, {"label": "label", "guess": "score:multiclass-labels"})
    done = run("evaluate-model", dataset=given)
    truth, guess = rows["label"], rows["guess"]
    each = [((truth == one) == (guess == one)).mean() for one in "abcd"]
    expected = {
        "Overall accuracy": metrics.accuracy_score(truth, guess),
        "Average accuracy": np.mean(each),
        "Micro-averaged precision": metrics.precision_score(truth, guess, average="micro"),
        "Macro-averaged precision": metrics.precision_score(truth, guess, average="macro"),
        "Micro-averaged recall": metrics.recall_score(truth, guess, average="micro"),
        "Macro-averaged recall": metrics.recall_score(truth, guess, average="macro"),
    }
    assert list(done.frame().columns) == list(expected)
    assert done.frame().iloc[0].to_dict() == pytest.approx(expected, rel=1e-12)
    pane = done.report["evaluation"][0]
    assert pane["classes"] == list("abcd")
    assert pane["confusion"] == metrics.confusion_matrix(truth, guess).tolist()


def test_regression_measures_are_scikit_learns() -> None:
    found = scores("linear-regression", "mass", pima().drop(columns=["diabetes"]))
    truth, guess = found["mass"], found["Scored Labels"]
    given = table(
        found[["mass", "Scored Labels"]], {"mass": "label", "Scored Labels": "score:regression-labels"}
    )
    done = run("evaluate-model", dataset=given)
    expected = {
        "Negative Log Likelihood": float("inf"),
        "Mean Absolute Error": metrics.mean_absolute_error(truth, guess),
        "Root Mean Squared Error": metrics.root_mean_squared_error(truth, guess),
        "Relative Absolute Error": (truth - guess).abs().sum() / (truth - truth.mean()).abs().sum(),
        "Relative Squared Error": 1 - metrics.r2_score(truth, guess),
        "Coefficient of Determination": metrics.r2_score(truth, guess),
    }
    assert list(done.frame().columns) == list(expected)
    assert done.frame().iloc[0].to_dict() == pytest.approx(expected, rel=1e-12)
    histogram = done.report["evaluation"][0]["error_histogram"]
    assert sum(histogram["counts"]) == len(found)
    assert histogram["edges"][-1] == pytest.approx((truth - guess).abs().max())


def test_clusters_are_measured_together_and_each() -> None:
    given = run("assign-data-to-clusters", model=clustered(), dataset=patients()).files["dataset"]
    frame = run("evaluate-model", dataset=given).frame()
    assert list(frame.columns) == [
        "Result Description",
        "Average Distance to Cluster Center",
        "Average Distance to Other Center",
        "Number of Points",
        "Maximal Distance To Cluster Center",
    ]
    assert frame["Result Description"].tolist() == [
        "Combined Evaluation",
        "Evaluation For Cluster No.0",
        "Evaluation For Cluster No.1",
    ]
    rows = run("assign-data-to-clusters", model=clustered(), dataset=patients()).frame()
    first = rows[rows["Assignments"] == 0]
    assert frame["Number of Points"].tolist() == [len(rows), len(first), len(rows) - len(first)]
    own, other = first["DistancesToClusterCenter no.0"], first["DistancesToClusterCenter no.1"]
    assert frame.iloc[1, 1:].tolist() == pytest.approx([own.mean(), other.mean(), len(first), own.max()])


def test_two_inputs_give_two_rows_the_left_one_first() -> None:
    left, right = (
        scored(each, "ill") for each in ("two-class-logistic-regression", "two-class-decision-forest")
    )
    both = run("evaluate-model", dataset=left, compare=right)
    alone = [run("evaluate-model", dataset=each).frame() for each in (left, right)]
    pd.testing.assert_frame_equal(both.frame(), pd.concat(alone, ignore_index=True))
    assert [pane["port"] for pane in both.report["evaluation"]] == ["dataset", "compare"]


def test_inputs_of_two_kinds_are_error_0062() -> None:
    error = failure(
        "evaluate-model",
        dataset=scored("two-class-logistic-regression", "ill"),
        compare=scored("linear-regression", "mass"),
    )
    assert error.code == "0062"
    assert "two-class" in error.message
    assert "regression" in error.message


def test_rows_without_label_or_score_are_left_out() -> None:
    rows = pima_scored()
    holed = rows.assign(
        label=rows["label"].where(rows.index > 1), guess=rows["guess"].where(rows.index < 700)
    )
    done = run("evaluate-model", dataset=two_class(holed))
    assert done.report["notes"] == ["70 rows at port 'dataset' have no label or no score and are left out."]
    kept = run("evaluate-model", dataset=two_class(rows.iloc[2:700].reset_index(drop=True)))
    pd.testing.assert_frame_equal(done.frame(), kept.frame())


def test_scores_that_a_script_made_are_known_by_their_names() -> None:
    rows = pima_scored()
    named = rows.rename(
        columns={"guess": "Binary Class Scored Labels", "chance": "Binary Class Scored Probabilities"}
    )
    done = run("evaluate-model", dataset=table(named, {"label": "label"}))
    pd.testing.assert_frame_equal(done.frame(), run("evaluate-model", dataset=two_class(rows)).frame())


@pytest.mark.parametrize(
    ("roles", "changed", "code", "names"),
    [
        ({"guess": "score:two-class-labels:pos"}, {}, "0024", "no label"),
        ({"label": "label"}, {}, "0025", "no score"),
        (
            {"label": "label", "guess": "score:regression-labels"},
            {"label": "x", "guess": 1.0},
            "0016",
            "'label'",
        ),
        (TWO_CLASS, {"guess": 1}, "0016", "'guess'"),
        (TWO_CLASS, {"label": ["pos", "neg", "other", "pos"] * 192}, "0023", "3 classes"),
        (TWO_CLASS, {"label": pd.Series([None] * 768, dtype="str")}, "0021", "'label'"),
        ({"guess": "score:cluster-assignments"}, {"guess": 0}, "0135", "'guess'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_name(
    roles: dict[str, str], changed: dict[str, Any], code: str, names: str
) -> None:
    error = failure("evaluate-model", dataset=table(pima_scored().assign(**changed), roles))
    assert error.code == code
    assert names in error.message
    assert "'dataset'" in error.message
    assert error.remedy


def test_the_importance_of_a_feature_is_what_shuffling_it_loses() -> None:
    rows = patients().assign(noise=np.random.default_rng(0).random(40))
    found = run(
        "permutation-feature-importance",
        {"seed": 1},
        model=trained("two-class-logistic-regression", "ill"),
        dataset=rows,
    ).frame()
    assert list(found.columns) == ["Feature", "Score"]
    assert sorted(found["Feature"]) == ["age", "mass", "smoker"]
    assert found["Score"].is_monotonic_decreasing
    assert found["Feature"][0] == "age"
    assert found["Score"][0] > 0.1


def test_an_error_grows_where_an_accuracy_falls() -> None:
    found = run(
        "permutation-feature-importance",
        {"metric": "Root mean squared error"},
        model=trained("decision-forest-regression", "mass"),
        dataset=patients(),
    ).frame()
    assert found["Score"][0] > 0


def test_a_metric_of_another_kind_is_error_0013() -> None:
    error = failure(
        "permutation-feature-importance", model=trained("linear-regression", "mass"), dataset=patients()
    )
    assert error.code == "0013"
    assert "'accuracy'" in error.message
