"""Import Data: the worker side."""

from __future__ import annotations

from urllib.parse import urlsplit

from drawloom.modules.tables import Outputs, Step, work
from drawloom.table.files import read_file


@work
def run(step: Step) -> Outputs:
    """Parse the file that the host opened or fetched."""
    params = step.params
    name = params["path"] or urlsplit(params["url"]).path
    options = {
        key: params[key] for key in ("format", "delimiter", "decimal", "encoding", "sheet") if params[key]
    }
    if not params["header"]:
        options["header"] = False
    if params["missing"]:
        options["missing"] = list(params["missing"])
    table, conversions = read_file(step.fd("file"), name.rpartition("/")[2] or name, options)
    step.converted("dataset", conversions)
    return {"dataset": table}
