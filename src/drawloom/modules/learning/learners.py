"""Untrained models: what to train and how, as plain values (worker side).

An untrained model is no object of any library. Its blob has everything in the header, as JSON, and nothing
in its body; the estimator is made where it is trained.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

from drawloom.errors import InputError
from drawloom.modules.blobs import Blob, read_blob
from drawloom.modules.tables import Step

Task = Literal["two-class", "multiclass", "classification", "regression", "clustering"]
"""What a learner is for; ``classification`` is two-class or multiclass, as the label turns out."""

Build: TypeAlias = Callable[[Mapping[str, Any], int, int], Any]
"""``build(params, seed, threads)`` gives an unfitted estimator with scikit-learn's methods."""


@dataclass(frozen=True)
class Learner:
    """An untrained model.

    Parameters
    ----------
    title
        As shown: ``Two-Class Logistic Regression``.
    task
        What it is for.
    build
        ``"package.module:function"`` of a `Build`.
    params
        The parameters that function takes, plain values.
    seed
        Where it draws.
    allow_unknown_levels
        Whether a row with a level that training did not have is scored.
    """

    title: str
    task: Task
    build: str
    params: Mapping[str, Any]
    seed: int
    allow_unknown_levels: bool = True

    def estimator(self, threads: int) -> Any:
        """Make the unfitted estimator.

        Raises
        ------
        InputError
            0082 where the function that makes it is gone.
        """
        module, _, name = self.build.partition(":")
        try:
            build: Build = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise InputError(
                f"The untrained model needs {self.build}, which is not here.",
                code="0082",
                remedy="Run the step that made it again.",
            ) from error
        return build(self.params, self.seed, threads)


def untrained(title: str, task: Task, build: Build, step: Step, estimator: str = "") -> dict[str, Blob]:
    """Give the output of a learner's step.

    Parameters
    ----------
    build
        A public top-level function.
    estimator
        Where one function makes many: the key under which it gets the parameters.
    """
    params = dict(step.params)
    seed = params.pop("seed", 0) or step.seed
    allow_unknown_levels = params.pop("allow_unknown_levels", True)
    where = f"{build.__module__}:{build.__qualname__}"
    given = {estimator: params} if estimator else params
    learner = Learner(title, task, where, given, seed, allow_unknown_levels)
    return {"model": Blob("untrained-model", None, facts=asdict(learner))}


def open_learner(step: Step, *, clusters: bool = False) -> Learner:
    """Open the untrained model at port ``model``.

    Parameters
    ----------
    clusters
        Whether the step trains clustering models, or all others.

    Raises
    ------
    InputError
        0003, 0082; 0013 where it is the other kind of learner.
    """
    facts = step.blob("model", "untrained-model").facts or {}
    if set(facts) != {each.name for each in fields(Learner)}:
        raise made_elsewhere()
    learner = Learner(**facts)
    if (learner.task == "clustering") != clusters:
        right = "train-clustering-model" if learner.task == "clustering" else "train-model"
        raise InputError(
            f"The untrained model at port 'model' is {learner.title}, which is for {learner.task}.",
            code="0013",
            remedy=f"Train it with {right}, or connect another learner.",
        )
    return learner


def made_elsewhere() -> InputError:
    """Give the error of a model whose parts are not those known here."""
    return InputError(
        "The model at port 'model' was made by another version of drawloom.",
        code="0082",
        remedy="Run the step that made it again.",
    )


def require_trained(step: Step) -> None:
    """Refuse an untrained model at port ``model``.

    Raises
    ------
    InputError
        0012.
    """
    try:
        read_blob(step.fd("model"), "untrained-model", "model")
    except InputError:
        return
    raise InputError(
        "The model at port 'model' is untrained.",
        code="0012",
        remedy="Train it with train-model or train-clustering-model, and connect that step.",
    )
