# ruff: noqa: D103 - each is called by its name in the table, where its rule says what it does
"""Classes and functions of scikit-learn, rewritten."""

from __future__ import annotations

import libcst as cst

from drawloom.script.classic.rewrites.common import named, rewrite, swap
from drawloom.script.classic.site import Site, code, keywords, literal, operand, rest


@rewrite
def old_split(site: Site) -> cst.BaseExpression | None:
    name = named(site, "")
    labels = name.startswith("Stratified")
    count = "n_folds" if name.endswith("KFold") else "n_iter"
    more = ("shuffle", "random_state") if count == "n_folds" else ("test_size", "train_size", "random_state")
    given = site.arguments("y" if labels else "n", *(() if name == "LeaveOneOut" else (count, *more)))
    rows = (given or {}).get("y" if labels else "n")
    if given is None or rows is None:
        return None
    default = {"n_folds": "3", "n_iter": "10"}[count]
    options = (
        [] if name == "LeaveOneOut" else [f"n_splits={code(given[count]) if count in given else default}"]
    )
    options += keywords(given, *more)
    if count == "n_iter" and "test_size" not in given and name != "LeaveOneOut":
        options.append("test_size=0.1")
    numpy = site.say("numpy.zeros")
    data = f"{numpy}(len({code(rows)})), {code(rows)}" if labels else f"{numpy}({code(rows)})"
    splitter = f"{site.say(f'sklearn.model_selection.{name}')}({', '.join(options)})"
    return site.parse(f"list({splitter}.split({data}))")


@rewrite
def imputer(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("missing_values", "strategy", "axis", "verbose", "copy")
    if given is None or literal(given.get("axis")) not in (..., 0):
        return None
    options = [] if literal(given.get("missing_values")) == "NaN" else keywords(given, "missing_values")
    options += keywords(given, "strategy", "copy")
    return site.parse(f"{site.say('sklearn.impute.SimpleImputer')}({', '.join(options)})")


@rewrite
def randomized_pca(site: Site) -> cst.BaseExpression | None:
    args = [code(arg).rstrip(", ") for arg in site.call.args]
    options = ", ".join([*args, 'svd_solver="randomized"'])
    return site.parse(f"{site.say('sklearn.decomposition.PCA')}({options})")


@rewrite
def gmm(site: Site) -> cst.BaseExpression | None:
    given = site.arguments("n_components", "covariance_type")
    if given is None:
        return None
    if "n_iter" in given:
        given["max_iter"] = given.pop("n_iter")
    options = rest(given) if "covariance_type" in given else [*rest(given), 'covariance_type="diag"']
    return site.parse(f"{site.say('sklearn.mixture.GaussianMixture')}({', '.join(options)})")


@rewrite
def jaccard_similarity_score(site: Site) -> cst.BaseExpression | None:
    args = ", ".join(code(arg).rstrip(", ") for arg in site.call.args)
    site.review("right for single labels; for several labels a row: jaccard_score(average='samples')")
    return site.parse(f"{site.say('sklearn.metrics.accuracy_score')}({args})")


@rewrite
def squared(site: Site) -> cst.BaseExpression | None:
    for arg in site.call.args:
        if arg.keyword is not None and arg.keyword.value == "squared":
            kept = swap(site, "squared", {True: "", False: ""})
            if kept is None or literal(arg.value) is True:
                return kept
            assert isinstance(kept, cst.Call)
            return kept.with_changes(
                func=cst.parse_expression(site.say("sklearn.metrics.root_mean_squared_error"))
            )
    return None


@rewrite
def get_feature_names(site: Site) -> cst.BaseExpression | None:
    return site.parse(f"list({operand(site.receiver)}.get_feature_names_out())")


@rewrite
def grid_scores(site: Site) -> cst.BaseExpression | None:
    site.review(
        "it was a list of triples; .cv_results_ is a dict of arrays: 'params', 'mean_test_score', ..."
    )
    return None
