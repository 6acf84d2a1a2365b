"""`drawloom run FILE.yaml`: what runs, what is reused, why, and how it is told."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.people import OLDER, Call

SLOW = """\
import sys
import time

def azureml_main(dataframe1):
    for done in range(40):
        time.sleep(0.25)
        print(f"\\r{2.5 * done:3.0f}%|{'#' * done}| {done}/40 [00:01<00:02]", end="", file=sys.stderr)
    return dataframe1
"""


def by_name(record: dict[str, object]) -> dict[str, dict[str, object]]:
    """Give the steps of a JSON record by name."""
    return {step["name"]: step for step in record["steps"]}  # type: ignore[attr-defined]


def test_a_second_run_reuses_everything_and_an_edit_runs_what_depends_on_it(call: Call, folder: Path) -> None:
    first = call("run", "people.yaml", "--json", cwd=folder)
    assert first.status == 0
    assert first.err == "older | making 3 older\n"
    steps = by_name(first.json)
    assert {name: step["status"] for name, step in steps.items()} == dict.fromkeys(
        ("people", "older", "mean", "known"), "ok"
    )
    assert steps["known"]["outputs"]["dataset"]["rows"] == 2  # type: ignore[index]
    assert steps["known"]["outputs"]["dataset"]["columns"] == 2  # type: ignore[index]

    again = call("run", "people.yaml", "--json", cwd=folder)
    assert {step["status"] for step in again.json["steps"]} == {"reused"}
    assert {step["reason"] for step in again.json["steps"]} == {"same as in run 1"}

    (folder / "older.py").write_text(OLDER.replace("+= years", "+= years + 1"))
    steps = by_name(call("run", "people.yaml", "--json", cwd=folder).json)
    assert {name for name, step in steps.items() if step["status"] == "ok"} == {"older", "mean"}
    assert steps["older"]["reason"] == "line 3 of older.py changed"
    assert "line 3 of older.py changed" in str(steps["mean"]["reason"])


def test_piped_output_is_a_plain_line_for_each_step(call: Call, folder: Path) -> None:
    done = call("run", "people.yaml", cwd=folder)
    *lines, summary = done.out.splitlines()
    assert {line.split()[0] for line in lines} == {"people", "older", "mean", "known"}
    assert re.search(r"^mean +ok +\d+\.\d\d s +1 x 1  first run$", done.out, re.MULTILINE)
    assert summary == "run 1: 4 ok"
    assert "\x1b" not in done.out + done.err


def test_a_failed_step_leaves_the_others_running_and_marks_what_needed_it(call: Call, folder: Path) -> None:
    (folder / "older.py").write_text("def azureml_main(frame, years: int = 0):\n    return frame / absent\n")
    done = call("run", "people.yaml", cwd=folder)
    assert done.status == 1
    assert re.search(r"^older +failed ", done.out, re.MULTILINE)
    assert re.search(r'^mean +skipped +step "older" failed$', done.out, re.MULTILINE)
    assert re.search(r"^known +ok ", done.out, re.MULTILINE)
    assert done.out.endswith("run 1: 2 ok, 1 failed, 1 skipped\n")
    assert "NameError: name 'absent' is not defined" in done.err
    assert "Local variables at line 2 of older.py:" in done.err

    record = call("run", "people.yaml", "--json", cwd=folder)
    assert record.status == 1
    assert record.json["status"] == "failed"
    assert record.json["error"]["code"] == "0085"
    steps = by_name(record.json)
    assert steps["older"]["error"] == record.json["error"]
    assert steps["older"]["reason"] == "it failed in run 1"


def test_to_only_fresh_and_param_choose_what_runs(call: Call, folder: Path) -> None:
    only = call("run", "people.yaml", "--only", "known", cwd=folder)
    assert only.status == 2
    assert "Run what it needs too: --to known" in only.err
    to = call("run", "people.yaml", "--to", "known", "--json", cwd=folder)
    assert list(by_name(to.json)) == ["people", "known"]
    only = call("run", "people.yaml", "--only", "known", "--fresh", "known", "--json", cwd=folder)
    assert by_name(only.json)["known"]["reason"] == "asked for with --fresh"
    fresh = call("run", "--fresh", "people.yaml", "--param", "years=2", "--json", cwd=folder)
    assert {step["reason"] for step in fresh.json["steps"]} == {"asked for with --fresh"}
    assert fresh.json["parameters"] == {"years": 2}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("people.yaml", "--to", "mian"), 'Did you mean "mean"?'),
        (("people.yaml", "--param", "year=2"), 'Did you mean "years"?'),
        (("people.yaml", "--param", "years=two"), "years"),
        (("absent.yaml",), 'The experiment "absent.yaml" cannot be opened'),
    ],
)
def test_what_cannot_run_is_an_error_in_text_and_in_json(
    words: tuple[str, ...], message: str, call: Call, folder: Path
) -> None:
    said = call("run", *words, cwd=folder)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    said = call("run", *words, "--json", cwd=folder)
    assert said.status == 2
    assert said.json["steps"] == []
    assert message in said.json["error"]["message"] + said.json["error"]["remedy"]


@pytest.mark.parametrize("path", ["/etc/shadow", "../../people.csv", "out/shadow"])
@pytest.mark.parametrize("where", ["file", "script", "bundle"])
def test_a_path_that_leads_out_of_the_folder_is_refused_by_name(
    path: str, where: str, call: Call, folder: Path
) -> None:
    (folder / "out").symlink_to("/etc")
    file = folder / "people.yaml"
    old = {"file": "people.csv", "script": "script: older.py", "bundle": "script: older.py"}[where]
    new = {"file": path, "script": f"script: {path}", "bundle": f"{old}\n    bundle: {path}"}[where]
    file.write_text(file.read_text().replace(old, new))
    for command in ("check", "run"):
        refused = call(command, "people.yaml", cwd=folder)
        assert refused.status == 2
        assert f'"{path}"' in refused.out + refused.err


def test_the_workspace_is_the_one_that_is_named(call: Call, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    assert call("run", "people.yaml", "--workspace", "kept", "--to", "people", cwd=folder).status == 0
    assert (tmp_path / "kept/.drawloom/records.db").is_file()
    assert not (folder / ".drawloom").exists()
    assert call("runs", "--workspace", "kept", cwd=folder).out.splitlines()[1].split()[0] == "1"


def test_a_cached_run_imports_no_library_of_tables_and_starts_no_sandbox(folder: Path) -> None:
    code = (
        "import sys, threading\nfrom drawloom.cli.main import main\nstatus = main(['run', 'people.yaml'])\n"
        "heavy = {'pandas', 'numpy', 'pyarrow', 'alembic', 'drawloom.sandbox.pool'}\n"
        "print(status, sorted(heavy & set(sys.modules)), threading.active_count())"
    )
    command = [sys.executable, "-c", code]
    first, again = (
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert "run 1: 4 ok\n" in first
    assert "drawloom.sandbox.pool" in first
    assert again.endswith("run 2: 4 reused\n0 [] 1\n")


def test_a_terminal_gets_a_table_that_is_redrawn_in_place(folder: Path, drawloom: Path) -> None:
    (folder / "older.py").write_text(SLOW.replace("range(40)", "range(6)"))
    file = folder / "people.yaml"
    file.write_text(file.read_text().replace('    params: {years: "${years}"}\n', ""))
    shown = on_terminal([str(drawloom), "run", "people.yaml"], folder)
    assert "\x1b[J" in shown
    assert re.search(r"older +running +\d\.\d\d s +[#.]{20} +\d+%", shown)
    end = shown.rpartition("\x1b[J")[2].replace("\r", "")
    assert end.splitlines()[0].split() == ["step", "status", "took", "rows", "x", "columns", "why"]
    assert end.endswith("run 1: 4 ok\n")


def on_terminal(command: list[str], cwd: Path) -> str:
    """Run a command on a terminal of its own, and give what it wrote."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    assert process.returncode == 0, shown.decode()
    return shown.decode()


def test_an_interrupt_ends_the_children_and_records_the_run_as_cancelled(
    folder: Path, drawloom: Path, call: Call
) -> None:
    (folder / "older.py").write_text(SLOW)
    file = folder / "people.yaml"
    file.write_text(file.read_text().replace('    params: {years: "${years}"}\n', ""))
    command = [drawloom, "run", "people.yaml"]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # As from a terminal: a suite that runs in the background ignores Ctrl-C, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        while not (folder / ".drawloom/records.db").exists() or "running" not in state(folder):
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode().endswith("Interrupted. Run 1 is recorded as cancelled; what it finished is reused.\n")
    shown = call("show", "1", "--json", cwd=folder).json
    assert shown["status"] == "cancelled"
    assert by_name(shown)["older"]["status"] == "cancelled"


def state(folder: Path) -> str:
    """Give how the slow step goes, as the records have it."""
    import sqlite3

    with sqlite3.connect(folder / ".drawloom/records.db", timeout=5) as connection:
        try:
            found = connection.execute("select status from steps where name = 'older'").fetchone()
        except sqlite3.OperationalError:  # the tables are being made
            return ""
    connection.close()
    return str(found and found[0])


def test_a_thousand_reused_steps_are_told_in_a_few_lines(call: Call, tmp_path: Path) -> None:
    steps = "".join(
        f"  s{n}: {{module: enter-data-manually, params: {{data: 'a\\n{n % 5}'}}}}\n" for n in range(60)
    )
    (tmp_path / "many.yaml").write_text(f"version: 1\nname: Many\nsteps:\n{steps}")
    assert call("run", "many.yaml", cwd=tmp_path).status == 0
    again = call("run", "many.yaml", cwd=tmp_path).out.splitlines()
    assert len(again) == 42
    assert again[-1] == "run 2: 60 reused"
    assert json.loads(call("plan", "many.yaml", "--json", cwd=tmp_path).out)["steps"][59]["action"] == "reuse"
