"""What the tests of the walls share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from walled import Zygote, behind_the_outer_wall


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """The process behind the outer wall that forks a child for each piece of code."""
    with behind_the_outer_wall(tmp_path_factory.mktemp("zygote")) as started:
        yield started
