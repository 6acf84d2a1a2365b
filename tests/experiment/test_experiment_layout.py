"""The positions of the boxes live beside the experiment."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.experiment.layout import layout_path, read_layout, write_layout


def test_positions_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "diabetes.yaml"
    assert read_layout(file) == {}
    write_layout(file, {"pima": (0, 12.5), "no": (-3.14159, 1e6)})
    assert (
        layout_path(file).read_text() == 'version: 1\nsteps:\n  pima: [0, 12.5]\n  "no": [-3.14, 1000000]\n'
    )
    assert read_layout(file) == {"pima": (0.0, 12.5), "no": (-3.14, 1e6)}
    write_layout(file, {})
    assert read_layout(file) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["diabetes.layout.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "steps: {a: [1]}",
        "steps: {a: [1, x]}",
        "steps: {a: [1, .nan]}",
        "- a",
        "steps: {a: [1",
        "a: 1",
        "\x00",
    ],
)
def test_a_broken_layout_is_named_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.layout.yaml").write_text(text)
    with pytest.raises(InputError, match=r'"a\.layout\.yaml" cannot be read') as error:
        read_layout(tmp_path / "a.yaml")
    assert "Delete it" in error.value.remedy
