"""Training and scoring: which columns, which rows, what comes out, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from drawloom.modules.blobs import Blob, write_blob
from modules.learning.samples import clustered, patients, trained, untrained
from modules.running import failure, memory, run, table, whole

LOGISTIC = "two-class-logistic-regression"
BOOSTED = "two-class-boosted-decision-tree"


def train(rows: pd.DataFrame | bytes, label: str | None = "ill", learner: str = LOGISTIC) -> Any:
    return run("train-model", {"label": label}, model=untrained(learner), dataset=rows)


def refused(rows: pd.DataFrame | bytes, learner: str = LOGISTIC, label: str | None = "ill") -> Any:
    return failure("train-model", {"label": label}, model=untrained(learner), dataset=rows)


def test_two_classes_give_a_label_and_the_probability_of_the_second() -> None:
    done = run("score-model", model=trained(LOGISTIC, "ill"), dataset=patients())
    frame = done.frame()
    assert list(frame.columns) == [*patients().columns, "Scored Labels", "Scored Probabilities"]
    assert (frame["Scored Labels"] == np.where(frame["Scored Probabilities"] > 0.5, "pos", "neg")).all()
    assert done.roles() == {
        "ill": "label",
        "Scored Labels": "score:two-class-labels:pos",
        "Scored Probabilities": "score:two-class-probabilities:pos",
    }


def test_several_classes_give_a_probability_for_each_and_then_a_label() -> None:
    rows = patients().assign(group=["a", "b", "c", "c"] * 10)
    model = train(rows, "group", "multiclass-decision-forest").files["model"]
    done = run("score-model", model=model, dataset=rows)
    chances = [f'Scored Probabilities for Class "{group}"' for group in "abc"]
    frame = done.frame()
    assert list(frame.columns) == [*rows.columns, *chances, "Scored Labels"]
    np.testing.assert_allclose(frame[chances].sum(axis=1), 1)
    assert (frame["Scored Labels"] == np.array(list("abc"))[frame[chances].to_numpy().argmax(axis=1)]).all()
    assert done.roles()[chances[2]] == "score:multiclass-probabilities:c"
    assert done.roles()["Scored Labels"] == "score:multiclass-labels"


def test_a_regression_gives_a_number() -> None:
    done = run(
        "score-model", {"append": False}, model=trained("linear-regression", "mass"), dataset=patients()
    )
    assert list(done.frame().columns) == ["mass", "Scored Labels"]
    assert done.roles() == {"mass": "label", "Scored Labels": "score:regression-labels"}


def test_without_the_label_only_the_scores_are_left() -> None:
    rows = patients().drop(columns=["ill"])
    done = run("score-model", {"append": False}, model=trained(LOGISTIC, "ill"), dataset=rows)
    assert list(done.frame().columns) == ["Scored Labels", "Scored Probabilities"]


@pytest.mark.parametrize(
    "label",
    [
        pd.Series([0, 1] * 20),
        pd.Series([1.0, 2.0] * 20),
        pd.Series([True, False] * 20),
        pd.Series(["no", "yes"] * 20),
        pd.Series(pd.Categorical(["no", "yes"] * 20, categories=["yes", "unused", "no"])),
        pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"] * 20)),
    ],
    ids=lambda values: str(values.dtype),
)
def test_scored_labels_have_the_type_of_the_label(label: pd.Series) -> None:
    rows = patients().assign(ill=label, age=[1.0, 9.0] * 20)
    model = train(rows).files["model"]
    frame = run("score-model", model=model, dataset=rows).frame()
    assert frame["Scored Labels"].dtype == frame["ill"].dtype
    assert frame["Scored Labels"].tolist() == frame["ill"].tolist()
    holed = rows.assign(age=[None, *rows["age"][1:]])
    some = run("score-model", model=model, dataset=holed).frame()["Scored Labels"]
    assert some.isna().tolist() == [True] + [False] * 39
    assert some[1:].tolist() == label[1:].tolist()


def test_an_ordered_label_is_positive_at_its_end() -> None:
    rows = patients()
    rows["ill"] = pd.Categorical(rows["ill"], categories=["pos", "neg"], ordered=True)
    done = run("score-model", model=train(rows).files["model"], dataset=rows)
    assert done.roles()["Scored Probabilities"] == "score:two-class-probabilities:neg"


def test_text_becomes_indicators_and_an_unknown_level_none_of_them() -> None:
    rows = pd.DataFrame({"colour": ["red", "blue"] * 10, "price": [3.0, 1.0] * 10})
    model = run("linear-regression", {"l2_weight": 0.0}).files["model"]
    done = run("train-model", {"label": "price"}, model=model, dataset=rows)
    titles = {each["feature"] for each in done.report["model"]["feature_weights"]}
    assert titles == {"Bias", "colour_blue", "colour_red"}
    new = pd.DataFrame({"colour": ["red", "green", "blue"]})
    found = run("score-model", model=done.files["model"], dataset=new).frame()["Scored Labels"]
    np.testing.assert_allclose(found, [3.0, 2.0, 1.0])


def test_an_unknown_level_can_be_made_an_error() -> None:
    rows = pd.DataFrame({"colour": ["red", "blue"] * 10, "price": [3.0, 1.0] * 10})
    model = run("linear-regression", {"allow_unknown_levels": False}).files["model"]
    done = run("train-model", {"label": "price"}, model=model, dataset=rows).files["model"]
    error = failure("score-model", model=done, dataset=pd.DataFrame({"colour": ["red", "green"]}))
    assert error.code == "0039"
    assert "'colour' at port 'dataset' holds 'green'" in error.message


def test_dates_booleans_and_spans_are_numbers() -> None:
    rows = pd.DataFrame(
        {
            "day": pd.date_range("2020-01-01", periods=20, tz="Europe/Berlin"),
            "span": pd.to_timedelta(np.arange(20) ** 2, unit="s"),
            "flag": [True, False] * 10,
        }
    )
    rows["value"] = 2.0 * np.arange(20) + 0.5 * np.arange(20) ** 2 + 3 * rows["flag"]
    model = run("linear-regression", {"l2_weight": 0.0}).files["model"]
    done = run("train-model", {"label": "value"}, model=model, dataset=rows).files["model"]
    found = run("score-model", model=done, dataset=rows).frame()["Scored Labels"]
    np.testing.assert_allclose(found, rows["value"], rtol=1e-6)


def test_only_features_are_learnt_from() -> None:
    rows = patients().assign(answer=(patients()["ill"] == "pos").astype(float), other=1.0, weight=1.0)
    given = table(
        rows, {"answer": "ignored", "other": "score:two-class-probabilities:pos", "weight": "weight"}
    )
    weights = train(given).report["model"]["feature_weights"]
    assert {each["feature"] for each in weights} == {"Bias", "age", "mass", "smoker_no", "smoker_yes"}


def test_the_label_can_be_marked_instead_of_named() -> None:
    marked = train(table(patients(), {"ill": "label"}), None).files["model"]
    assert marked == train(patients()).files["model"]
    assert refused(patients(), label=None).code == "0024"
    both = refused(table(patients(), {"ill": "label", "age": "label"}), label=None)
    assert both.code == "0037"
    assert "'age', 'ill'" in both.message


def test_rows_without_a_label_are_not_trained_with() -> None:
    rows = patients()
    holed = rows.assign(ill=rows["ill"].where(rows.index > 3))
    done = train(holed)
    assert done.report["notes"] == ["4 rows have no label and are not trained with."]
    assert done.files["model"] == train(rows.iloc[4:]).files["model"]


def test_learners_that_need_complete_rows_leave_others_out_and_unscored() -> None:
    rows = patients()
    holed = rows.assign(mass=rows["mass"].where(rows.index > 3))
    done = train(holed)
    (note,) = done.report["notes"]
    assert note.startswith("4 rows have a missing feature and are not trained with")
    assert done.files["model"] == train(rows.iloc[4:]).files["model"]
    scored = run("score-model", model=done.files["model"], dataset=holed)
    assert scored.frame()["Scored Probabilities"].isna().tolist() == [True] * 4 + [False] * 36
    assert scored.frame()["Scored Labels"].isna().tolist() == [True] * 4 + [False] * 36
    assert scored.report["notes"][0].startswith("4 rows have a missing feature and get no score")


@pytest.mark.parametrize("learner", [BOOSTED, "two-class-decision-forest"])
def test_trees_train_and_score_with_missing_features(learner: str) -> None:
    rows = patients()
    holed = rows.assign(mass=rows["mass"].where(rows.index > 3), smoker=rows["smoker"].where(rows.index < 30))
    done = train(holed, learner=learner)
    assert done.report["notes"] == []
    scored = run("score-model", model=done.files["model"], dataset=holed)
    assert scored.frame()["Scored Probabilities"].notna().all()


def test_rows_one_by_one_score_as_all_at_once() -> None:
    for learner in (LOGISTIC, BOOSTED, "two-class-decision-forest"):
        model = trained(learner, "ill")
        whole = run("score-model", model=model, dataset=patients()).frame()
        each = [
            run("score-model", model=model, dataset=patients().iloc[[row]]).frame() for row in range(0, 40, 8)
        ]
        one_by_one = pd.concat(each, ignore_index=True)["Scored Probabilities"]
        np.testing.assert_allclose(one_by_one, whole["Scored Probabilities"][::8], rtol=1e-12)


def test_scores_of_an_earlier_model_keep_their_names_and_give_way() -> None:
    once = run("score-model", model=trained(LOGISTIC, "ill"), dataset=patients()).files["dataset"]
    twice = run("score-model", model=trained(BOOSTED, "ill"), dataset=once)
    assert list(twice.frame().columns)[-2:] == ["Scored Labels (2)", "Scored Probabilities (2)"]
    assert [name for name, role in twice.roles().items() if role.startswith("score:")] == [
        "Scored Labels (2)",
        "Scored Probabilities (2)",
    ]


def test_no_rows_give_no_scores() -> None:
    frame = run("score-model", model=trained(LOGISTIC, "ill"), dataset=patients().iloc[:0]).frame()
    assert len(frame) == 0
    assert "Scored Probabilities" in frame


@pytest.mark.parametrize(
    ("rows", "learner", "code", "names"),
    [
        (patients()[["ill"]], LOGISTIC, "0020", "'ill'"),
        (patients().iloc[:0], LOGISTIC, "0021", "0 rows"),
        (patients().assign(ill="pos"), LOGISTIC, "0054", "'pos'"),
        (patients().assign(ill=["a", "b", "c", "d"] * 10), LOGISTIC, "0083", "'a', 'b', 'c', 'd'"),
        (patients().assign(ill=pd.Series([None] * 40, dtype="str")), LOGISTIC, "0134", "'ill'"),
        (patients().assign(ill=np.linspace(0, 1, 40)), LOGISTIC, "0023", "fractions"),
        (patients(), "linear-regression", "0023", "String"),
        (patients().assign(age=np.inf), LOGISTIC, "0033", "'age'"),
        (patients().assign(age=np.nan), LOGISTIC, "0080", "'age'"),
        (patients().assign(age=[1, np.nan] * 20, mass=[np.nan, 1] * 20), LOGISTIC, "0032", "NaN"),
        (
            pd.DataFrame({"id": [f"id {row}" for row in range(1200)], "ill": ["a", "b"] * 600}),
            LOGISTIC,
            "0014",
            "1200 different values",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_that_cannot_be_learnt_from_are_refused_by_name(
    rows: pd.DataFrame, learner: str, code: str, names: str
) -> None:
    error = refused(rows, learner)
    assert error.code == code
    assert names in error.message
    assert "'dataset'" in error.message
    assert error.remedy


def test_the_wrong_kind_of_model_is_error_0012_or_0013() -> None:
    rows = patients()
    assert failure("score-model", model=untrained(LOGISTIC), dataset=rows).code == "0012"
    assert (
        failure("assign-data-to-clusters", model=untrained("k-means-clustering"), dataset=rows).code == "0012"
    )
    assert refused(rows, "k-means-clustering").code == "0013"
    assert failure("score-model", model=clustered(), dataset=rows).code == "0013"
    assert failure("assign-data-to-clusters", model=trained(LOGISTIC, "ill"), dataset=rows).code == "0013"
    wrong = failure("train-clustering-model", {"columns": "age"}, model=untrained(LOGISTIC), dataset=rows)
    assert (wrong.code, wrong.remedy) == ("0013", "Train it with train-model, or connect another learner.")


def test_clusters_without_centroids_assign_no_new_rows() -> None:
    model = untrained("sklearn.DBSCAN", eps=5.0)
    done = run("train-clustering-model", {"columns": ["age", "mass"]}, model=model, dataset=patients())
    assert list(done.frame().columns) == [*patients().columns, "Assignments"]
    error = failure("assign-data-to-clusters", model=done.files["model"], dataset=patients())
    assert error.code == "0135"
    assert "DBSCAN" in error.message


def test_a_model_made_with_other_versions_is_refused() -> None:
    from importlib.metadata import version

    here = version("lightgbm")
    made = trained(BOOSTED, "ill").replace(f'"lightgbm": "{here}"'.encode(), b'"lightgbm": "0.0.1"')
    error = failure("score-model", model=made, dataset=patients())
    assert error.code == "0082"
    assert f"lightgbm 0.0.1; here is {here}" in error.message


def test_a_model_whose_parts_are_unknown_is_refused() -> None:
    for kind, step in (("trained-model", "score-model"), ("untrained-model", "train-model")):
        fd = memory()
        write_blob(Blob(kind, {"estimator": None}, facts={"title": "Old"}), fd)
        params = {"label": "ill"} if step == "train-model" else {}
        error = failure(step, params, model=whole(fd), dataset=patients())
        assert error.code == "0082"
        assert "another version of drawloom" in error.message


def test_a_missing_or_changed_feature_is_named() -> None:
    model = trained(LOGISTIC, "ill")
    gone = failure("score-model", model=model, dataset=patients().rename(columns={"mass": "Mass"}))
    assert (gone.code, gone.remedy) == ("0001", "Did you mean 'Mass'?")
    text = failure("score-model", model=model, dataset=patients().assign(mass="heavy"))
    assert text.code == "0016"
    assert "'mass' at port 'dataset' has the type String; the model was trained with Double" in text.message


def test_what_a_library_warns_of_becomes_a_note() -> None:
    model = run("sklearn.MLPClassifier", {"max_iter": 2}).files["model"]
    done = run("train-model", {"label": "ill"}, model=model, dataset=patients())
    (note,) = done.report["notes"]
    assert note.startswith("MLPClassifier warns: Stochastic Optimizer: Maximum iterations (2) reached")
