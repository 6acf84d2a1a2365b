"""The reference page says what the specs say."""

from __future__ import annotations

from pathlib import Path

from drawloom.modules.reference import reference


def test_the_reference_page_is_that_of_the_specs(checkout: Path) -> None:
    page = (checkout / "docs" / "module-reference.md").read_text()
    assert page == reference(), "run: python -m drawloom.modules.reference docs/module-reference.md"
