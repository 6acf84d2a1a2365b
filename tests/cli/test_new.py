"""`drawloom new`: every template is an example, and makes a folder whose experiment has no problems."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

import drawloom
from cli.people import Call

TEMPLATES = sorted(path.name for path in (Path(drawloom.__file__).parent / "templates").iterdir())


def test_there_is_one_copy_of_each_template_among_the_examples(checkout: Path) -> None:
    found = {Path(str(files("drawloom") / "templates" / name)).resolve() for name in TEMPLATES}
    assert {path.parent for path in found} == {checkout / "examples"}
    experiments = {path.parent for path in (checkout / "examples").glob("*/*.yaml")}
    assert found == experiments


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_makes_an_experiment_without_problems(template: str, call: Call, tmp_path: Path) -> None:
    made = call("new", "mine", "--template", template, cwd=tmp_path)
    assert made.status == 0
    assert made.out.splitlines()[1] == "run it: cd mine && drawloom run mine.yaml"
    checked = call("check", "mine/mine.yaml", cwd=tmp_path)
    assert checked.status == 0
    assert checked.out.endswith("no problems\n")


def test_the_gallery_lists_every_template_with_what_it_shows(call: Call) -> None:
    shown = call("new", "--templates").out
    assert [line.split()[0] for line in shown.splitlines() if not line.startswith(" ")] == [
        "template",
        *TEMPLATES,
    ]
    assert max(map(len, shown.splitlines())) <= 80


def test_without_a_template_a_starter_is_made_that_runs(call: Call, tmp_path: Path) -> None:
    assert call("new", "work/rain", cwd=tmp_path).status == 0
    done = call("run", "rain.yaml", "--json", cwd=tmp_path / "work/rain")
    assert done.status == 0
    assert [step["status"] for step in done.json["steps"]] == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mine", "--template", "diabets"), 'Did you mean "diabetes"?'),
        (("there",), "there is not empty."),
        ((".hidden",), "An experiment cannot be named '.hidden'."),
        ((), "No folder is named."),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(
    words: tuple[str, ...], message: str, call: Call, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    refused = call("new", *words, cwd=tmp_path)
    assert refused.status == 2
    assert message in refused.err
    assert [path.name for path in tmp_path.rglob("*")] == ["there", "file"]
