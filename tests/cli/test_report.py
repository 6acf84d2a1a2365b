"""What a reader is told of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drawloom.cli import report
from drawloom.engine.run import RunResult
from drawloom.engine.tables import Table
from drawloom.errors import LimitError, ScriptError


def change(column: str, **said: Any) -> dict[str, Any]:
    plain = {"column": column, "type_there": "str", "type_here": "str", "note": "", "renamed_from": None}
    return plain | {"missing_before": 0, "missing_after": 0} | said


def remarks(**result: Any) -> list[str]:
    return list(report.remarks(RunResult("ok", **result), folder=None, kept=[]))


def test_one_table_is_shown_without_its_name() -> None:
    result = RunResult("ok", outputs={"dataset": Table(-1, 1, [("a", "int64")], "a\n1\n")})
    assert report.tables(result) == "a\n1"


def test_several_tables_are_shown_with_their_names() -> None:
    table = Table(-1, 1, [("a", "int64")], "a\n1\n")
    assert report.tables(RunResult("ok", outputs={"dataset": table, "dataset2": table})) == (
        "dataset\na\n1\n\ndataset2\na\n1"
    )


def test_a_changed_column_is_told_with_all_that_changed() -> None:
    entry = change("a", renamed_from="7", type_there="object", missing_after=2, note="Mixed cells.")
    assert remarks(conversions={"out": {"dataset": [entry]}}) == [
        "result dataset, column 'a': was called 7; object became str; 0 missing became 2;\n    Mixed cells."
    ]


def test_many_changed_columns_are_counted() -> None:
    said = remarks(conversions={"in": {"dataset1": [change(f"c{n}", note="x") for n in range(9)]}})
    assert len(said) == report.CHANGES + 1
    assert said[-1] == "... 4 more columns changed (--json lists them)"


@pytest.mark.parametrize(
    "forged", [{"out": 1}, {"out": {"dataset": [7]}}, {"sideways": {"x": [{"column": 1}]}}]
)
def test_a_forged_report_of_changes_is_called_so(forged: dict[str, Any]) -> None:
    assert remarks(conversions=forged) == ["The report of changed columns has an unknown form."]


def test_what_is_not_kept_is_named_with_the_way_to_keep_it() -> None:
    assert remarks(graphics=[("a.png", "png", b"")]) == ["not kept: a.png (give --out DIR to keep them)"]


def test_a_run_without_a_cgroup_says_what_that_means() -> None:
    (said,) = remarks(walls={"level": 3, "cgroup": "none may be made"})
    assert "none may be made" in said


def test_remarks_hold_no_control_characters() -> None:
    said = remarks(notes=["\x1b[2J"], graphics=[("\x1b]0;x\x07.png", "png", b"")])
    assert not any("\x1b" in line for line in said)


def test_locals_of_several_lines_hang_below_their_name() -> None:
    error = ScriptError("It failed.", line=3, traceback="T", locals={"x": "1", "frame": "  a\n0 1"})
    assert report.failure(error, script="s.py").splitlines() == [
        "Error 0085: It failed.",
        "",
        "T",
        "",
        "Local variables at line 3 of s.py:",
        "  x = 1",
        "  frame =",
        "      a",
        "    0 1",
    ]


def test_the_remedy_follows_the_message() -> None:
    error = LimitError("Too long.", code="0072", remedy="Give it more time.")
    assert report.failure(error, script="s.py") == "Error 0072: Too long.\nGive it more time."


def test_kept_files_are_listed_in_80_columns() -> None:
    kept = [f"graphics/picture-{number}.png" for number in range(20)]
    (said,) = report.remarks(RunResult("ok"), folder=Path("out"), kept=kept)
    assert max(map(len, said.splitlines())) <= 80
    assert all(name in said for name in kept)
