"""`dataset`, `secret` and `workspace`: what the workspace keeps."""

from __future__ import annotations

import io
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from cli.people import Call


def test_a_dataset_is_imported_listed_shown_exported_and_removed(call: Call, folder: Path) -> None:
    added = call("dataset", "add", "people.csv", cwd=folder)
    assert (added.status, added.out) == (0, "people version 1: 3 rows x 2 columns\n")
    assert call("dataset", "add", "people.csv", cwd=folder).out.startswith("people version 1:")
    (folder / "more.csv").write_text("name,age\nDan,5\n")
    again = call("dataset", "add", "more.csv", "--name", "people", "--json", cwd=folder)
    assert (again.json["version"], again.json["rows"]) == (2, 1)

    assert call("dataset", "list", cwd=folder).out.splitlines()[1].split()[:5] == [
        "people",
        "2",
        "1",
        "x",
        "2",
    ]
    versions = call("dataset", "list", "people", "--json", cwd=folder).json["datasets"]
    assert [each["version"] for each in versions] == [2, 1]
    shown = call("dataset", "show", "people", "--version", "1", cwd=folder).out
    assert shown.splitlines()[4].split() == ["Ada", "36"]
    described = call("dataset", "show", "people", "--version", "1", "--profile", cwd=folder).out
    assert described.splitlines()[4].split()[:3] == ["age", "float64", "1"]

    assert call("dataset", "export", "people", "out.csv", cwd=folder).status == 0
    assert (folder / "out.csv").read_text().splitlines() == ["name,age", "Dan,5"]
    assert call("dataset", "export", "people", "out.parquet", "--version", "1", cwd=folder).status == 0
    assert (folder / "out.parquet").read_bytes()[:4] == b"PAR1"
    taken = call("dataset", "export", "people", "out.csv", cwd=folder)
    assert (taken.status, "--overwrite" in taken.err) == (2, True)

    assert call("dataset", "remove", "people", "--version", "1", cwd=folder).status == 0
    assert call("dataset", "remove", "people", cwd=folder).out.startswith("people: 1 version removed")
    assert "no datasets" in call("dataset", "list", cwd=folder).err


def test_an_experiment_reads_a_dataset_by_name_and_runs_again_for_its_next_version(
    call: Call, folder: Path
) -> None:
    file = folder / "people.yaml"
    wanted = file.read_text().replace(
        "import-data\n    params: {path: people.csv}", "dataset\n    params: {name: p}"
    )
    file.write_text(wanted)
    call("dataset", "add", "people.csv", "--name", "p", cwd=folder)
    assert call("run", "people.yaml", cwd=folder).status == 0
    (folder / "people.csv").write_text("name,age\nDan,5\n")
    call("dataset", "add", "people.csv", "--name", "p", cwd=folder)
    steps = call("run", "people.yaml", "--json", cwd=folder).json["steps"]
    assert steps[0]["reason"] == "the dataset in the workspace changed"
    assert {step["status"] for step in steps} == {"ok"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "absent.csv"), "absent.csv cannot be opened"),
        (("add", "older.py"), "its ending does not tell what kind of file it is"),
        (("add", "people.csv", "--name", "../x"), "A dataset cannot be named '../x'."),
        (("show", "peple"), "Did you mean 'people'?"),
        (("show", "people", "--version", "7"), "has no version 7"),
        (("export", "people", "out.doc"), "Give it the ending .csv, .parquet or .arrow."),
    ],
)
def test_what_cannot_be_done_with_a_dataset_is_said(
    words: tuple[str, ...], message: str, call: Call, folder: Path
) -> None:
    call("dataset", "add", "people.csv", cwd=folder)
    said = call("dataset", *words, cwd=folder)
    assert said.status == 2
    assert message in said.err


def test_a_secret_is_read_from_stdin_and_only_its_name_is_ever_shown(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pass word\n"))
    said = call("secret", "set", "TOKEN", cwd=folder)
    assert said.status == 0
    assert "pass word" not in said.out + said.err
    kept = folder / ".drawloom/secrets.json"
    assert '"pass word"' in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert call("secret", "list", cwd=folder).out == "TOKEN\n"
    assert call("secret", "remove", "TOKE", cwd=folder).err.endswith("Did you mean 'TOKEN'?\n")
    assert call("secret", "remove", "TOKEN", cwd=folder).status == 0
    assert call("secret", "list", "--json", cwd=folder).json == {"secrets": []}
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert call("secret", "set", "EMPTY", cwd=folder).status == 2


def test_a_secret_reaches_the_script_and_no_log_or_record(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("pass-word\n"))
    call("secret", "set", "TOKEN", cwd=folder)
    script = (
        "def azureml_main(frame, years: str = ''):\n    print(years)\n    return frame.assign(n=len(years))\n"
    )
    (folder / "older.py").write_text(script)
    file = folder / "people.yaml"
    file.write_text(file.read_text().replace('"${years}"', '"${secret:TOKEN}"'))
    done = call("run", "people.yaml", "--to", "older", cwd=folder)
    assert done.status == 0
    assert "older | ***" in done.err
    assert call("show", "1.older.dataset", cwd=folder).out.splitlines()[2].split() == ["Ada", "36", "9"]
    kept = [path for path in (folder / ".drawloom").rglob("*") if path.is_file()]
    assert [path.name for path in kept if b"pass-word" in path.read_bytes()] == ["secrets.json"]


def test_a_flipped_bit_is_found_and_its_step_runs_again(call: Call, folder: Path) -> None:
    assert call("run", "people.yaml", cwd=folder).status == 0
    sound = call("workspace", "check", cwd=folder)
    assert (sound.status, sound.out.endswith(": no problems\n")) == (0, True)
    largest = max((folder / ".drawloom/store").glob("??/*"), key=lambda path: path.stat().st_size)
    state = largest.stat()
    os.chmod(largest, 0o644)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    with largest.open("r+b") as file:
        file.write(content)
    os.chmod(largest, 0o444)
    os.utime(largest, ns=(state.st_atime_ns, state.st_mtime_ns))
    found = call("workspace", "check", "--json", cwd=folder)
    assert found.status == 2
    (problem,) = found.json["problems"]
    assert problem["kind"] == "damaged"
    assert problem["named_by"][0].startswith("run 1, step ")
    assert call("workspace", "check", "--mend", cwd=folder).status == 0
    assert call("workspace", "check", cwd=folder).status == 0
    done = call("run", "people.yaml", "--json", cwd=folder).json
    reasons = {step["reason"] for step in done["steps"] if step["status"] == "ok"}
    assert reasons
    assert all("gone" in reason or "no longer kept" in reason for reason in reasons), reasons


def test_gc_tells_what_it_would_free_and_frees_it(call: Call, folder: Path) -> None:
    for years in ("1", "2"):
        assert call("run", "people.yaml", "--param", f"years={years}", cwd=folder).status == 0
    with closing(sqlite3.connect(folder / ".drawloom/records.db")) as connection, connection:
        connection.execute("update entries set used_at = ?", (time.time() - 30 * 86_400,))
    would = call("workspace", "gc", "--dry-run", "--json", cwd=folder).json
    assert would["freed_entries"] == 3  # what older (two ports) and mean gave for years=1
    done = call("workspace", "gc", "--older-than", "1d", cwd=folder)
    assert done.out.startswith("freed 3 files")
    shown = call("show", "1.older", cwd=folder).out
    assert "no longer kept" in shown
    gone = call("show", "1.older.dataset", cwd=folder)
    assert (gone.status, "is no longer kept" in gone.err) == (2, True)


@pytest.mark.parametrize("words", [("--older-than", "soon"), ("--max-size", "big")])
def test_an_age_or_a_size_that_is_none_is_a_usage_error(words: tuple[str, str], call: Call) -> None:
    said = call("workspace", "gc", *words)
    assert said.status == 2
    assert words[1] in said.err
