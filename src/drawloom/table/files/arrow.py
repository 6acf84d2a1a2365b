"""Arrow IPC files and streams; Feather (version 2) is the first."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from drawloom.table.files.source import Source, check_options
from drawloom.table.report import Conversion


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read an Arrow IPC file or stream, told apart by the first bytes. It has no options."""
    check_options(options, set(), source)
    try:
        if source.data[:6] == b"ARROW1":
            table = pa.ipc.open_file(source.buffer()).read_all()
        else:
            table = pa.ipc.open_stream(source.buffer()).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise source.bad(
            f"the Arrow file cannot be read: {str(error).partition(chr(10))[0]}",
            "It may be damaged or cut short: copy or write it again.",
        ) from error
    return table, []
