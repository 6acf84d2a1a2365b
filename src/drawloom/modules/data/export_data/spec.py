"""Export Data: the host side."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port

_ENDINGS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow"}


class ExportData(Parameters):
    """Where to write, and how."""

    path: str = Field(
        min_length=1,
        title="File",
        description="Beneath the folder of the experiment.",
        json_schema_extra={"ui": "file"},
    )
    format: Annotated[Literal["csv", "parquet", "arrow"], Folded] | None = Field(
        None,
        title="File format",
        description="Otherwise the ending of the name tells.",
        json_schema_extra={"ui": "choice"},
    )
    overwrite: bool = Field(
        False,
        title="Overwrite",
        description="Whether a file that is there already may be replaced; otherwise it is error 0057.",
    )

    @model_validator(mode="before")
    @classmethod
    def _format_of_ending(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("path"), str) and not values.get("format"):
            known = [name for ending, name in _ENDINGS.items() if values["path"].lower().endswith(ending)]
            if not known:
                raise ValueError(
                    f"the ending of {values['path']!r} does not tell the format; give 'format' too"
                )
            return {**values, "format": known[0]}
        return values


MODULE = Module(
    name="export-data",
    title="Export Data",
    family="data",
    doc="Writes a dataset to a file: CSV, Parquet or Arrow. It runs every time.",
    parameters=ExportData,
    inputs=(Port("dataset", doc="What to write."),),
    work="drawloom.modules.data.export_data.work:run",
    reuse="always-run",
    writes="path",
)
