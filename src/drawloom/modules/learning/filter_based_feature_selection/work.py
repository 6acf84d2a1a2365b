"""Filter Based Feature Selection: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from drawloom.modules.kinds import TITLES, require_kind
from drawloom.modules.learning.features import feature_names
from drawloom.modules.learning.filter_based_feature_selection.rankings import non_zero, score
from drawloom.modules.learning.labels import label_column, require_labels
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.transformations import kinds_of, require_columns, transformation

_TARGETS = tuple(kind for kind in TITLES if kind != "object")


@work
def run(step: Step) -> Outputs:
    """Rank the features and keep the best."""
    table = step.table("dataset")
    params = step.params
    counting = params["method"] == "count-based"
    marked = any(role == "label" for role in table.roles.values())
    target = (
        None
        if counting and params["target"] is None and not marked
        else label_column(table, params["target"])
    )
    plain = table if params["features_only"] else table.with_roles({})
    names = feature_names(plain, target)
    table.require_rows()
    if counting or target is None:
        scores = {name: float(non_zero(table.frame[name])) for name in names}
        ranked = names
        kept = [name for name in names if scores[name] >= params["minimum_non_zero"]]
    else:
        require_labels(table.frame[target], table.port)
        require_kind(table.frame[target], _TARGETS, table.port, "Choose another target column.")
        scores = {name: score(params["method"], table.frame[name], table.frame[target]) for name in names}
        ranked = sorted(names, key=lambda name: -scores[name])
        kept = ranked[: params["count"]]
    state = {"features": kinds_of(table, [name for name in names if name in kept]), "target": target}
    return {
        "dataset": keep(state, table),
        "features": Table(pd.DataFrame({"Feature": ranked, "Score": [scores[name] for name in ranked]})),
        "transformation": transformation(keep, state),
    }


def keep(state: Mapping[str, Any], table: Table) -> Table:
    """Keep the chosen features, and the target where there is one."""
    require_columns(state["features"], table)
    wanted = {*state["features"], state["target"]}
    return table.of(table.frame[[name for name in table.names if name in wanted]])
