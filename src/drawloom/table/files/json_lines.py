"""JSON lines: one object a line; an array of objects is taken too."""

from __future__ import annotations

import json
import mmap
import re
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from drawloom.errors import InputError
from drawloom.table.files.blocks import in_blocks
from drawloom.table.files.encoding import to_utf8
from drawloom.table.files.settle import overflowed, settle
from drawloom.table.files.source import Source, check_options
from drawloom.table.report import Conversion

REMEDY = 'Every line is one JSON object, such as {"name": "Ann", "age": 41}.'
LONG_INTEGER = re.compile(rb"[:\[,\s]-?\d{19,}\s*[,}\]]")


def read(source: Source, options: dict[str, Any]) -> tuple[pa.Table, list[Conversion]]:
    """Read JSON lines, or one JSON array of objects.

    A key that a record does not have is missing there. Objects and arrays inside become structs and lists.

    Parameters
    ----------
    source
        The file.
    options
        ``encoding``.
    """
    check_options(options, {"encoding"}, source)
    data, encoding, guessed = to_utf8(source, options.get("encoding"))
    note = f"the file is not UTF-8; read as {encoding}, which is a guess: the option encoding settles it"
    conversions = [Conversion("", encoding, "utf-8", note=note)] if guessed else []
    is_array = re.match(rb"\s*\[", data) is not None
    text = _lines_of_array(source, data[:]) if is_array else data
    if not re.search(rb"\S", text):
        return pa.table({}), conversions
    try:
        table = in_blocks(len(text), lambda block: _parse(text, block))
    except pa.ArrowInvalid as error:
        raise _explain(source, text[:], "record" if is_array else "line", str(error)) from error
    if not table.num_columns:
        raise source.bad("none of its objects has a key.", REMEDY)
    columns = {name: settle(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    conversions += [
        Conversion(name, "integer", "float64", note="integers beyond 64 bits lost their last digits")
        for name, column in columns.items()
        if overflowed(column) and LONG_INTEGER.search(text)
    ]
    return pa.table(columns), conversions


def _parse(text: mmap.mmap | bytes, block: int) -> pa.Table:
    options = arrow_json.ReadOptions(block_size=block)
    return arrow_json.read_json(pa.BufferReader(pa.py_buffer(text)), options)


def _lines_of_array(source: Source, text: bytes) -> bytes:
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        raise source.bad(f"{error.msg}.", line=error.lineno, column=error.colno) from error
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise source.bad(
                f"expected an object, found {_kind(record)}.",
                "A JSON array that is a table holds one object a row.",
                line=f"record {number}",
            )
    return "\n".join(map(json.dumps, records)).encode()


def _explain(source: Source, text: bytes, unit: str, message: str) -> InputError:
    """Find the first line that is not an object, or in which a key changes its kind."""
    kinds: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(line, object_pairs_hook=_Pairs)
        except json.JSONDecodeError as error:
            return source.bad(f"{error.msg}.", REMEDY, line=f"{unit} {number}", column=error.colno)
        if not isinstance(pairs, _Pairs):
            return source.bad(f"expected an object, found {_kind(pairs)}.", REMEDY, line=f"{unit} {number}")
        seen = set()
        for key, value in pairs:
            if key in seen:
                return source.bad(f"the key {key!r} stands there twice.", REMEDY, line=f"{unit} {number}")
            seen.add(key)
            kind, first = kinds.setdefault(key, (_kind(value), number)) if value is not None else ("", 0)
            if value is not None and kind != _kind(value):
                return source.bad(
                    f"expected {kind} as in {unit} {first}, found {_kind(value)}.",
                    "A column holds values of one kind; write all of them as text, or none.",
                    line=f"{unit} {number}",
                    column=repr(key),
                )
    return source.bad(f"cannot be parsed: {message}", REMEDY)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object in their order, equal keys included."""


KINDS = {
    dict: "object",
    _Pairs: "object",
    list: "array",
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
}


def _kind(value: object) -> str:
    return "null" if value is None else KINDS[type(value)]
