from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.table.names import unique_names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([], []),
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a (2)", "a (3)"]),
        (["a", "a", "a (2)"], ["a", "a (3)", "a (2)"]),
        (["a (2)", "a", "a"], ["a (2)", "a", "a (3)"]),
        (["a", "a", "a (2)", "a (2)"], ["a", "a (3)", "a (2)", "a (2) (2)"]),
        ([0, 1, "0"], ["0", "1", "0 (2)"]),
        ([None, float("nan"), ("a", 1), b"x"], ["None", "nan", "('a', 1)", "b'x'"]),
        (["", ""], ["", " (2)"]),
        (["\udc80"], ["\\udc80"]),
    ],
)
def test_labels_become_text_and_unique(labels: list[object], names: list[str]) -> None:
    assert unique_names(labels) == names


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "b", 1, "1", "a (2) (2)"])))
def test_names_never_collide_and_the_first_of_each_keeps_its_own(labels: list[object]) -> None:
    names = unique_names(labels)
    assert len(set(names)) == len(names) == len(labels)
    for place, label in enumerate(map(str, labels)):
        if label not in map(str, labels[:place]):
            assert names[place] == label


def test_ten_thousand_equal_names_take_no_time() -> None:
    begin = time.monotonic()
    assert unique_names(["x"] * 10_000)[-1] == "x (10000)"
    assert time.monotonic() - begin < 2
