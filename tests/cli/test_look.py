"""`check`, `plan`, `runs`, `show` and `diff`: what is told of an experiment, and of what was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.people import Call


def lines(text: str) -> list[list[str]]:
    """Give the words of each line."""
    return [line.split() for line in text.splitlines()]


def test_check_tells_all_problems_at_once_with_line_column_and_the_nearest_name(
    call: Call, folder: Path
) -> None:
    file = folder / "people.yaml"
    file.write_text(file.read_text().replace("older.py", "oder.py").replace("clean-missing", "clean-mising"))
    said = call("check", "people.yaml", cwd=folder)
    assert said.status == 2
    first, second = said.out.splitlines()[:2]
    assert first == 'people.yaml:9:13: step "older": There is no file "oder.py".'
    assert second.startswith('people.yaml:19:13: step "known": no module "clean-mising-data".')
    assert 'Did you mean "clean-missing-data"?' in second
    listed = call("check", "people.yaml", "--json", cwd=folder)
    assert [(each["line"], each["column"]) for each in listed.json["problems"]][:2] == [(9, 13), (19, 13)]
    assert not (folder / ".drawloom").exists()


def test_plan_says_what_would_run_and_why_and_runs_nothing(call: Call, ran: Path) -> None:
    said = call("plan", ran / "people.yaml", "--param", "years=5")
    assert said.status == 0
    assert ["people", "reuse", "same", "as", "in", "run", "1"] in lines(said.out)
    assert "parameter `years` 10 -> 5" in said.out
    assert said.out.endswith("2 of 4 steps would run\n")
    assert len(call("runs", cwd=ran).out.splitlines()) == 3


def test_runs_are_listed_in_pages_newest_first(call: Call, ran: Path) -> None:
    assert [words[0] for words in lines(call("runs", cwd=ran).out)] == ["run", "2", "1"]
    page = call("runs", "--limit", "1", cwd=ran).out.splitlines()
    assert page[1].split()[0] == "2"
    assert page[2] == "... older ones: drawloom runs --before 2"
    listed = call("runs", "people.yaml", "--before", "2", "--json", cwd=ran).json
    assert [run["run"] for run in listed["runs"]] == [1]
    assert not listed["more"]
    assert call("runs", "--before", "1", cwd=ran).err == "no runs\n"


def test_a_run_is_shown_with_each_step_its_size_and_why(call: Call, ran: Path) -> None:
    said = call("show", "last", cwd=ran)
    assert ["parameters", "years=10"] in lines(said.out)
    assert ["people", "reused", "3", "x", "2", "same", "as", "in", "run", "1"] in lines(said.out)
    assert "parameter `years` 1 -> 10" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_step_is_shown_with_its_outputs_log_and_walls(call: Call, ran: Path) -> None:
    shown = call("show", "2.older", "--walls", cwd=ran).out
    assert ["why", "parameter", "`years`", "1", "->", "10"] in lines(shown)
    assert ["dataset", "table", "3", "x", "2"] in [words[:5] for words in lines(shown)]
    assert "log\n  making 3 older\n" in shown
    assert "\nwalls\nlevel" in shown
    assert call("show", "2.older", "--log", cwd=ran).out == "making 3 older\n"
    reused = call("show", "2.people", cwd=ran).out
    assert "run 1; its log and walls: drawloom show 1.people" in reused
    record = call("show", "2.older", "--json", cwd=ran).json
    assert record["log"]["stdout"] == "making 3 older\n"
    assert record["error"] is None


def test_a_table_is_shown_described_and_written(call: Call, ran: Path, tmp_path: Path) -> None:
    shown = call("show", "1.older.dataset", cwd=ran).out.splitlines()
    assert shown[2].split() == ["Ada", "37"]
    assert shown[-1] == "3 rows x 2 columns"
    described = lines(call("show", "1.older.dataset", "--profile", cwd=ran).out)
    assert described[2][:4] == ["age", "float64", "1", "2"]
    record = call("show", "1.older.dataset", "--json", cwd=ran).json
    assert record["rows"] == record["profile"]["rows"] == 3
    target = tmp_path / "older.csv"
    assert call("show", "1.older.dataset", "--out", target, cwd=ran).status == 0
    assert target.read_text().splitlines()[0] == "name,age"
    taken = call("show", "1.older.dataset", "--out", target, cwd=ran)
    assert taken.status == 2
    assert "is there already" in taken.err


def test_pictures_are_listed_and_written(call: Call, folder: Path) -> None:
    plot = (
        "import matplotlib.pyplot as plt\n\ndef azureml_main(frame, years: int = 1):\n    plt.plot([1, 2])\n"
    )
    (folder / "older.py").write_text(plot + "    plt.savefig('line.png')\n    return frame\n")
    assert call("run", "people.yaml", "--to", "older", cwd=folder).status == 0
    listed = call("show", "1.older.graphics", cwd=folder).out
    assert ["line.png", "png"] in [words[:2] for words in lines(listed)]
    assert call("show", "1.older.graphics", "--out", "plots", cwd=folder).status == 0
    assert (folder / "plots/line.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("9", "There is no run 9 in this workspace."),
        ("1.oldr", 'Did you mean "older"?'),
        ("1.older.datset", 'Did you mean "dataset"?'),
        ("1.older.dataset.age", "does not name a run, a step or a port."),
        ("first", "Write RUN[.STEP[.PORT]]"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(what: str, message: str, call: Call, ran: Path) -> None:
    said = call("show", what, cwd=ran)
    assert said.status == 2
    assert message in said.err


def test_a_folder_without_a_workspace_is_named(call: Call, tmp_path: Path) -> None:
    said = call("runs", cwd=tmp_path)
    assert said.status == 2
    assert f"{tmp_path} is not a workspace" in said.err
    assert not list(tmp_path.iterdir())


def test_diff_names_parameters_steps_and_values(call: Call, ran: Path) -> None:
    said = lines(call("diff", "1", "2", cwd=ran).out)
    assert ["years", "1", "->", "10", "(+9)"] in said
    assert ["older", "parameter", "`years`", "1", "->", "10"] in said
    assert ["mean.dataset", "age", "44.5", "->", "53.5", "(+9)"] in said
    assert call("diff", "1", "1", cwd=ran).out.endswith("\nno differences\n")
    record = call("diff", "1", "2", "--json", cwd=ran).json
    assert {"kind": "parameter", "what": "years", "before": 1, "after": 10} in record["differences"]


def test_diff_names_changes_of_the_graph_of_script_lines_and_of_sizes(call: Call, folder: Path) -> None:
    assert call("run", "people.yaml", cwd=folder).status == 0
    script, file = folder / "older.py", folder / "people.yaml"
    script.write_text(script.read_text().replace("return dataframe1", "return dataframe1.head(2)"))
    text = file.read_text().replace("inputs: {t1: older}", "inputs: {t1: people}")
    extra = "  half: {module: split-data, inputs: {dataset: older}}\n"
    file.write_text(text.replace("parameters:", extra + "parameters:"))
    assert call("run", "people.yaml", cwd=folder).status == 0
    said = lines(call("diff", "1", "2", cwd=folder).out)
    assert ["half", "new:", "split-data"] in said
    assert ["mean.t1", "older", "->", "people"] in said
    assert ["older", *["line", "4", "of", "older.py", "changed"]] in said
    assert ["older.dataset", *["3", "x", "2", "->", "2", "x", "2"]] in said
