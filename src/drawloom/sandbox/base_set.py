"""The modules a zygote may import: those of the locked base set, never a user's package."""

from __future__ import annotations

_PACKAGES = {
    "": ["duckdb", "json", "lightgbm", "numpy", "openpyxl", "pickle", "re", "sqlite3"],
    "matplotlib": ["", "font_manager", "pyplot"],
    "pandas": ["", "plotting"],
    "pyarrow": ["", "compute", "csv", "json", "parquet"],
    "scipy": ["", "optimize", "sparse", "stats"],
    "sklearn": [
        "",
        "base",
        "cluster",
        "compose",
        "decomposition",
        "discriminant_analysis",
        "dummy",
        "ensemble",
        "feature_extraction.text",
        "feature_selection",
        "gaussian_process",
        "impute",
        "linear_model",
        "manifold",
        "metrics",
        "mixture",
        "model_selection",
        "naive_bayes",
        "neighbors",
        "neural_network",
        "pipeline",
        "preprocessing",
        "svm",
        "tree",
    ],
}

IMPORTABLE = frozenset(
    f"{package}.{module}".strip(".") for package, modules in _PACKAGES.items() for module in modules
)
