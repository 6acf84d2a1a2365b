"""What the README and the docs say: every command is run, every link is followed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
PAGES = sorted(
    [*README.parent.glob("*.md"), *README.parent.glob("docs/*.md"), *README.parent.glob("examples/**/*.md")]
)


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of the README in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Give each command of a console block with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@pytest.fixture
def place(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has the examples, as the top of the checkout has."""
    (tmp_path / "examples").symlink_to(checkout / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.partition("\n")[0][2:60])
def test_each_command_prints_what_the_readme_shows(block: str, place: Path, drawloom: Path) -> None:
    for command, shown in commands(block):
        program, *words = shlex.split(command)
        assert program == "drawloom"
        done = subprocess.run([drawloom, *words], cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout == shown


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.partition("\n")[0])
def test_the_python_of_the_readme_prints_what_its_comments_say(block: str, place: Path) -> None:
    said = "".join(f"{comment}\n" for comment in re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == said


def test_make_demo_ranks_glucose_first_and_says_where_the_plot_is(checkout: Path, tmp_path: Path) -> None:
    settings = [f"BIN={Path(sys.executable).parent}", f"OUT={tmp_path}"]
    # The environment is here: the tests run in it.
    command = ["make", "--old-file", ".venv/.synced", "demo", *settings]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    features = [line.split()[0] for line in done.stdout.splitlines()[2:10]]
    assert features[0] == "glucose"
    assert len(set(features)) == 8
    plot = re.search(r"^The plot is (.*)$", done.stdout, re.MULTILINE)
    assert plot is not None
    assert Path(plot[1]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
