"""Keys and plans: what runs, what is reused, and the reason each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drawloom.errors import InputError
from drawloom.experiment.check import Box, Checked
from drawloom.experiment.document import parse
from drawloom.experiment.keys import Surroundings
from drawloom.experiment.plan import Plan, plan

Check = Callable[..., Checked]


@dataclass
class Kept:
    run: int
    problem: str | None = None


@dataclass
class Last:
    run: int
    status: str
    key: str | None
    key_parts: Any


@dataclass
class Notebook:
    """Records in memory, in the form the workspace keeps them: key parts go through JSON."""

    kept: dict[str, Kept] = field(default_factory=dict)
    last: dict[str, Last] = field(default_factory=dict)
    asked: int = 0
    runs: int = 0

    def find_reusable_many(self, keys: Iterable[str]) -> dict[str, Kept]:
        self.asked += 1
        return {key: self.kept[key] for key in keys if key in self.kept}

    def last_step_records(self, experiment: str, names: Iterable[str]) -> dict[str, Last]:
        return {name: self.last[name] for name in names if name in self.last}

    def run(self, made: Plan, fail: str = "") -> Plan:
        """Pretend to run a plan."""
        self.runs += 1
        for step in made.steps:
            parts = json.loads(json.dumps(step.parts.to_dict()))
            status = "failed" if step.name == fail else "succeeded" if step.runs else "reused"
            if step.runs and status == "succeeded":
                self.kept[step.key] = Kept(self.runs)
            self.last[step.name] = Last(self.runs, status, step.key, parts)
        return made


def environment(box: Box) -> str:
    return f"lock of {box.step.environment or 'default'}"


@pytest.fixture
def book() -> Notebook:
    return Notebook()


@pytest.fixture
def planned(checked: Check, book: Notebook, diabetes: str) -> Callable[..., Plan]:
    """Plan a text (the diabetes file by default) against the notebook."""

    def run(text: str = diabetes, around: Surroundings | None = None, **options: Any) -> Plan:
        found = checked(text, given=options.pop("given", None))
        return plan(found.require("diabetes.yaml"), book, around or Surroundings(environment), **options)

    return run


def reasons(made: Plan) -> dict[str, str]:
    """Give the reasons of the steps that run."""
    return {step.name: step.reason for step in made.to_run}


def test_everything_runs_once_and_is_then_reused(planned: Callable[..., Plan], book: Notebook) -> None:
    first = book.run(planned())
    assert set(reasons(first).values()) == {"first run"}
    again = planned()
    assert again.to_run == ()
    assert {step.reason for step in again.steps} == {"same as in run 1"}
    assert book.asked == 2  # one question for all keys of a plan


def test_one_line_of_a_script_is_named_and_only_dependants_run(
    planned: Callable[..., Plan], book: Notebook, folder: Path
) -> None:
    book.run(planned())
    text = (folder / "clean.py").read_text()
    (folder / "clean.py").write_text(text.replace("kept = dataset1", "kept = dataset1.dropna()"))
    changed = "line 2 of clean.py changed"
    assert reasons(planned()) == {
        "clean": changed,
        "split": f"input `dataset` changed (because step clean ran again: {changed})",
        "train": f"input `dataset` changed (because step clean, further up, ran again: {changed})",
        "score": f"input `dataset` changed (because step clean, further up, ran again: {changed}); "
        f"input `model` changed (because step clean, further up, ran again: {changed})",
    }


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a\nb\nc\n", "a\nx\nb\nc\n", "line 2 of clean.py was added"),
        ("a\nb\nc\n", "a\n", "lines 2-3 of clean.py were removed"),
        ("a\nb\nc\nd\n", "x\nb\nc\ny\n", "line 1 of clean.py changed (and 1 more places)"),
        ("a\nb\n", "a\r\nb\r\n", "clean.py changed at its line ends"),
    ],
)
def test_changes_of_a_script_are_put_into_words(
    planned: Callable[..., Plan], book: Notebook, folder: Path, before: str, after: str, said: str
) -> None:
    (folder / "clean.py").write_bytes(f"{before}# dataset1\n".encode())
    book.run(planned())
    (folder / "clean.py").write_bytes(f"{after}# dataset1\n".encode())
    assert reasons(planned())["clean"] == said


def test_a_file_the_script_imports_counts_and_others_beside_it_do_not(
    planned: Callable[..., Plan], book: Notebook, folder: Path
) -> None:
    (folder / "tools.py").write_text("import deeper\n\nLIMIT = 1\n")
    (folder / "deeper.py").write_text("DEPTH = 1\n")
    (folder / "unused.py").write_text("A = 1\n")
    (folder / "clean.py").write_text(
        "from tools import LIMIT\n\ndef azureml_main(dataset1):\n    return dataset1,\n"
    )
    first = book.run(planned())
    assert set(first["clean"].box.siblings) == {"tools.py", "deeper.py"}
    (folder / "unused.py").write_text("A = 2\n")
    assert planned().to_run == ()
    (folder / "deeper.py").write_text("DEPTH = 2\n")
    assert reasons(planned())["clean"] == "line 1 of deeper.py changed"
    (folder / "tools.py").write_text("LIMIT = 1\n")
    assert (
        reasons(planned())["clean"] == "deeper.py is no longer imported; lines 1-2 of tools.py were removed"
    )


@pytest.mark.parametrize(
    ("old", "new", "step", "said"),
    [
        ("{trees: 50}", "{trees: 100}", "forest", "parameter `trees` 50 -> 100"),
        ("{trees: 50}", "{trees: 50, criterion: entropy}", "forest", "parameter `criterion` gini -> entropy"),
        ('{cutoff: "${cutoff}"}', "{cutoff: 1.0}", "clean", "parameter `cutoff` 0 -> 1.0"),
        ('{cutoff: "${cutoff}"}', "{}", "clean", "parameter `cutoff` was removed"),
        ("default: 0}", "default: 2}", "clean", "parameter `cutoff` 0 -> 2"),
        ("{dataset1: pima} ", "{} ", "clean", "input `dataset1` is no longer connected"),
        ("model: forest", "model: other", "train",
         "input `model` comes from step other now, not from step forest"),
        ("split.dataset1", "split.dataset2", "train",
         "input `dataset` comes from port dataset2 now, not from dataset1"),
        ("bundle: helpers  ", "comment: gone    ", "clean", "bundle file x.py was removed"),
        ("    bundle:", "    apply: batches\n    bundle:", "clean", "apply whole -> batches"),
        ("    bundle:", "    environment: x\n    bundle:", "clean", "environment changed"),
    ],
)  # fmt: skip
def test_an_edit_of_the_file_names_the_part_that_differs(
    planned: Callable[..., Plan], book: Notebook, diabetes: str, old: str, new: str, step: str, said: str
) -> None:
    base = diabetes.replace(
        "  forest:", "  other:  {module: two-class-decision-forest, params: {trees: 7}}\n  forest:"
    )
    book.run(planned(base))
    assert old in base
    text = base.replace(old, new, 1)
    found = reasons(planned(text))
    assert found[step] == said
    assert set(found) == _downstream(text, step)


def test_another_module_under_the_same_name_is_named(planned: Callable[..., Plan], book: Notebook) -> None:
    text = (
        "version: 1\nsteps:\n"
        "  a: {module: import-data, params: {path: data/pima.csv}}\n"
        "  b: {module: split-data, inputs: {dataset: a}}\n"
    )
    book.run(planned(text))
    text = text.replace("split-data, inputs: {dataset: a}", "evaluate-model, inputs: {dataset1: a}")
    assert reasons(planned(text)) == {"b": "module split-data -> evaluate-model"}


def _downstream(text: str, step: str) -> set[str]:
    experiment = parse(text)
    found = {step}
    for _ in experiment.steps:
        found |= {
            name for name, each in experiment.steps.items() if any(e.source in found for e in each.inputs)
        }
    return found


def test_files_bundles_seeds_and_versions_are_named(
    planned: Callable[..., Plan], book: Notebook, folder: Path, diabetes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = diabetes.replace(
        "  forest:", "  sql: {module: apply-sql-transformation, inputs: {t1: pima}, script: q.sql}\n  forest:"
    )
    (folder / "q.sql").write_text("select 1\n")
    book.run(planned(text))
    (folder / "data/pima.csv").write_text("age,diabetes\n51,1\n")
    assert reasons(planned(text))["pima"] == "file pima.csv changed"
    book.run(planned(text))
    (folder / "helpers/x.py").write_text("X = 2\n")
    (folder / "helpers/new").mkdir()
    (folder / "helpers/new/y.py").write_text("Y = 2\n")
    assert reasons(planned(text))["clean"] == "bundle file new/y.py was added; bundle file x.py changed"
    book.run(planned(text))
    assert reasons(planned(text.replace("876", "877")))["forest"] == "seed 876 -> 877"
    assert reasons(planned(text, Surroundings(environment, zone="Asia/Tokyo")))["forest"] == (
        "time zone or locale changed"
    )
    from drawloom.experiment import versions

    monkeypatch.setitem(versions._FOUND, "DuckDB", lambda: "99")
    assert reasons(planned(text))["sql"].endswith(" -> 99")
    assert set(reasons(planned(text))) == {"sql"}


def test_a_changed_module_source_runs_its_steps_again(
    planned: Callable[..., Plan], book: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.run(planned())
    from drawloom.experiment import keys

    monkeypatch.setattr(keys, "source_digest", lambda module: "new" if module.name == "score-model" else "x")
    book.run(planned())
    monkeypatch.setattr(
        keys, "source_digest", lambda module: "newer" if module.name == "score-model" else "x"
    )
    assert reasons(planned()) == {"score": "module source changed (drawloom upgraded)"}


def test_sources_are_read_by_name_alone_and_a_family_brings_those_it_names() -> None:
    from drawloom.experiment import sources

    families = sources._families("preparation")
    assert any(name.startswith("preparation/") for name in families)
    shared = sources._shared()
    assert "errors.py" in shared
    assert any(name.startswith("table/") for name in shared)
    assert any(name.startswith("script/") for name in shared)


def test_renaming_a_step_or_a_script_file_runs_nothing_again(
    planned: Callable[..., Plan], book: Notebook, folder: Path, diabetes: str
) -> None:
    from drawloom.experiment.edit import rename_step

    book.run(planned())
    (folder / "clean.py").rename(folder / "tidy.py")
    text = rename_step(diabetes, "clean", "tidy").replace("script: clean.py", "script: tidy.py")
    assert planned(text).to_run == ()


def test_a_failed_step_runs_again_and_says_so(planned: Callable[..., Plan], book: Notebook) -> None:
    book.run(planned(), fail="train")
    assert reasons(planned()) == {"train": "it failed in run 1"}
    book.last["train"].status = "interrupted"
    assert reasons(planned())["train"] == "it was interrupted in run 1"


def test_a_stored_output_that_was_touched_or_is_gone_is_made_again(
    planned: Callable[..., Plan], book: Notebook
) -> None:
    made = book.run(planned())
    book.kept[made["clean"].key].problem = "its output 'dataset' has 3 bytes, not 9"
    del book.kept[made["forest"].key]
    assert reasons(planned()) == {
        "clean": "the stored output was changed on disk: its output 'dataset' has 3 bytes, not 9",
        "forest": "its stored output is gone",
    }


def test_fresh_runs_a_step_and_what_is_made_from_it(planned: Callable[..., Plan], book: Notebook) -> None:
    book.run(planned())
    made = planned(fresh=["split"])
    assert reasons(made) == {
        "split": "asked for with --fresh",
        "train": "input `dataset` changed (because step split ran again: asked for with --fresh)",
        "score": "input `dataset` changed (because step split ran again: asked for with --fresh); "
        "input `model` changed (because step split, further up, ran again: asked for with --fresh)",
    }
    book.run(made)
    after = planned()
    assert after.to_run == ()  # and it is the fresh output that is reused
    assert after["split"].key == made["split"].key
    assert after["split"].reason == "same as in run 2"
    assert len(planned(fresh="everything").to_run) == 6


def test_a_source_outside_is_never_reused_nor_what_is_made_from_it(
    planned: Callable[..., Plan], book: Notebook, diabetes: str
) -> None:
    text = diabetes.replace("path: data/pima.csv", 'url: "https://host/pima.csv"')
    book.run(planned(text))
    again = planned(text)
    assert reasons(again)["pima"] == "uses an outside source"
    assert reasons(again)["clean"] == (
        "input `dataset1` changed (because step pima ran again: uses an outside source)"
    )
    assert "forest" not in reasons(again)


def test_an_export_always_runs_and_makes_nothing_else_run(
    planned: Callable[..., Plan], book: Notebook, diabetes: str
) -> None:
    text = diabetes.replace(
        "  forest:",
        "  out: {module: export-data, inputs: {dataset: clean}, params: {path: o.csv}}\n  forest:",
    )
    book.run(planned(text))
    assert reasons(planned(text)) == {"out": "writes outside the workspace"}


def test_to_plans_only_what_the_target_needs(planned: Callable[..., Plan], book: Notebook) -> None:
    assert [step.name for step in planned(to="train").steps] == ["pima", "clean", "split", "forest", "train"]
    made = book.run(planned(to="train"))
    del book.kept[made["pima"].key]  # no longer kept, and not needed for what is
    assert planned(to="train").to_run == ()
    assert [step.name for step in planned(to="train").steps] == ["clean", "split", "forest", "train"]
    assert set(reasons(planned())) == {"pima", "score"}


def test_only_runs_one_step_on_inputs_that_are_kept(
    planned: Callable[..., Plan], book: Notebook, diabetes: str, folder: Path
) -> None:
    with pytest.raises(
        InputError, match=r'"train" alone cannot run: its input from "\w+" is not kept'
    ) as error:
        planned(only="train")
    assert error.value.remedy == "Run what it needs too: --to train"
    book.run(planned())
    made = planned(diabetes.replace("label: diabetes", "label: age"), only="train")
    assert reasons(made) == {"train": "parameter `label` diabetes -> age"}
    assert [step.name for step in made.steps] == ["split", "forest", "train"]
    (folder / "clean.py").write_text("# dataset1\n")
    with pytest.raises(InputError, match='from "split" is not kept'):
        planned(only="train")


def test_only_takes_what_a_source_outside_gave_last(
    planned: Callable[..., Plan], book: Notebook, diabetes: str
) -> None:
    text = diabetes.replace("path: data/pima.csv", 'url: "https://host/pima.csv"')
    book.run(planned(text))
    book.run(planned(text))
    made = planned(
        text.replace("cutoff: {type: number, default: 0}", "cutoff: {type: number, default: 9}"), only="clean"
    )
    assert reasons(made) == {"clean": "parameter `cutoff` 0 -> 9"}
    assert made["pima"].reason == "same as in run 2"


def test_a_step_or_value_that_is_missing_is_named(planned: Callable[..., Plan], diabetes: str) -> None:
    with pytest.raises(InputError, match='no step "trian"') as error:
        planned(to="trian")
    assert error.value.remedy == 'Did you mean "train"?'
    text = diabetes.replace("{type: number, default: 0}", "{type: number}")
    with pytest.raises(InputError, match='parameter "cutoff" has no value') as missing:
        planned(text)
    assert missing.value.code == "0003"
    assert planned(text, to="forest").to_run[0].name == "forest"
    assert len(planned(text, given={"cutoff": "3"}).to_run) == 6


def test_a_secret_is_in_no_key_and_no_record(planned: Callable[..., Plan], diabetes: str) -> None:
    made = planned(diabetes.replace("label: diabetes", 'label: "${secret:token}"'))
    assert made["train"].parts.content["params"] == {"label": "${secret:token}"}


def test_a_file_is_digested_again_only_when_it_was_touched(
    folder: Path, planned: Callable[..., Plan]
) -> None:
    old = folder / "data/pima.csv"
    around = Surroundings(environment)
    planned(around=around)
    assert around.remembered == {}  # too young to be sure
    from drawloom.experiment import digest

    state = old.stat()
    remembered: dict[str, list[Any]] = {
        f"{state.st_dev}:{state.st_ino}": [[state.st_size, state.st_mtime_ns, state.st_ctime_ns], "known"]
    }
    fd = os.open(old, os.O_RDONLY)
    assert digest.of_file(fd, remembered) == "known"
    old.write_text("age,diabetes\n51,1\n")
    assert digest.of_file(fd, remembered) == digest.of_bytes(old.read_bytes())
    os.close(fd)


def test_planning_imports_no_tables() -> None:
    code = (
        "import sys, drawloom.experiment.plan, drawloom.experiment.edit, drawloom.experiment.layout\n"
        "print([name for name in ('pandas', 'numpy', 'pyarrow', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
