"""Filter based feature selection: the scores are those of SciPy and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import feature_selection, metrics

from modules.learning.test_learners import pima
from modules.running import Result, failure, run, table

NAME = "filter-based-feature-selection"
FEATURES = [name for name in pima().columns if name != "diabetes"]


def numeric() -> pd.DataFrame:
    return pima().assign(diabetes=lambda rows: (rows["diabetes"] == "pos").astype(int))


def ranked(method: str, rows: pd.DataFrame, target: str = "diabetes", **params: Any) -> pd.Series:
    done = run(NAME, {"method": method, "target": target, **params}, dataset=rows)
    found = done.frame("features")
    assert list(found.columns) == ["Feature", "Score"]
    return found.set_index("Feature")["Score"]


@pytest.mark.parametrize(
    ("method", "coefficient"),
    [
        ("Pearson Correlation", stats.pearsonr),
        ("Kendall Correlation", stats.kendalltau),
        ("Spearman Correlation", stats.spearmanr),
    ],
)
def test_correlations_are_scipys_without_their_sign(method: str, coefficient: Any) -> None:
    rows = numeric()
    found = ranked(method, rows)
    assert found.is_monotonic_decreasing
    for name in FEATURES:
        assert found[name] == pytest.approx(
            abs(coefficient(rows[name], rows["diabetes"]).statistic), rel=1e-12
        )


def test_a_text_target_of_two_classes_correlates_like_0_and_1() -> None:
    pd.testing.assert_series_equal(
        ranked("pearson-correlation", pima()), ranked("pearson-correlation", numeric())
    )


def test_mutual_information_and_chi_squared_are_of_the_table_of_counts() -> None:
    rows = pima().assign(group=pd.cut(pima()["age"], 4, labels=False))
    mutual, chi = (ranked(method, rows) for method in ("mutual-information", "chi-squared"))
    assert mutual["group"] == pytest.approx(metrics.mutual_info_score(rows["group"], rows["diabetes"]))
    counts = pd.crosstab(rows["group"], rows["diabetes"])
    assert chi["group"] == pytest.approx(stats.chi2_contingency(counts, correction=False).statistic)
    binned = pd.cut(rows["glucose"], 10, labels=False)
    assert mutual["glucose"] == pytest.approx(metrics.mutual_info_score(binned, rows["diabetes"]), rel=0.02)


def test_the_fisher_score_ranks_like_the_f_test() -> None:
    rows = numeric()
    found = ranked("fisher-score", rows)
    f_values, _ = feature_selection.f_classif(rows[FEATURES], rows["diabetes"])
    expected = pd.Series(f_values, FEATURES) * (2 - 1) / (len(rows) - 2)
    pd.testing.assert_series_equal(found[FEATURES], expected, check_names=False)


def test_the_best_are_kept_with_the_target_in_the_order_of_the_dataset() -> None:
    done = run(NAME, {"method": "fisher-score", "target": "diabetes", "count": 3}, dataset=pima())
    best = done.frame("features")["Feature"].head(3).tolist()
    assert best[0] == "glucose"
    assert list(done.frame().columns) == [name for name in pima().columns if name in {*best, "diabetes"}]
    assert len(done.frame()) == 768


def test_counting_keeps_the_order_and_columns_with_enough_values() -> None:
    done = run(NAME, {"method": "Count based", "target": "diabetes", "minimum_non_zero": 600}, dataset=pima())
    found = done.frame("features")
    assert found["Feature"].tolist() == FEATURES
    assert found["Score"].tolist() == (pima()[FEATURES] != 0).sum().tolist()
    expected = [name for name in FEATURES if (pima()[name] != 0).sum() >= 600]
    assert list(done.frame().columns) == [*expected, "diabetes"]


def test_counting_needs_no_target() -> None:
    rows = pima()[["insulin", "age"]]
    assert list(run(NAME, {"method": "count-based", "minimum_non_zero": 700}, dataset=rows).frame()) == [
        "age"
    ]


def test_text_scores_zero_by_the_methods_for_numbers() -> None:
    rows = numeric().assign(same=pima()["diabetes"])
    for method in ("pearson-correlation", "spearman-correlation", "kendall-correlation", "fisher-score"):
        assert ranked(method, rows)["same"] == 0
    assert ranked("chi-squared", rows).index[0] == "same"


def test_constant_and_missing_columns_tell_nothing() -> None:
    rows = numeric().assign(constant=1.0, empty=np.nan)
    for method in ("pearson-correlation", "mutual-information", "chi-squared", "fisher-score"):
        found = ranked(method, rows)
        assert found[["constant", "empty"]].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_columns_with_other_roles_take_part_only_if_asked() -> None:
    given = table(numeric(), {"diabetes": "label", "age": "weight"})
    params = {"method": "fisher-score", "count": 8}

    def names(**more: Any) -> set[str]:
        done: Result = run(NAME, {**params, **more}, dataset=given)
        return set(done.frame("features")["Feature"])

    assert names() == {*FEATURES} - {"age"}
    assert names(features_only=False) == {*FEATURES}


def test_the_same_columns_are_kept_of_other_rows() -> None:
    done = run(NAME, {"method": "fisher-score", "target": "diabetes", "count": 2}, dataset=pima())
    request = pima()[FEATURES].head(1)
    kept = run("apply-transformation", transformation=done.files["transformation"], dataset=request).frame()
    assert list(kept.columns) == [name for name in done.frame().columns if name != "diabetes"]


def test_a_target_without_values_or_name_is_refused() -> None:
    empty = pima().assign(diabetes=pd.Series([None] * 768, dtype="str"))
    assert failure(NAME, {"target": "diabetes"}, dataset=empty).code == "0134"
    assert failure(NAME, {}, dataset=pima()).code == "0024"
    wrong = failure(NAME, {"target": "diabets"}, dataset=pima())
    assert (wrong.code, wrong.remedy) == ("0001", "Did you mean 'diabetes'?")
