"""The positions of the boxes live beside the experiment."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.experiment.layout import layout_path, read_layout, write_layout
from drawloom.experiment.saving import save


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


def test_a_saved_file_keeps_its_permissions_its_link_and_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "real.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    save(tmp_path / "link.yaml", "new\r\n")
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_bytes() == b"new\r\n"
    assert (tmp_path / "real.yaml").stat().st_mode & 0o777 == 0o640
    with pytest.raises(UnicodeEncodeError):
        save(tmp_path / "real.yaml", "\ud800")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]
    assert (tmp_path / "real.yaml").read_bytes() == b"new\r\n"


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
