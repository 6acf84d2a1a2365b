"""Import Data: the host side."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from drawloom.modules.parameters import Folded, Parameters
from drawloom.modules.spec import Module, Port, Reuse


class ImportData(Parameters):
    """Where the data is, and how it is written."""

    path: str | None = Field(
        None,
        min_length=1,
        title="File",
        description="Beneath the folder of the experiment.",
        json_schema_extra={"ui": "file"},
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+(/\S*)?$",
        title="URL",
        description="Instead of a file. Fetched by the host, and only from hosts the operator configured.",
    )
    refresh: Annotated[Literal["always", "once"], Folded] = Field(
        "always",
        title="Use cached results",
        description="A URL is fetched in every run; 'once' keeps what the first run fetched.",
        json_schema_extra={"ui": "choice"},
    )
    format: (
        Annotated[
            Literal["csv", "tsv", "parquet", "arrow", "arff", "excel", "jsonl", "svmlight"],
            Folded,
        ]
        | None
    ) = Field(
        None,
        title="Data format",
        description="Otherwise the ending of the name tells.",
        json_schema_extra={"ui": "choice"},
    )
    header: bool = Field(
        True,
        title="File has header row",
        description="Otherwise the columns are called Col1, Col2, ... (CSV, TSV, Excel).",
    )
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        title="Delimiter",
        description="Otherwise found from the first lines (CSV, TSV).",
    )
    decimal: Literal[".", ","] | None = Field(
        None,
        title="Decimal mark",
        description="What parts whole from fraction (CSV, TSV).",
    )
    missing: tuple[str, ...] = Field(
        (),
        title="Missing values",
        description="Further texts that stand for a missing value (CSV, TSV).",
    )
    encoding: str | None = Field(
        None,
        title="Encoding",
        description="Otherwise UTF-8, or a guess that the report tells of.",
    )
    sheet: str | None = Field(None, title="Sheet", description="The first one where none is named (Excel).")

    @model_validator(mode="after")
    def _one_source(self) -> "ImportData":
        if (self.path is None) == (self.url is None):
            raise ValueError("give either a 'path' or a 'url'")
        return self


def _reuse(params: Any) -> Reuse:
    return "always-run" if params.url is not None and params.refresh == "always" else "by-key"


MODULE = Module(
    name="import-data",
    title="Import Data",
    family="data",
    doc="Reads a file: CSV, TSV, Parquet, Arrow, ARFF, Excel, JSON lines or SVMLight.",
    parameters=ImportData,
    outputs=(Port("dataset", doc="The table in the file."),),
    work="drawloom.modules.data.import_data.work:run",
    reuse=_reuse,
    reads="path",
    fetches="url",
)
