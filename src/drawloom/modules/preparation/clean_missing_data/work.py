"""Clean Missing Data: the worker side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drawloom.modules.kinds import COMPARABLE, NUMERIC, require_kind
from drawloom.modules.preparation.clean_missing_data import modelled, single
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.modules.transformations import kinds_of, require_columns, transformation
from drawloom.table.names import unique_names

_TAKES: dict[str, tuple[str, ...]] = {
    "replace-with-mode": COMPARABLE,
    "replace-with-mean": (*NUMERIC, "boolean"),
    "replace-with-median": NUMERIC,
    "replace-using-mice": (*NUMERIC, "boolean"),
    "replace-using-probabilistic-pca": (*NUMERIC, "boolean"),
}
_FILLS_ANYTHING = "custom-substitution-value"


@work
def run(step: Step) -> Outputs:
    """Learn how to clean the table, and clean it."""
    table = step.table("dataset")
    state = learn(step.params, table, step.seed)
    cleaned = clean(state, table)
    if state["removed"] and not step.params["mode"].startswith("remove"):
        step.note("Removed, having only missing values: " + ", ".join(state["removed"]) + ".")
    if step.params["indicator"]:
        cleaned = _with_indicators(cleaned, table, state["filled"])
    return {"dataset": cleaned, "transformation": transformation(clean, state, tuple(state["libraries"]))}


def learn(params: Mapping[str, Any], table: Table, seed: int) -> dict[str, Any]:
    """Decide what is to be done to which column.

    Returns
    -------
    dict
        ``mode``; ``kinds`` of the columns it concerns; ``removed`` columns; ``rows`` (columns that must be
        present in a row); ``filled`` columns with the ``values`` or the ``model`` to fill them from;
        ``libraries`` of the model.
    """
    mode = params["mode"]
    names = _within_ratio(params, table, select(params["columns"], table))
    for name in names if mode in _TAKES else ():
        require_kind(
            table.frame[name],
            _TAKES[mode],
            table.port,
            f"Leave it out of the columns to be cleaned, or choose another mode than {mode!r}.",
        )
    state: dict[str, Any] = {"mode": mode, "removed": [], "rows": [], "filled": [], "libraries": []}
    if mode == "remove-entire-row":
        state["rows"] = names
    elif mode == "remove-entire-column":
        state["removed"] = [name for name in names if table.frame[name].isna().any()]
    elif mode == _FILLS_ANYTHING:
        state |= {"filled": names, "values": dict.fromkeys(names, params["replacement_value"])}
    else:
        table.require_rows()
        empty = [name for name in names if table.frame[name].isna().all()]
        state["removed"] = empty if params["all_missing"] == "remove" else []
        state["filled"] = [name for name in names if name not in empty]
        state |= _learn_values(params, table, state["filled"], seed)
    state["kinds"] = kinds_of(table, [*state["rows"], *state["filled"]])
    return state


def clean(state: Mapping[str, Any], table: Table) -> Table:
    """Clean a table as was learnt."""
    require_columns(state["kinds"], table)
    frame = table.frame
    if state["rows"]:
        return table.of(frame[frame[state["rows"]].notna().all(axis=1)])
    if not state["filled"]:
        filled = {}
    elif "model" in state:
        filled = modelled.fill(state["model"], frame[state["filled"]])
    else:
        filled = {
            name: single.fill(frame[name], state["values"][name], table.port) for name in state["filled"]
        }
    whole = table.with_columns(filled)
    return whole.of(whole.frame.drop(columns=[name for name in state["removed"] if name in table.names]))


def _within_ratio(params: Mapping[str, Any], table: Table, names: list[str]) -> list[str]:
    ratios = table.frame[names].isna().mean() if len(table.frame) else dict.fromkeys(names, 0.0)
    return [name for name in names if params["minimum_ratio"] <= ratios[name] <= params["maximum_ratio"]]


def _learn_values(params: Mapping[str, Any], table: Table, names: list[str], seed: int) -> dict[str, Any]:
    mode, frame = params["mode"], table.frame
    if not names:
        return {"values": {}}
    if mode == "replace-using-mice":
        model = modelled.learn_mice(frame[names], params["mice_iterations"], seed)
        return {"model": model, "libraries": ["scikit-learn", "numpy", "scipy"]}
    if mode == "replace-using-probabilistic-pca":
        return {"model": modelled.learn_pca(frame[names], params["pca_iterations"]), "libraries": ["numpy"]}
    statistic = mode.removeprefix("replace-with-")
    return {"values": {name: single.STATISTICS[statistic](frame[name]) for name in names}}


def _with_indicators(cleaned: Table, before: Table, filled: list[str]) -> Table:
    missing = {name: before.frame[name].isna() for name in filled if before.frame[name].isna().any()}
    names = unique_names([*cleaned.names, *(f"{name}_IsMissing" for name in missing)])[len(cleaned.names) :]
    return cleaned.with_columns(dict(zip(names, missing.values(), strict=True)))
