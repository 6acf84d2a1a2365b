"""scikit-learn: modules, classes and parameters."""

from __future__ import annotations

from drawloom.script.classic.rule import Around, Call, Function, Lost, Member, Module, Moved, Rule


def _module(old: str, to: str, gone: str) -> Rule:
    return Rule(f"sklearn.{old}", to, f"scikit-learn {gone}", Module(to))


def _moved(old: str, to: str, gone: str, note: str = "") -> Rule:
    return Rule(f"sklearn.{old}", to, f"scikit-learn {gone}", Moved(to), note)


def _lost(old: str, new: str, gone: str) -> Rule:
    return Rule(f"sklearn.{old}", new, f"scikit-learn {gone}", Lost())


_MODULES = (
    _module("cross_validation", "sklearn.model_selection", "0.20"),
    _module("grid_search", "sklearn.model_selection", "0.20"),
    _module("learning_curve", "sklearn.model_selection", "0.20"),
    _module("lda", "sklearn.discriminant_analysis", "0.19"),
    _module("qda", "sklearn.discriminant_analysis", "0.19"),
    _module("externals.joblib", "joblib", "0.23"),
    _module("pls", "sklearn.cross_decomposition", "0.16"),
    _module("mixture.gmm", "sklearn.mixture", "0.24"),
    *(
        _module(old, "sklearn." + old.partition(".")[0], "0.24")
        for old in (
            "datasets.samples_generator",
            "datasets.base",
            "ensemble.forest",
            "ensemble.gradient_boosting",
            "ensemble.weight_boosting",
            "ensemble.bagging",
            "tree.tree",
            "linear_model.base",
            "linear_model.logistic",
            "linear_model.stochastic_gradient",
            "linear_model.ridge",
            "linear_model.coordinate_descent",
            "neighbors.classification",
            "neighbors.regression",
            "cluster.k_means_",
            "cluster.hierarchical",
            "cluster.dbscan_",
            "svm.classes",
            "preprocessing.data",
            "preprocessing.label",
            "preprocessing.imputation",
            "decomposition.pca",
            "decomposition.truncated_svd",
            "feature_selection.univariate_selection",
            "feature_selection.rfe",
            "metrics.scorer",
            "metrics.classification",
            "metrics.ranking",
            "metrics.regression",
            "neural_network.multilayer_perceptron",
            "manifold.t_sne",
        )
    ),
)
_MOVED = (
    _moved("lda.LDA", "sklearn.discriminant_analysis.LinearDiscriminantAnalysis", "0.19"),
    _moved("qda.QDA", "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis", "0.19"),
    _moved("utils.safe_indexing", "sklearn.utils._safe_indexing", "0.24"),
    _moved("covariance.GraphLasso", "sklearn.covariance.GraphicalLasso", "0.22"),
    _moved("metrics.calinski_harabaz_score", "sklearn.metrics.calinski_harabasz_score", "0.23"),
    _moved("metrics.auc_score", "sklearn.metrics.roc_auc_score", "0.16"),
    _moved("preprocessing.Scaler", "sklearn.preprocessing.StandardScaler", "0.15"),
    _moved("neighbors.DistanceMetric", "sklearn.metrics.DistanceMetric", "1.3"),
)
_OLD_SPLITS = ("KFold", "StratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "LeaveOneOut")
_FUNCTIONS = (
    *(
        Rule(
            f"sklearn.cross_validation.{name}",
            f"model_selection.{name}, which is told the rows by .split(X, y)",
            "scikit-learn 0.20",
            Function(f"learning:{name}", "old_split"),
            "today's splitter knows no data: it is made without rows, and .split(X, y) gives the indices",
        )
        for name in _OLD_SPLITS
    ),
    Rule(
        "sklearn.preprocessing.Imputer",
        "sklearn.impute.SimpleImputer",
        "scikit-learn 0.22",
        Function("learning:imputer", "imputer"),
    ),
    Rule(
        "sklearn.decomposition.RandomizedPCA",
        'sklearn.decomposition.PCA(svd_solver="randomized")',
        "scikit-learn 0.20",
        Function("learning:randomized_pca", "randomized_pca"),
    ),
    Rule(
        "sklearn.mixture.GMM",
        "sklearn.mixture.GaussianMixture",
        "scikit-learn 0.20",
        Function("learning:gmm", "gmm"),
    ),
    Rule(
        "sklearn.metrics.jaccard_similarity_score",
        "sklearn.metrics.accuracy_score, which it was for single labels",
        "scikit-learn 0.23",
        Function("learning:jaccard_similarity_score", "jaccard_similarity_score"),
        "it was the accuracy for single labels, and the Jaccard score of samples for several labels a row",
    ),
)
_LOST = (
    _lost("datasets.load_boston", "a table of your own: the data set was withdrawn", "1.2"),
    _lost("datasets.fetch_mldata", "sklearn.datasets.fetch_openml", "0.22"),
    _lost("linear_model.RandomizedLasso", "sklearn.feature_selection.SelectFromModel", "0.21"),
    _lost("linear_model.RandomizedLogisticRegression", "sklearn.feature_selection.SelectFromModel", "0.21"),
    _lost("hmm", "the package hmmlearn", "0.17"),
    _lost("externals.six", "Python 3 itself, or the package six", "0.23"),
)

_FORESTS_C = ("sklearn.ensemble.RandomForestClassifier", "sklearn.ensemble.ExtraTreesClassifier")
_FORESTS_R = ("sklearn.ensemble.RandomForestRegressor", "sklearn.ensemble.ExtraTreesRegressor")
_BOOSTING_C = ("sklearn.ensemble.GradientBoostingClassifier",)
_BOOSTING_R = ("sklearn.ensemble.GradientBoostingRegressor",)
_TREES_C = ("sklearn.tree.DecisionTreeClassifier",)
_TREES_R = ("sklearn.tree.DecisionTreeRegressor",)
_LINEAR = tuple(f"sklearn.linear_model.{n}" for n in ("LinearRegression", "Ridge", "Lasso", "ElasticNet"))
_SGD = (
    "sklearn.linear_model.SGDClassifier",
    "sklearn.linear_model.SGDRegressor",
    "sklearn.linear_model.Perceptron",
)
_META = tuple(
    f"sklearn.ensemble.{n}"
    for n in ("AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor")
)
_SCORED = tuple(
    f"sklearn.model_selection.{n}"
    for n in (
        "GridSearchCV",
        "RandomizedSearchCV",
        "cross_val_score",
        "cross_validate",
        "learning_curve",
        "validation_curve",
    )
)
_SCORES = {
    name: f"neg_{name}"
    for name in (
        "mean_squared_error",
        "mean_absolute_error",
        "median_absolute_error",
        "log_loss",
        "mean_squared_log_error",
    )
}


def _call(old: str, new: str, gone: str, targets: tuple[str, ...], note: str = "", **change: object) -> Rule:
    return Rule(f"sklearn {old}", new, f"scikit-learn {gone}", Call(targets, **change), note)  # type: ignore[arg-type]


_ARGUMENTS = (
    _call(
        "min_impurity_split=...",
        "min_impurity_decrease, which means another thing",
        "1.0",
        _FORESTS_C + _FORESTS_R + _BOOSTING_C + _BOOSTING_R + _TREES_C + _TREES_R,
        dropped=("min_impurity_split", "presort", "min_density", "compute_importances"),
        note="the bound on the impurity is left out; min_impurity_decrease bounds its decrease",
    ),
    _call(
        "RandomForestClassifier(max_features='auto')",
        "'sqrt'",
        "1.3",
        _FORESTS_C + _BOOSTING_C + _TREES_C,
        values={"max_features": {"auto": "sqrt"}},
    ),
    _call(
        "RandomForestRegressor(max_features='auto')",
        "1.0",
        "1.3",
        _FORESTS_R + _BOOSTING_R + _TREES_R,
        values={"max_features": {"auto": 1.0}},
    ),
    _call(
        "GradientBoostingClassifier(loss='deviance')",
        "'log_loss'",
        "1.3",
        _BOOSTING_C,
        values={"loss": {"deviance": "log_loss"}},
    ),
    _call(
        "GradientBoostingRegressor(loss='ls')",
        "'squared_error' and so on",
        "1.2",
        _BOOSTING_R,
        values={"loss": {"ls": "squared_error", "lad": "absolute_error"}},
    ),
    _call(
        "RandomForestRegressor(criterion='mse')",
        "'squared_error' and so on",
        "1.2",
        _FORESTS_R + _TREES_R,
        values={"criterion": {"mse": "squared_error", "mae": "absolute_error"}},
    ),
    _call("SGDClassifier(n_iter=...)", "max_iter=...", "0.21", _SGD, renamed={"n_iter": "max_iter"}),
    _call(
        "SGDClassifier(loss='log')",
        "'log_loss'",
        "1.3",
        _SGD[:1],
        order=("loss",),
        values={"loss": {"log": "log_loss"}},
    ),
    _call(
        "SGDRegressor(loss='squared_loss')",
        "'squared_error'",
        "1.2",
        _SGD[1:2],
        order=("loss",),
        values={"loss": {"squared_loss": "squared_error"}},
    ),
    _call(
        "LinearSVC(loss='l2')",
        "'squared_hinge'",
        "0.20",
        ("sklearn.svm.LinearSVC",),
        values={"loss": {"l1": "hinge", "l2": "squared_hinge", "L1": "hinge", "L2": "squared_hinge"}},
    ),
    _call(
        "LinearRegression(normalize=...)",
        "a StandardScaler before it",
        "1.2",
        _LINEAR,
        dropped=("normalize",),
        note="normalize is left out; with a penalty it changed the result: put a StandardScaler before",
    ),
    _call(
        "KMeans(n_jobs=...)",
        "nothing: remove it",
        "1.0",
        ("sklearn.cluster.KMeans",),
        dropped=("n_jobs", "precompute_distances"),
    ),
    _call(
        "KMeans(k=...)", "n_clusters=...", "0.14", ("sklearn.cluster.KMeans",), renamed={"k": "n_clusters"}
    ),
    _call(
        "AgglomerativeClustering(affinity=...)",
        "metric=...",
        "1.4",
        ("sklearn.cluster.AgglomerativeClustering",),
        renamed={"affinity": "metric"},
        dropped=("n_components",),
    ),
    _call(
        "AdaBoostClassifier(base_estimator=...)",
        "estimator=...",
        "1.4",
        _META,
        renamed={"base_estimator": "estimator"},
    ),
    _call(
        "AdaBoostClassifier(algorithm=...)",
        "nothing: remove it",
        "1.8",
        _META[:1],
        dropped=("algorithm",),
        note="algorithm is left out; SAMME is the only one today",
    ),
    _call(
        "OneHotEncoder(sparse=...)",
        "sparse_output=...",
        "1.4",
        ("sklearn.preprocessing.OneHotEncoder",),
        renamed={"sparse": "sparse_output"},
    ),
    _call("GridSearchCV(iid=...)", "nothing: remove it", "0.24", _SCORED[:2], dropped=("iid",)),
    _call(
        "GridSearchCV(scoring='mean_squared_error')",
        "'neg_mean_squared_error'",
        "0.20",
        _SCORED,
        order=("estimator", "X"),
        values={"scoring": _SCORES},
    ),
    _call(
        "LatentDirichletAllocation(n_topics=...)",
        "n_components=...",
        "0.21",
        ("sklearn.decomposition.LatentDirichletAllocation",),
        renamed={"n_topics": "n_components"},
    ),
    _call(
        "make_blobs(10, 2, 3)",
        "centers=... by name",
        "1.0",
        ("sklearn.datasets.make_blobs",),
        order=("n_samples", "n_features", "*", "centers", "cluster_std"),
    ),
    _call(
        "confusion_matrix(y, p, labels)",
        "labels=... by name",
        "1.0",
        (
            "sklearn.metrics.confusion_matrix",
            "sklearn.metrics.f1_score",
            "sklearn.metrics.precision_score",
            "sklearn.metrics.recall_score",
        ),
        order=("y_true", "y_pred", "*", "labels", "pos_label", "average"),
    ),
    _call(
        "SVC(1.0, 'rbf')",
        "C=..., kernel=... by name",
        "1.0",
        ("sklearn.svm.SVC",),
        order=("*", "C", "kernel", "degree", "gamma"),
    ),
    _call(
        "LogisticRegression(penalty, dual)",
        "dual=... by name",
        "1.0",
        ("sklearn.linear_model.LogisticRegression",),
        order=("penalty", "*", "dual", "tol", "C"),
    ),
    _call(
        "SelectKBest(f, 2)",
        "k=... by name",
        "1.0",
        ("sklearn.feature_selection.SelectKBest",),
        order=("score_func", "*", "k"),
    ),
    _call(
        "RFE(model, 2)",
        "n_features_to_select=... by name",
        "1.0",
        ("sklearn.feature_selection.RFE",),
        order=("estimator", "*", "n_features_to_select", "step"),
    ),
)
_AROUND = (
    Rule(
        "sklearn mean_squared_error(squared=False)",
        "root_mean_squared_error",
        "scikit-learn 1.6",
        Around(("sklearn.metrics.mean_squared_error",), "learning:mean_squared_error", "squared"),
    ),
)
_VECTORS = ("sklearn.feature_extraction.text.CountVectorizer", "sklearn.feature_extraction.DictVectorizer")
_MEMBERS = (
    Rule(
        "CountVectorizer.get_feature_names",
        ".get_feature_names_out()",
        "scikit-learn 1.2",
        Member(_VECTORS, "learning:get_feature_names", "get_feature_names"),
    ),
    Rule(
        "GridSearchCV.grid_scores_",
        ".cv_results_",
        "scikit-learn 0.20",
        Member(_SCORED[:2], "learning:grid_scores_", "grid_scores"),
    ),
)

RULES = (*_MODULES, *_MOVED, *_FUNCTIONS, *_LOST, *_ARGUMENTS, *_AROUND, *_MEMBERS)
