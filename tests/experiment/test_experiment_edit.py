"""Edits: exactly the bytes of the value change, and the file then says exactly what was meant."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawloom.errors import InputError
from drawloom.experiment import edit, syntax
from drawloom.experiment.document import parse


def changed(before: str, after: str) -> list[str]:
    """Give the removed and added lines, as a diff shows them."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_parameter_changes_nothing_but_its_digits(diabetes: str) -> None:
    after = edit.set_parameter(diabetes, "forest", "trees", 100)
    assert after == diabetes.replace("{trees: 50}", "{trees: 100}")


def test_a_new_parameter_joins_the_others_in_their_style(diabetes: str) -> None:
    assert edit.set_parameter(diabetes, "forest", "depth", 3) == diabetes.replace(
        "{trees: 50}", "{trees: 50, depth: 3}"
    )
    assert changed(diabetes, edit.set_parameter(diabetes, "score", "append", True)) == [
        "-  score:  {module: score-model, inputs: {model: train, dataset: split.dataset2}}\n",
        "+  score:  {module: score-model, inputs: {model: train, dataset: split.dataset2}, "
        "params: {append: true}}\n",
    ]


def test_quotes_and_comments_stay(diabetes: str) -> None:
    text = (
        "version: 1\nsteps:\n  a:\n    module: 'm'  # why\n    params:\n"
        '      x: "one"   # two\n      y: three\n'
    )
    after = edit.set_parameter(edit.set_parameter(text, "a", "x", "it's"), "a", "y", "no")
    assert after == text.replace('"one"', '"it\'s"').replace("three", '"no"')
    assert edit.set_value(text, ("steps", "a", "module"), "it's") == text.replace("'m'", "'it''s'")


def test_renaming_a_step_follows_every_wire_and_service_port(diabetes: str) -> None:
    after = edit.rename_step(diabetes, "split", "cut")
    assert after == diabetes.replace("  split:", "  cut:").replace("split.dataset", "cut.dataset")
    after = edit.rename_step(diabetes, "pima", "people")
    assert "    input1: {like: people, into: [clean.dataset1]}   # request" in after
    assert "{dataset1: people}           # port" in after
    after = edit.rename_step(diabetes, "clean", "tidy")
    assert "script: clean.py " in after
    assert "into: [tidy.dataset1]" in after


def test_removing_a_step_removes_its_wires(diabetes: str) -> None:
    after = edit.remove_step(diabetes, "train")
    assert [line[:12] for line in changed(diabetes, after)] == [
        "-  train:  {",
        "-  score:  {",
        "+  score:  {",
    ]
    assert "  score:  {module: score-model, inputs: {dataset: split.dataset2}}\n" in after
    assert "  inputs: {}   # request rows enter at clean.dataset1" in edit.remove_step(diabetes, "pima")


def test_adding_a_step_writes_it_as_the_examples_are_written(diabetes: str) -> None:
    after = edit.add_step(
        diabetes,
        "sql",
        {
            "params": {"engine": "duckdb"},
            "module": "apply-sql-transformation",
            "script": "select *\nfrom t1\n",
            "inputs": {"t1": "clean"},
        },
    )
    assert changed(diabetes, after) == [
        "+  sql:\n",
        "+    module: apply-sql-transformation\n",
        "+    script: |\n",
        "+      select *\n",
        "+      from t1\n",
        "+    inputs: {t1: clean}\n",
        "+    params: {engine: duckdb}\n",
    ]
    first = edit.add_step("version: 1\nsteps:   # none yet\n", "a", {"module": "m", "params": {"x": 1}})
    assert first == "version: 1\nsteps:   # none yet\n  a:\n    module: m\n    params: {x: 1}\n"


def test_wires_are_connected_and_disconnected(diabetes: str) -> None:
    after = edit.connect(diabetes, "clean", "dataset2", "split", "dataset1")
    assert "inputs: {dataset1: pima, dataset2: split.dataset1}           # port" in after
    assert edit.disconnect(after, "clean", "dataset2") == diabetes
    assert "    inputs: {dataset1: forest}\n" in edit.connect(diabetes, "pima", "dataset1", "forest")


def test_a_script_turns_from_a_path_into_text_and_back(diabetes: str) -> None:
    text = edit.set_script(diabetes, "clean", "def f():\n    return 1\n")
    assert "    script: |                   # a real file beside this one\n      def f():\n" in text
    again = edit.set_script(text, "clean", "def f():\n\n    return 2\n")
    assert changed(text, again) == ["-          return 1\n", "+\n", "+          return 2\n"]
    assert parse(edit.set_script(again, "clean", "x.py")).steps["clean"].script.path == "x.py"  # type: ignore[union-attr]


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_newline_stay(diabetes: str) -> None:
    text = "\ufeff" + diabetes.replace("\n", "\r\n").rstrip()
    after = edit.set_value(text, ("service", "outputs", "output2"), "train")
    assert after == text[:-1] + ", output2: train}"
    after = edit.add_step(text, "x", {"module": "m", "script": "a\nb\n"})
    assert "\n" not in after.replace("\r\n", "")
    assert edit.remove_value(after, ("steps", "x")) == text
    assert edit.remove_value(text, ("service",)) == text[: text.index("\r\nservice")]


def test_a_whole_mapping_given_again_touches_only_what_differs(diabetes: str) -> None:
    same = syntax.plain(syntax.parse(diabetes).root)["steps"]["train"]  # type: ignore[arg-type]
    assert edit.set_value(diabetes, ("steps", "train"), same) == diabetes
    same["params"]["label"] = "outcome"
    assert edit.set_value(diabetes, ("steps", "train"), same) == diabetes.replace(
        "label: diabetes", "label: outcome"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: edit.set_parameter(text, "forst", "trees", 1), "0001"),
        (lambda text: edit.rename_step(text, "forest", "train"), "0057"),
        (lambda text: edit.rename_step(text, "forest", "a.b"), "0002"),
        (lambda text: edit.add_step(text, "train", {}), "0057"),
        (lambda text: edit.disconnect(text, "forest", "dataset"), "0001"),
        (lambda text: edit.set_value(text, ("name", "x"), 1), "0001"),
        (lambda text: edit.set_value("a: [1", ("a",), 1), "0049"),
    ],
)
def test_an_edit_that_cannot_be_says_why(diabetes: str, change: Any, code: str) -> None:
    with pytest.raises(InputError) as error:
        change(diabetes)
    assert error.value.code == code


# Random documents, random edits -------------------------------------------------------------------

TEXT = st.one_of(
    st.sampled_from(
        [
            "no",
            "1",
            "a b",
            "x.csv",
            "it's",
            '"',
            "",
            " x",
            "a: b",
            "# c",
            "- d",
            "é😀",
            "null",
            "~",
            "{a",
            "}",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=2, max_size=3).map(
        "\n".join
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=5,
)
COMMENTS = ["", "", "", "   # a comment: {with} 'signs'", " #"]


class Writer:
    """Writes a document in a random but valid style, with comments and blank lines all over."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def scalar(self, value: Any) -> str:
        from drawloom.experiment import writing

        style = self.pick("", "'", '"') if isinstance(value, str) else ""
        return writing.flow(value, style)

    def flow(self, value: Any) -> str:
        blank = self.pick("", " ")
        if isinstance(value, dict):
            inner = self.pick(", ", " , ", ",  ").join(
                f"{self.scalar(k)}: {self.flow(v)}" for k, v in value.items()
            )
            return f"{{{blank}{inner}{self.pick('', ',') if value else ''}{blank}}}"
        if isinstance(value, list):
            return f"[{blank}{', '.join(self.flow(item) for item in value)}{blank}]"
        return self.scalar(value)

    def block(self, value: dict[str, Any], indent: int) -> list[str]:
        lines: list[str] = []
        for key, member in value.items():
            margin = " " * indent
            lines += self.pick([], [], [""], [f"{margin}# about {indent}"])
            head = f"{margin}{self.scalar(key)}:"
            if isinstance(member, dict) and member and self.draw(st.booleans()):
                lines.append(head + self.pick(*COMMENTS))
                lines += self.block(member, indent + self.pick(1, 2, 4))
            elif isinstance(member, list) and member and self.draw(st.booleans()):
                lines.append(head + self.pick(*COMMENTS))
                dash = margin + self.pick("", "  ") + "-"
                lines += [f"{dash} {self.flow(item)}{self.pick(*COMMENTS)}" for item in member]
            elif member is None and self.draw(st.booleans()):
                lines.append(head + self.pick(*COMMENTS))
            else:
                gap = self.pick(" ", "   ")
                lines.append(f"{head}{gap}{self.flow(member)}{self.pick(*COMMENTS)}")
        return lines


@st.composite
def documents(draw: Any) -> tuple[str, dict[str, Any]]:
    value = draw(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4))
    writer = Writer(draw)
    newline = writer.pick("\n", "\r\n")
    text = newline.join(writer.block(value, 0)) + writer.pick("", newline, newline + newline)
    return text, value


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [found for key, item in members for found in [(*prefix, key), *paths(item, (*prefix, key))]]


def plainly(text: str) -> Any:
    parsed = syntax.parse(text)
    assert parsed.problems == [], (text, parsed.problems)
    assert parsed.root is not None
    return syntax.plain(parsed.root)


def same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


def kept_around(before: str, after: str, start: int, end: int) -> bool:
    """Tell whether all of ``before`` outside [start, end) is in ``after``, in place."""
    return (
        after.startswith(before[:start])
        and after.endswith(before[end:])
        and len(after) >= start + len(before) - end
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.data())
def test_a_random_value_is_replaced_and_every_other_byte_stays(
    document: tuple[str, dict[str, Any]], data: Any
) -> None:
    text, value = document
    assert same(plainly(text), value)
    path = data.draw(st.sampled_from(paths(value)))
    new = data.draw(SCALARS)
    root: Any = syntax.parse(text).root
    for part in path:
        root = root.items[part] if isinstance(part, int) else root.get(part)
    after = edit.set_value(text, path, new)
    assert same(plainly(after), edit.model_set(value, path, new))
    if isinstance(root, syntax.Scalar):
        end = text.find("\n", root.end)
        comment = text[root.end : len(text) if end < 0 else end]
        assert kept_around(text, after, root.start, root.end) or comment.strip() in after
        assert after.startswith(text[: root.start])
        assert after.endswith(text[len(text) if end < 0 else end :].lstrip("\r"))
    elif root.flow:
        assert kept_around(text, after, root.start, root.end)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.data())
def test_a_random_member_is_added_and_nothing_else_moves(
    document: tuple[str, dict[str, Any]], data: Any
) -> None:
    text, value = document
    homes = [(), *(path for path in paths(value) if isinstance(edit_at(value, path), dict))]
    home = data.draw(st.sampled_from(homes))
    key = data.draw(TEXT.filter(lambda name: name not in edit_at(value, home)))
    new = data.draw(VALUES)
    after = edit.set_value(text, (*home, key), new)
    assert same(plainly(after), edit.model_set(value, (*home, key), new))
    assert is_insertion(text, after)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.data())
def test_a_random_member_is_removed_and_nothing_else_moves(
    document: tuple[str, dict[str, Any]], data: Any
) -> None:
    text, value = document
    path = data.draw(st.sampled_from(paths(value)))
    if len(path) == 1 and len(value) == 1:
        with pytest.raises(InputError):
            edit.remove_value(text, path)
        return
    after = edit.remove_value(text, path)
    assert same(plainly(after), edit.model_remove(value, path))
    home = edit_at(value, path[:-1])
    if len(home) > 1:
        assert is_insertion(after, text)


def edit_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def is_insertion(shorter: str, longer: str) -> bool:
    """Tell whether ``longer`` is ``shorter`` with one or two pieces put in."""
    start = 0
    while start < len(shorter) and start < len(longer) and shorter[start] == longer[start]:
        start += 1
    rest = iter(longer[start:])
    return all(character in rest for character in shorter[start:])
