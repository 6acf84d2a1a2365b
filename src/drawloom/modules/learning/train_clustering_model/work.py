"""Train Clustering Model: the worker side."""

from __future__ import annotations

from drawloom.modules.learning import roles
from drawloom.modules.learning.features import feature_names
from drawloom.modules.learning.learners import open_learner
from drawloom.modules.learning.models import train_clusters, with_scores
from drawloom.modules.selection import select
from drawloom.modules.tables import Outputs, Step, work


@work
def run(step: Step) -> Outputs:
    """Train a model that groups rows."""
    learner = open_learner(step, clusters=True)
    table = step.table("dataset")
    chosen = step.params["columns"]
    names = select(chosen, table) if chosen else feature_names(table, None)
    model, scores = train_clusters(learner, table, names, step)
    kinds = roles.of_scores(model.task, list(scores.columns), None)
    kept = table if step.params["append"] else table.of(table.frame[[]])
    return {"model": model.blob(), "dataset": with_scores(kept, scores, kinds)}
