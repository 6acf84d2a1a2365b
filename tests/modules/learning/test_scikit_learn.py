"""Every estimator of scikit-learn has a form of its own, made without importing it."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drawloom.modules.learning.scikit_learn import generate
from drawloom.modules.learning.scikit_learn.form import estimators, form
from drawloom.modules.learning.scikit_learn.work import build
from drawloom.modules.registry import module, modules
from modules.learning.samples import of_scikit_learn, patients
from modules.running import failure, problems, run

NAMES = sorted(estimators())
LEARNERS = [name for name in NAMES if estimators()[name]["kind"] in ("classifier", "regressor")]
HARD_TO_PLEASE = {
    "CCA": {"n_components": 1},
    "PLSCanonical": {"n_components": 1},
    "RadiusNeighborsClassifier": {"radius": 100.0},
    "RadiusNeighborsRegressor": {"radius": 100.0},
    "OrthogonalMatchingPursuitCV": {"max_iter": 1},
}
"""Those whose defaults do not suit the small table here."""


def test_the_file_is_what_the_installed_scikit_learn_gives() -> None:
    assert generate.FILE.read_text(encoding="utf-8") == generate.text()


def test_no_estimator_is_left_out_without_a_reason() -> None:
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators

    wanted = {
        name
        for kind in ("classifier", "regressor", "cluster", "transformer")
        for name, _ in all_estimators(type_filter=kind)
    }
    assert wanted - set(estimators()) == set(generate.LEFT_OUT)
    assert {f"sklearn.{name}" for name in estimators()} == {
        name for name in modules() if name.startswith("sklearn.")
    }


@pytest.mark.parametrize("name", NAMES)
def test_defaults_and_required_parameters_make_the_estimator(name: str) -> None:
    params = of_scikit_learn(name).params
    checked, found = module(f"sklearn.{name}").check({key: params[key] for key in params if key != "columns"})
    assert checked is not None, found
    given = checked.model_dump(mode="json")
    given.pop("columns", None)
    made = build({name: given}, 7, 1)
    plain = getattr(importlib.import_module(estimators()[name]["module"]), name)
    required = {key: made.get_params(deep=False)[key] for key in params if key != "columns"}
    same = plain(**required).get_params(deep=False)
    for key, value in made.get_params(deep=False).items():
        if key == "random_state":
            assert value == 7
        elif key not in ("n_jobs", "verbose") and key in estimators()[name]["params"]:
            assert value == same[key] or list(value) == list(same[key])


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_trains_and_scores(name: str) -> None:
    params = dict(of_scikit_learn(name).params) | HARD_TO_PLEASE.get(name, {})
    classifier = estimators()[name]["kind"] == "classifier"
    label = "ill" if classifier else "mass"
    rows = patients()[["age", "mass", "ill"]]
    rows = rows if classifier else rows.assign(ill=rows["ill"] == "pos")
    rows = rows[["age", "mass"]] if name == "IsotonicRegression" else rows
    model = run(f"sklearn.{name}", params, seed=1).files["model"]
    trained = run("train-model", {"label": label}, model=model, dataset=rows)
    scored = run("score-model", model=trained.files["model"], dataset=rows)
    assert scored.frame()["Scored Labels"].notna().all()
    assert scored.roles()["Scored Labels"].startswith(
        "score:two-class" if classifier else "score:regression-labels"
    )


def test_a_form_is_made_without_scikit_learn_or_numpy() -> None:
    program = (
        "import sys; from drawloom.modules.registry import module\n"
        "module('sklearn.RandomForestClassifier').check({'n_estimators': 5})\n"
        "print([name for name in ('sklearn', 'numpy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_looking_at_a_plain_module_does_not_read_the_estimators() -> None:
    program = (
        "import sys; from drawloom.modules.registry import module, modules\n"
        "module('split-data'); 'join-data' in modules()\n"
        "print([name for name in sys.modules if 'scikit_learn' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        (
            "RandomForestClassifier",
            {"max_depth": 0},
            "The parameter 'max_depth': takes a whole number >= 1 or null, not 0.",
        ),
        (
            "RandomForestClassifier",
            {"n_estimator": 5},
            "There is no parameter 'n_estimator'. Did you mean 'n_estimators'?",
        ),
        (
            "RandomForestClassifier",
            {"min_samples_leaf": 1.5},
            "The parameter 'min_samples_leaf': takes a whole number >= 1 or a fraction > 0 and < 1, not 1.5.",
        ),
        (
            "Ridge",
            {"solver": "svg"},
            "The parameter 'solver': takes 'auto', 'cholesky', 'lbfgs', 'lsqr', 'sag', 'saga', 'sparse_cg', "
            "'svd', not 'svg'.",
        ),
        (
            "BaggingClassifier",
            {"estimator": "LogisticRegresion"},
            "The parameter 'estimator': there is no estimator 'LogisticRegresion'. "
            "Did you mean 'LogisticRegression'?",
        ),
        (
            "BaggingClassifier",
            {"estimator": {"Ridge": {"alpha": -1}}},
            "The parameter 'estimator': takes a number >= 0 or a list, not -1.",
        ),
        ("VotingClassifier", {}, "The parameter 'estimators' is missing."),
        ("SVC", {"C": True}, "The parameter 'C': takes a number > 0, not True."),
    ],
)
def test_a_wrong_parameter_is_told_what_would_be_right(name: str, params: Any, says: str) -> None:
    (found,) = problems(f"sklearn.{name}", params)
    assert found.startswith(says.removesuffix("."))


def test_the_form_shows_ranges_and_choices() -> None:
    shown = form("Ridge").model_json_schema()["properties"]
    assert shown["tol"] == {
        "type": "number",
        "minimum": 0,
        "default": 0.0001,
        "title": "Tol",
        "description": "Takes a number >= 0.",
    }
    assert "svd" in shown["solver"]["enum"]
    json.dumps(shown)


def test_nested_estimators_are_made_with_the_same_seed() -> None:
    checked, _ = module("sklearn.BaggingClassifier").check(
        {"estimator": {"DecisionTreeClassifier": {"max_depth": 2}}}
    )
    assert checked is not None
    made = build({"BaggingClassifier": checked.model_dump(mode="json")}, 9, 1)
    assert (made.random_state, made.estimator.max_depth, made.estimator.random_state) == (9, 2, 9)


def test_class_weights_are_given_by_the_names_of_the_classes() -> None:
    from sklearn.linear_model import LogisticRegression

    rows = patients()[["age", "mass", "ill"]]
    params = {"class_weight": {"pos": 5, "neg": 1}, "max_iter": 1000}
    model = run("sklearn.LogisticRegression", params).files["model"]
    trained = run("train-model", {"label": "ill"}, model=model, dataset=rows).files["model"]
    here = run("score-model", model=trained, dataset=rows).frame()["Scored Probabilities"]
    there = LogisticRegression(class_weight={1: 5, 0: 1}, max_iter=1000)
    there.fit(rows[["age", "mass"]].to_numpy(float), rows["ill"] == "pos")
    assert here.tolist() == there.predict_proba(rows[["age", "mass"]].to_numpy(float))[:, 1].tolist()


def test_what_scikit_learn_refuses_is_error_0083_in_its_words() -> None:
    model = run("sklearn.MultinomialNB").files["model"]
    rows = patients()[["mass", "ill"]].assign(mass=-1.0)
    error = failure("train-model", {"label": "ill"}, model=model, dataset=rows)
    assert error.code == "0083"
    assert "Negative values" in error.message
    assert "MultinomialNB" in error.message


def test_a_transformer_replaces_its_columns_and_does_the_same_to_others() -> None:
    from sklearn.decomposition import PCA

    rows = patients()
    done = run("sklearn.PCA", {"n_components": 2, "columns": ["age", "mass"]}, dataset=rows)
    assert list(done.frame().columns) == ["smoker", "ill", "pca0", "pca1"]
    matrix = np.ascontiguousarray(rows[["age", "mass"]].to_numpy(float))
    expected = PCA(2, random_state=0).fit(matrix).transform(matrix)
    assert done.frame()[["pca0", "pca1"]].to_numpy().tolist() == expected.tolist()
    one = run("apply-transformation", transformation=done.files["transformation"], dataset=rows.iloc[3:4])
    pd.testing.assert_frame_equal(one.frame(), done.frame().iloc[3:4].reset_index(drop=True))


def test_a_transformer_that_keeps_names_keeps_places() -> None:
    done = run("sklearn.StandardScaler", {"columns": ["mass"]}, dataset=patients()).frame()
    assert list(done.columns) == list(patients().columns)
    assert done["mass"].mean() == pytest.approx(0, abs=1e-12)


def test_a_transformer_takes_levels_where_it_can() -> None:
    done = run("sklearn.OneHotEncoder", {"columns": ["ill"]}, dataset=patients()).frame()
    assert (done["ill_pos"] == (patients()["ill"] == "pos")).all()
    assert "ill" not in done


@pytest.mark.parametrize(
    ("name", "column", "code"), [("PCA", "ill", "0017"), ("PCA", "holes", "0032"), ("PCA", "endless", "0033")]
)
def test_a_transformer_names_the_column_it_cannot_take(name: str, column: str, code: str) -> None:
    rows = patients().assign(holes=[None, *[1.0] * 39], endless=[float("inf"), *[1.0] * 39])
    error = failure(f"sklearn.{name}", {"columns": ["age", column]}, dataset=rows)
    assert error.code == code
    assert repr(column) in error.message
