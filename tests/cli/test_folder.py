"""The folder of `--out`, from results as the engine gives them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawloom.cli import folder
from drawloom.engine.run import ObjectOut, RunRequest, RunResult
from drawloom.engine.tables import Table

PNG = b"\x89PNG\r\n\x1a\n"
REQUEST = RunRequest(script=Path("x.py"))


@pytest.fixture
def file() -> Iterator[Callable[[bytes], int]]:
    """Make a memory file, closed after the test."""
    made: list[int] = []

    def make(data: bytes) -> int:
        made.append(os.memfd_create("file"))
        os.write(made[-1], data)
        return made[-1]

    yield make
    for fd in made:
        os.close(fd)


def names(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}


def test_tables_objects_plots_and_logs_become_files(tmp_path: Path, file: Callable[[bytes], int]) -> None:
    result = RunResult(
        "ok",
        outputs={
            "dataset": Table(
                -1, 1, [("a", "int64")], exports={"csv": file(b"a\n1\n"), "parquet": file(b"PAR1")}
            )
        },
        objects={"model": ObjectOut(file(b"opaque"), {"python": "3.11"})},
        graphics=[("plot.png", "png", PNG)],
        stdout=b"out",
        stderr=b"err",
    )
    written = folder.write(tmp_path / "a" / "b", REQUEST, result)
    out = tmp_path / "a" / "b"
    assert names(out) == set(written)
    assert (out / "dataset.csv").read_bytes() == b"a\n1\n"
    assert (out / "dataset.parquet").read_bytes() == b"PAR1"
    assert (out / "model.pkl").read_bytes() == b"opaque"
    assert json.loads((out / "model.versions.json").read_text()) == {"python": "3.11"}
    assert (out / "graphics/plot.png").read_bytes() == PNG
    assert (out / "stdout.txt").read_bytes() == b"out"
    assert (out / "stderr.txt").read_bytes() == b"err"
    assert json.loads((out / "run.json").read_text())["files"] == written


def test_a_second_run_removes_what_the_first_left_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    folder.write(tmp_path, REQUEST, RunResult("ok", graphics=[("old.png", "png", PNG)]))
    folder.write(tmp_path, REQUEST, RunResult("ok", graphics=[("new.png", "png", PNG)]))
    assert names(tmp_path) == {"mine.txt", "graphics/new.png", "stdout.txt", "stderr.txt", "run.json"}


def test_a_forged_record_of_an_earlier_run_removes_nothing_outside_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_text("kept")
    forged = {"files": ["../precious", str(tmp_path / "precious"), "graphics/../../precious", 7]}
    (out / "run.json").write_text(json.dumps(forged))
    folder.write(out, REQUEST, RunResult("ok"))
    assert (tmp_path / "precious").read_text() == "kept"


@given(called=st.lists(st.text(min_size=1), min_size=1, max_size=4))
@example(called=["../../x.png", "/etc/x.png", "..", ".", "a/../../b.png", "x.png", "x.png", "X", "n" * 200])
def test_whatever_plots_are_called_each_is_a_file_in_graphics(
    called: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    parent = tmp_path_factory.mktemp("parent")
    graphics = [(name, "png", PNG + bytes([number])) for number, name in enumerate(called)]
    folder.write(parent / "out", REQUEST, RunResult("ok", graphics=graphics))
    kept = [path.read_bytes() for path in (parent / "out/graphics").iterdir()]
    assert sorted(kept) == sorted(data for _, _, data in graphics)
    assert names(parent) == {f"out/{name}" for name in names(parent / "out")}
    assert len(names(parent)) == len(called) + 3
