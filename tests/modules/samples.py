"""One valid step of every module that has work, for the common suite. A new module adds its own here."""

from __future__ import annotations

import pandas as pd

from .learning.samples import LEARNING
from .running import run, table
from .sample import Sample


def cars() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "make": ["audi", "bmw", None, "audi", "fiat", "bmw"],
            "doors": pd.array([4, 2, None, 4, 2, 2], dtype="Int64"),
            "price": [17.5, 30.0, 8.25, 17.5, None, 41.0],
            "diesel": [True, False, False, True, True, False],
            "built": pd.to_datetime(
                ["2001-02-03", "2004-05-06", "1999-01-01", "2001-02-03", "2010-10-10", None]
            ),
            "body": pd.Categorical(["sedan", "coupe", "sedan", "sedan", None, "coupe"]),
        }
    )


def countries() -> pd.DataFrame:
    return pd.DataFrame({"make": ["audi", "bmw", "saab"], "country": ["DE", "DE", "SE"]})


def _scaling() -> bytes:
    return run("normalize-data", {"columns": ["price"]}, dataset=cars()).files["transformation"]


_CARS = {"dataset": cars()}


def _cars_as_they_are() -> bytes:
    """For scripts: a table without columns, or without one of them, is theirs to deal with."""
    return table(cars())


SAMPLES: dict[str, Sample] = {
    "import-data": Sample({"path": "cars.csv"}, others={"file": lambda: b"make,price\naudi,1\nbmw,2.5\n"}),
    "enter-data-manually": Sample({"data": "make,price\naudi,1\n"}),
    "export-data": Sample({"path": "cars.csv"}, _CARS),
    "select-columns-in-dataset": Sample({"columns": ["price", "make"]}, _CARS),
    "edit-metadata": Sample({"columns": ["doors"], "data_type": "floating-point", "fields": "label"}, _CARS),
    "clean-missing-data": Sample({"mode": "replace-with-mean", "columns": ["price", "doors"]}, _CARS),
    "remove-duplicate-rows": Sample({"columns": ["make", "price"]}, _CARS),
    "join-data": Sample(
        {"left_keys": "make", "right_keys": "make", "join_type": "full-outer"},
        {"dataset1": cars(), "dataset2": countries()},
    ),
    "split-data": Sample({"fraction": 0.7, "stratified": True, "stratification_column": "body"}, _CARS),
    "normalize-data": Sample({"columns": ["price"]}, _CARS),
    "clip-values": Sample({"columns": ["price"], "threshold": "percentile", "upper": 80}, _CARS),
    "apply-math-operation": Sample({"operation": "Ln", "columns": ["price"]}, _CARS),
    "apply-transformation": Sample({}, _CARS, {"transformation": _scaling}),
    "add-columns": Sample({}, {"dataset1": cars(), "dataset2": cars()}),
    "add-rows": Sample({}, {"dataset1": cars(), "dataset2": cars()}),
    "convert-to-indicator-values": Sample({"columns": ["body"]}, _CARS),
    "execute-python-script": Sample(
        {"script": "def azureml_main(cars):\n    print(len(cars))\n    return cars.dropna(), cars.head(2)\n"},
        others={"dataset1": _cars_as_they_are},
    ),
    "apply-sql-transformation": Sample({"script": "select * from t1"}, {"t1": cars()}),
    "execute-r-script": Sample(
        {"script": "cars <- maml.mapInputPort(1)\nsummary(cars)\nmaml.mapOutputPort('cars')\n"},
        others={"dataset1": _cars_as_they_are},
    ),
    "group-categorical-values": Sample({"columns": ["make"], "levels": {"german": ["audi", "bmw"]}}, _CARS),
    **LEARNING,
}
