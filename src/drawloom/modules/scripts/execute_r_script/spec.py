"""Execute R Script: the host side."""

from __future__ import annotations

from pydantic import Field

from drawloom.modules.parameters import Parameters
from drawloom.modules.scripts.script_module import ScriptModule
from drawloom.modules.spec import Port

_TEMPLATE = """\
dataset1 <- maml.mapInputPort(1)
maml.mapOutputPort("dataset1")
"""


class ExecuteRScript(Parameters):
    """A script in R, and where its randomness starts."""

    script: str = Field(
        title="R script",
        description='Takes data frames with maml.mapInputPort(1), gives one with maml.mapOutputPort("name").',
        json_schema_extra={"ui": "script", "language": "r", "template": _TEMPLATE},
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        title="Random seed",
        description="What set.seed gets before the script starts; the experiment's seed if left out.",
    )


MODULE = ScriptModule(
    name="execute-r-script",
    title="Execute R Script",
    family="scripts",
    doc="Runs a script in R, with the functions that Studio gave it.",
    parameters=ExecuteRScript,
    inputs=(
        Port("dataset1", doc="What maml.mapInputPort(1) gives.", optional=True),
        Port("dataset2", doc="What maml.mapInputPort(2) gives.", optional=True),
        Port("bundle", "bundle", "A zip that is unpacked under 'src'.", optional=True),
    ),
    outputs=(Port("dataset", doc="The data frame that the script names in maml.mapOutputPort."),),
    work="drawloom.modules.scripts.execute_r_script.work:run",
    graphics=True,
)
