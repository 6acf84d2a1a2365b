"""The formats and the endings they go by. Imports nothing heavy: the host asks too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drawloom.errors import InputError


@dataclass(frozen=True)
class Format:
    """One kind of file: what people call it, the module that reads it, the endings it goes by."""

    name: str
    title: str
    module: str
    endings: tuple[str, ...]
    is_text: bool = True


FORMATS = (
    Format("csv", "CSV", "delimited", (".csv", ".txt", ".csv.gz")),
    Format("tsv", "TSV", "delimited", (".tsv", ".tab", ".tsv.gz")),
    Format("parquet", "Parquet", "parquet", (".parquet", ".pq"), is_text=False),
    Format(
        "arrow", "Arrow IPC or Feather", "arrow", (".arrow", ".arrows", ".ipc", ".feather"), is_text=False
    ),
    Format("arff", "ARFF", "arff", (".arff", ".arff.gz")),
    Format("excel", "Excel", "excel", (".xlsx", ".xlsm"), is_text=False),
    Format("jsonl", "JSON lines", "json_lines", (".jsonl", ".ndjson", ".json", ".jsonl.gz")),
    Format("svmlight", "SVMLight", "svmlight", (".svmlight", ".svm", ".libsvm", ".svmlight.gz")),
)


def known_formats() -> dict[str, str]:
    """List the endings that can be read: ending -> name of the format."""
    return {ending: file_format.name for file_format in FORMATS for ending in file_format.endings}


def find_format(name: str, asked: Any = None) -> Format:
    """Choose the format by an option or by the ending of the name.

    Raises
    ------
    InputError
        0002 for a format that does not exist, 0048 for an ending nobody knows.
    """
    if asked is not None:
        for file_format in FORMATS:
            if file_format.name == str(asked).lower():
                return file_format
        names = ", ".join(file_format.name for file_format in FORMATS)
        raise InputError(
            f"{name}: there is no file format {asked!r}.", code="0002", remedy=f"Known: {names}."
        )
    lower = name.lower()
    matches = [(ending, fmt) for fmt in FORMATS for ending in fmt.endings if lower.endswith(ending)]
    if matches:
        return max(matches, key=lambda match: len(match[0]))[1]
    raise InputError(
        f"{name}: its ending does not tell what kind of file it is.",
        code="0048",
        remedy=f"Known endings: {', '.join(known_formats())}; or name the format in the options.",
    )
