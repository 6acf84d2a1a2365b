"""Every rule of the table, one by one: the old code runs, and the upgraded code gives the same."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from drawloom.script.classic.rule import Lost
from drawloom.script.classic.rules import BY_OLD, RULES
from drawloom.script.classic.upgrade import upgrade

from .examples import ANY, EXAMPLES
from .running import assert_equal, classic, modern


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


def test_every_rule_has_an_example_and_every_example_a_rule() -> None:
    assert set(EXAMPLES) == set(BY_OLD)
    assert len(BY_OLD) == len(RULES)


@pytest.mark.parametrize(
    "old", [old for old, example in EXAMPLES.items() if not isinstance(BY_OLD[old].how, Lost)]
)
def test_old_code_runs_under_classic_and_upgraded_code_gives_the_same(old: str, tmp_path: Path) -> None:
    example, rule = EXAMPLES[old], BY_OLD[old]
    code = textwrap.dedent(example.code)
    ran = classic(code, tmp_path)
    assert ran.error is None, ran.error
    if example.answer is not ANY:
        assert ran.answer == example.answer
    done = upgrade(code)
    if example.same:
        assert done.text == code
        assert old in {note.old for note in done.reviews}
        return
    assert old in {note.old for note in done.notes}, done
    again = modern(done.text)
    assert again.error is None, f"{again.error}\n{done.text}"
    assert_equal(ran.answer, again.answer)
    assert upgrade(done.text).text == done.text
    if not old.startswith("builtins.") and old not in ("a / b", "map(f, x)", "d.keys()"):
        assert ran.of(f"{old} is gone since {rule.gone}; use {rule.new}"), [
            str(w.message) for w in ran.warned
        ]


@pytest.mark.parametrize("old", [old for old in EXAMPLES if isinstance(BY_OLD[old].how, Lost)])
def test_a_name_that_nothing_replaces_fails_with_advice_and_is_listed(old: str, tmp_path: Path) -> None:
    code = textwrap.dedent(EXAMPLES[old].code)
    ran = classic(code, tmp_path)
    assert ran.error is not None
    assert BY_OLD[old].new in str(ran.error)
    done = upgrade(code)
    assert done.text == code
    assert [note.old for note in done.reviews] == [old] * len(done.reviews)
    assert done.reviews
