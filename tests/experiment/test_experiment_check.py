"""Checking: all problems at once, each with its place and the nearest right name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.experiment.check import Checked
from drawloom.experiment.paths import open_beneath

Check = Callable[..., Checked]
Problems = Callable[..., list[str]]


def test_the_documented_example_is_sound(checked: Check, problems: Problems) -> None:
    assert problems() == []
    graph = checked().graph
    assert graph is not None
    assert list(graph.boxes) == ["pima", "clean", "split", "forest", "train", "score"]
    assert graph.boxes["clean"].parameters.model_dump() == {"cutoff": 0}
    assert [wire.source_port for wire in graph.boxes["score"].wires] == ["model", "dataset2"]


def test_all_problems_come_at_once_sorted_by_place(problems: Problems, diabetes: str) -> None:
    text = (
        diabetes.replace("module: train-model", "module: train-modle")
        .replace("dataset: split.dataset2", "dataset: split.dataset3")
        .replace("{trees: 50}", "{tree: 50}")
        .replace("script: clean.py ", "script: claen.py ")
        .replace("fraction: 0.7", "fraction: 7")
        .replace("${cutoff}", "${cutof}")
        .replace("output1: score", "output1: scores")
    )
    assert problems(text) == [
        'diabetes.yaml:11:13: step "clean": There is no file "claen.py".',
        'diabetes.yaml:14:22: step "clean": no parameter "cutof". Did you mean "cutoff"?',
        "diabetes.yaml:15:77: step \"split\": The parameter 'fraction': "
        "Input should be less than or equal to 1, not 7.",
        'diabetes.yaml:16:20: step "train": no module "train-modle". Did you mean "train-model"?',
        "diabetes.yaml:17:56: step \"forest\": There is no parameter 'tree'. Did you mean 'trees'?",
        'diabetes.yaml:18:65: step "score": "split" has no output port "dataset3". Did you mean "dataset2"?',
        'diabetes.yaml:20:3: warning: parameter "cutoff": no step uses it.',
        'diabetes.yaml:24:22: service output "output1": no step "scores". Did you mean "score"?',
    ]


def test_a_cycle_names_its_path(problems: Problems) -> None:
    text = (
        "version: 1\nsteps:\n"
        "  a: {module: split-data, inputs: {dataset: c}}\n"
        "  b: {module: split-data, inputs: {dataset: a}}\n"
        "  c: {module: split-data, inputs: {dataset: b}}\n"
        "  d: {module: split-data, inputs: {dataset: d}}\n"
        "  e: {module: split-data, inputs: {dataset: c}}\n"
    )
    assert problems(text) == [
        'diabetes.yaml:3:45: step "a": the steps feed each other in a circle: a -> b -> c -> a. '
        "Remove one of these wires.",
        'diabetes.yaml:6:45: step "d": the steps feed each other in a circle: d -> d. '
        "Remove one of these wires.",
    ]


def test_ports_must_exist_be_fed_and_fit(problems: Problems) -> None:
    text = (
        "version: 1\nsteps:\n"
        "  forest: {module: two-class-decision-forest}\n"
        "  train: {module: train-model, inputs: {model: forest, datset: forest}, params: {label: y}}\n"
        "  score: {module: score-model, inputs: {model: forest, dataset: nobody}}\n"
        "  split: {module: split-data, inputs: {dataset: out}}\n"
        "  out: {module: export-data, inputs: {dataset: score}, params: {path: out.csv}}\n"
    )
    assert problems(text) == [
        'diabetes.yaml:4:3: step "train": nothing is connected to the port "dataset". '
        "Add inputs: {dataset: STEP}.",
        'diabetes.yaml:4:56: step "train": no input port "datset". Did you mean "dataset"?',
        'diabetes.yaml:5:48: step "score": "forest.model" gives a untrained model, but the port "model" '
        "wants a trained model.",
        'diabetes.yaml:5:65: step "score": no step "nobody". Choose from: forest, train, score, split, out.',
        'diabetes.yaml:6:49: step "split": "out" has no outputs.',
    ]


def test_a_wire_of_the_wrong_kind_names_the_port_that_fits(problems: Problems) -> None:
    text = (
        "version: 1\nsteps:\n"
        "  a: {module: execute-python-script, script: clean.py}\n"
        "  b: {module: evaluate-model, inputs: {dataset1: a.object}}\n"
    )
    assert 'Did you mean "a.dataset"?' in problems(text)[0]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/shadow", "leaves the folder"),
        ("../outside.csv", "leaves the folder"),
        ("data/../../outside.csv", "leaves the folder"),
        ("data/link.csv", "leaves the folder of the experiment through a link"),
        ("data/folder-link/outside.csv", "leaves the folder of the experiment through a link"),
        ("data/pipe", "neither a file nor a folder"),
        ("data/none.csv", "There is no file"),
        ("data/pima.csv/x", "There is no file"),
    ],
)
def test_paths_that_leave_the_folder_are_refused_by_name(
    folder: Path, problems: Problems, path: str, said: str
) -> None:
    import os

    (folder.parent / "outside.csv").write_text("a\n1\n")
    (folder / "data/link.csv").symlink_to("../../outside.csv")
    (folder / "data/folder-link").symlink_to(folder.parent)
    os.mkfifo(folder / "data/pipe")
    for key in ("params: {path: %s}", "script: %s", "bundle: %s"):
        module = "import-data" if "path" in key else "execute-python-script"
        more = "" if "bundle" not in key else "script: clean.py\n    "
        text = f"version: 1\nsteps:\n  a:\n    module: {module}\n    {more}{key % path}\n"
        (found,) = problems(text)
        assert said in found
        assert path in found
        assert found.startswith("diabetes.yaml:")


def test_an_export_may_not_leave_the_folder(problems: Problems, diabetes: str) -> None:
    text = diabetes.replace(
        "parameters:",
        "  out: {module: export-data, inputs: {dataset: score}, params: {path: ../x.csv}}\nparameters:",
    )
    assert 'step "out": ".." leaves the folder' in problems(text)[0]


def test_links_within_the_folder_and_further_roots_are_followed(
    folder: Path, problems: Problems, diabetes: str
) -> None:
    (folder / "alias.py").symlink_to("clean.py")
    outside = folder.parent / f"{folder.name}-shared"
    outside.mkdir()
    (outside / "pima.csv").write_text("a\n1\n")
    text = diabetes.replace("clean.py ", "alias.py ").replace("data/pima.csv", f"{outside}/pima.csv")
    assert "leaves the folder" in problems(text)[0]
    assert problems(text, roots=[outside]) == []
    relative = diabetes.replace("data/pima.csv", f"../{outside.name}/pima.csv")
    assert problems(relative, roots=[outside]) == []
    (outside / "link").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="through a link"):
        open_beneath(folder, f"{outside}/link", [outside])


def test_without_openat2_the_real_path_is_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from drawloom.experiment import paths

    monkeypatch.setattr(paths, "_OPENAT2", 100_000)  # no such call: ENOSYS
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "in").symlink_to("clean.py")
    os.close(open_beneath(folder, "in"))
    with pytest.raises(InputError, match="through a link"):
        open_beneath(folder, "out")


def test_placeholders_fill_whole_values_only(problems: Problems, diabetes: str) -> None:
    text = diabetes.replace("data/pima.csv", '"data/${cutoff}.csv"').replace(
        "script: clean.py", "script: ${cutoff}"
    )
    found = problems(text)
    assert any(
        'a placeholder fills a whole value, and "data/${cutoff}.csv" has text around it' in line
        for line in found
    )
    assert any('placeholders fill values of "params" only, not "script"' in line for line in found)


def test_a_placeholder_that_breaks_the_yaml_says_to_quote_it(problems: Problems, diabetes: str) -> None:
    (found,) = problems(diabetes.replace("data/pima.csv", "data/${cutoff}.csv"))
    assert found.startswith("diabetes.yaml:8:")
    assert found.endswith('Put a value with ${...} in quotes: "${name}".')


def test_a_dollar_sign_written_twice_is_one(checked: Check, diabetes: str) -> None:
    graph = checked(diabetes.replace("label: diabetes", 'label: "$${cutoff}"')).graph
    assert graph is not None
    assert graph.boxes["train"].parameters.model_dump()["label"] == "${cutoff}"


@pytest.mark.parametrize(
    ("parameter", "field", "suits"),
    [
        ("{type: text, default: many}", "trees", False),
        ("{type: number, default: 0.5}", "trees", False),
        ("{type: boolean}", "criterion", False),
        ("{type: integer}", "trees", True),
        ("{type: number}", "trees", True),
        ("{type: text}", "criterion", True),
        ("{type: text, choices: [gini]}", "criterion", True),
        ("{type: text, choices: [other]}", "criterion", False),
        ("{type: integer, default: 3}", "trees", True),
    ],
)
def test_the_type_of_a_parameter_must_suit_where_it_goes(
    problems: Problems, diabetes: str, parameter: str, field: str, suits: bool
) -> None:
    text = diabetes.replace("{trees: 50}", f'{{{field}: "${{p}}"}}').replace(
        "  cutoff: {", f"  p: {parameter}\n  cutoff: {{"
    )
    assert (problems(text) == []) is suits, problems(text)


def test_a_value_of_the_run_is_checked_too(checked: Check, diabetes: str) -> None:
    text = diabetes.replace("{trees: 50}", '{trees: "${n}"}').replace(
        "  cutoff: {", "  n: {type: integer}\n  cutoff: {"
    )
    assert checked(text, given={"n": "12"}).graph is not None
    assert "greater than 0" in checked(text, given={"n": -1}).problems[0].message
    with pytest.raises(InputError, match="wants a value of type integer") as wrong:
        checked(text, given={"n": "many"})
    assert wrong.value.code == "0002"
    with pytest.raises(InputError, match='no parameter "m"') as unknown:
        checked(text, given={"m": 1})
    assert unknown.value.code == "0001"


def test_secrets_and_environments_are_known_by_name(problems: Problems, diabetes: str) -> None:
    text = (
        diabetes.replace("label: diabetes", 'label: "${secret:tokn}"')
        .replace("seed: 876", "seed: 1")
        .replace("{module: score-model,", "{module: score-model, environment: scince,")
    )
    assert problems(text) == []
    found = problems(text, secrets=["token"], environments=["science", "default"])
    assert 'no secret "tokn". Did you mean "token"?' in found[0]
    assert 'no environment "scince". Did you mean "science"?' in found[1]


def test_a_script_that_cannot_be_read_for_its_ports_is_one_problem(folder: Path, problems: Problems) -> None:
    (folder / "clean.py").write_text("syntax error\n")
    assert problems() == ['diabetes.yaml:11:13: step "clean": line 1 is not Python.']


def test_a_script_where_none_belongs_and_none_where_one_does(problems: Problems) -> None:
    text = (
        "version: 1\nsteps:\n"
        "  a: {module: import-data, script: clean.py, params: {path: data/pima.csv}}\n"
        "  b: {module: execute-python-script}\n"
        "  c: {module: apply-sql-transformation, inputs: {t1: a}}\n"
    )
    assert problems(text) == [
        'diabetes.yaml:3:36: step "a": import-data takes no script. Remove the line.',
        'diabetes.yaml:4:3: step "b": execute-python-script wants a script. '
        'Add "script:" with the path of its file.',
        'diabetes.yaml:5:3: step "c": apply-sql-transformation wants a script. '
        'Add "script:" with the path of its file.',
    ]


def test_a_script_given_twice_is_one_problem(problems: Problems, folder: Path) -> None:
    (folder / "q.sql").write_text("select 1")
    text = (
        "version: 1\nsteps:\n"
        "  a: {module: import-data, params: {path: data/pima.csv}}\n"
        "  c: {module: apply-sql-transformation, script: q.sql, params: {script: x}, inputs: {t1: a}}\n"
    )
    assert problems(text) == ['diabetes.yaml:4:65: step "c": the script is given twice. Keep one of them.']


def test_what_cannot_run_says_every_error(checked: Check, diabetes: str) -> None:
    found = checked(diabetes.replace("train-model", "x").replace("split-data", "y"))
    with pytest.raises(InputError) as error:
        found.require("diabetes.yaml")
    assert error.value.message.count("diabetes.yaml:") == 2
    assert error.value.exit_status == 2


def test_a_module_that_misses_a_parameter_says_what_it_is_for(problems: Problems, diabetes: str) -> None:
    found = problems(diabetes.replace(", params: {label: diabetes}", ""))
    assert found == [
        "diabetes.yaml:16:3: step \"train\": The parameter 'label' is missing. Name the column to learn."
    ]
