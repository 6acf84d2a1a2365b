"""A small experiment, and what a command says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEOPLE = "name,age\nAda,36\nBert,\nCleo,51\n"
OLDER = """\
def azureml_main(dataframe1, years: int = 1):
    print("making", len(dataframe1), "older")
    dataframe1["age"] += years
    return dataframe1
"""
EXPERIMENT = """\
version: 1
name: People
steps:
  people:
    module: import-data
    params: {path: people.csv}
  older:
    module: execute-python-script
    script: older.py
    inputs: {dataset1: people}
    params: {years: "${years}"}
  mean:
    module: apply-sql-transformation
    script: |
      select avg(age) as age
      from t1
    inputs: {t1: older}
  known:
    module: clean-missing-data
    inputs: {dataset: people}
    params: {mode: remove-entire-row}
parameters:
  years: {type: integer, default: 1}
"""


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one JSON object."""
        return json.loads(self.out)


Call = Callable[..., Said]


def write_experiment(folder: Path) -> None:
    """Write the experiment of these tests."""
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "older.py").write_text(OLDER)
    (folder / "people.yaml").write_text(EXPERIMENT)
