"""Add Columns: the worker side."""

from __future__ import annotations

import pandas as pd

from drawloom.errors import InputError
from drawloom.modules.tables import Outputs, Step, Table, work
from drawloom.table.names import unique_names


@work
def run(step: Step) -> Outputs:
    """Put two tables side by side; a repeated name gets `` (2)``, as a result dataset's does."""
    left, right = step.table("dataset1"), step.table("dataset2")
    if len(left.frame) != len(right.frame):
        raise InputError(
            f"The datasets have {len(left.frame)} rows at port 'dataset1' and {len(right.frame)} at port "
            "'dataset2'.",
            code="0027",
            remedy="Give both the same number of rows, or match them by a key with join-data.",
        )
    names = unique_names([*left.names, *right.names])
    frame = pd.concat([left.frame, right.frame], axis=1)
    frame.columns = names
    renamed = dict(zip(right.names, names[len(left.names) :], strict=True))
    roles = {**left.roles, **{renamed[name]: role for name, role in right.roles.items()}}
    return {"dataset": Table(frame, roles)}
