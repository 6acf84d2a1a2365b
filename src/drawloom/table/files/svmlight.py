"""SVMLight files: a label, then index:value for what is not zero."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa

from drawloom.errors import InputError
from drawloom.table.files.source import Source, check_options
from drawloom.table.report import Conversion

MOST_CELLS = 500_000_000
"""A table is dense: 4 GB of doubles."""


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read SVMLight. It has no options.

    Features become Col1, Col2, ... and the label the last column, ``Labels`` (Studio classic). Query ids,
    where the file has any, become the column ``qid`` before it. Indexes count from 1,
    or from 0 where an index 0 occurs.
    """
    from sklearn.datasets import load_svmlight_file

    check_options(options, set(), source)
    try:
        features, labels, queries = load_svmlight_file(io.BytesIO(source.data[:]), query_id=True)
    except (ValueError, OverflowError) as error:
        raise _explain(source, error) from error
    rows, width = features.shape
    if rows * width > MOST_CELLS:
        raise source.bad(
            f"{rows} rows of {width} features are too large for a table.",
            "Keep fewer features, for example by hashing or selecting them before.",
        )
    dense = features.tocsc()
    columns = {f"Col{i + 1}": dense[:, [i]].toarray().ravel() for i in range(width)}
    if queries.size:
        columns["qid"] = queries
    return pa.table(columns | {"Labels": labels}), []


def _explain(source: Source, error: Exception) -> InputError:
    for number, line in enumerate(source.data[:].split(b"\n"), start=1):
        last = 0
        label, *pairs = line.partition(b"#")[0].split() or [b"0"]
        if not _is(float, label):
            return _bad(source, number, label, "a number as the label")
        for pair in pairs:
            index, colon, value = pair.partition(b":")
            if index == b"qid" and _is(int, value):
                continue
            if not (colon and _is(int, index) and _is(float, value)):
                return _bad(source, number, pair, "index:number")
            if int(index) < last:
                return _bad(source, number, pair, "indexes that rise")
            last = int(index) + 1
    return source.bad(f"cannot be parsed: {error}", "Every line is: label index:value index:value ...")


def _bad(source: Source, line: int, found: bytes, expected: str) -> InputError:
    shown = found[:40].decode("utf-8", "replace")
    return source.bad(
        f"expected {expected}, found {shown!r}.",
        "Every line is: label index:value index:value ...",
        line=line,
    )


def _is(kind: type, text: bytes) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
