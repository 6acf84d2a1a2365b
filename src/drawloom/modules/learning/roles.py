"""What score columns are, as their roles (worker side).

A role travels with its column from step to step (`drawloom.modules.tables`), so that Evaluate Model needs no
names. It is ``score:<what>`` or ``score:<what>:<of>``, where ``of`` is a class or the number of a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawloom.modules.learning.labels import Classes
from drawloom.modules.tables import Table

TWO_CLASS_LABELS = "score:two-class-labels"
TWO_CLASS_PROBABILITIES = "score:two-class-probabilities"
MULTICLASS_LABELS = "score:multiclass-labels"
MULTICLASS_PROBABILITIES = "score:multiclass-probabilities"
REGRESSION_LABELS = "score:regression-labels"
ASSIGNMENTS = "score:cluster-assignments"
DISTANCES = "score:cluster-distances"

TASKS = {
    TWO_CLASS_LABELS: "two-class",
    MULTICLASS_LABELS: "multiclass",
    REGRESSION_LABELS: "regression",
    ASSIGNMENTS: "clustering",
}
"""The role of the column that decides what a scored dataset is."""

_BY_NAME = {
    "Binary Class Scored Labels": TWO_CLASS_LABELS,
    "Binary Class Scored Probabilities": TWO_CLASS_PROBABILITIES,
    "Multi Class Scored Labels": MULTICLASS_LABELS,
    "Regression Scored Labels": REGRESSION_LABELS,
    "Assignments": ASSIGNMENTS,
}


def of_scores(task: str, names: Sequence[str], classes: Classes | None) -> dict[str, str]:
    """Give the roles of score columns.

    Parameters
    ----------
    names
        As scoring makes them, in order.
    classes
        Of the label, for classifiers.
    """
    match task:
        case "regression":
            return dict.fromkeys(names, REGRESSION_LABELS)
        case "clustering":
            first, *rest = names
            return {first: ASSIGNMENTS} | {
                name: f"{DISTANCES}:{position}" for position, name in enumerate(rest)
            }
        case "two-class":
            positive = classes.values[-1] if classes else ""
            found = [f"{TWO_CLASS_LABELS}:{positive}", f"{TWO_CLASS_PROBABILITIES}:{positive}"]
            return dict(zip(names, found, strict=False))
    *chances, labels = names
    values = classes.values if classes else ()
    return {
        name: f"{MULTICLASS_PROBABILITIES}:{value}"
        for name, value in zip(chances, values, strict=bool(chances))
    } | {labels: MULTICLASS_LABELS}


def with_known_names(table: Table) -> Table:
    """Give a table whose scores a script made their roles, by the fixed names Studio's designer accepts."""
    if any(role.startswith("score") for role in table.roles.values()):
        return table
    known = {name: _BY_NAME[name] for name in table.names if name in _BY_NAME}
    return table.with_roles(dict(table.roles) | known)


def find(roles: Mapping[str, str], role: str) -> list[str]:
    """Give the columns of a role, whatever it is of, in order."""
    return [name for name, each in roles.items() if each == role or each.startswith(f"{role}:")]


def subject(role: str) -> str:
    """Give what a role is of: the class or the cluster; empty where it says none."""
    return role.split(":", 2)[2] if role.count(":") >= 2 else ""
