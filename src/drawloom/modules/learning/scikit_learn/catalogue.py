"""The modules ``sklearn.<Name>`` for the registry (host side)."""

from __future__ import annotations

from collections.abc import Collection

from drawloom.modules.learning.ports import UNTRAINED
from drawloom.modules.learning.scikit_learn.form import estimators, form
from drawloom.modules.spec import Module, Port

PREFIX = "sklearn."

_WORK = "drawloom.modules.learning.scikit_learn.work"
_TRAINED_BY = {
    "classifier": "train-model",
    "regressor": "train-model",
    "clusterer": "train-clustering-model",
}


def names() -> Collection[str]:
    """Give the name of every module here."""
    return [PREFIX + name for name in estimators()]


def module(name: str) -> Module:
    """Make one module.

    Raises
    ------
    KeyError
        Where there is none of this name.
    """
    short = name.removeprefix(PREFIX)
    kind = estimators()[short]["kind"]
    if kind == "transformer":
        return Module(
            name=name,
            title=short,
            family="scikit-learn",
            doc=f"Fits scikit-learn's {short} to columns and puts what it makes of them in their place.",
            parameters=form(short),
            inputs=(Port("dataset", doc="The dataset to transform."),),
            outputs=(
                Port("dataset", doc="The transformed dataset."),
                Port("transformation", "transformation", "The fitted transformer."),
            ),
            work=f"{_WORK}:{short}",
            published="transformation",
        )
    return Module(
        name=name,
        title=short,
        family="scikit-learn",
        doc=f"Scikit-learn's {kind} {short}, to be trained by {_TRAINED_BY[kind]}.",
        parameters=form(short),
        outputs=UNTRAINED,
        work=f"{_WORK}:{short}",
    )
