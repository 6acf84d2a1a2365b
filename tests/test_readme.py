"""What the README and the docs say: every command is run, every link is followed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
PAGES = sorted(
    [*README.parent.glob("*.md"), *README.parent.glob("docs/*.md"), *README.parent.glob("examples/**/*.md")]
)
HOME = "/home/ada"
"""Where the reader of the README works."""


def blocks() -> list[tuple[str, str]]:
    """Give the fenced blocks of the README: the language and the text of each."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Give each command of a console block with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def without_times(text: str) -> str:
    """Spell times and dates alike: they differ from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", text)
    return re.sub(r" +[\d.]+ m?s +", " TIME ", text)


@pytest.fixture
def place(tmp_path: Path, checkout: Path, drawloom: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has the examples, as the top of the checkout has, and the command at hand."""
    (tmp_path / "examples").symlink_to(checkout / "examples")
    monkeypatch.setenv("PATH", f"{drawloom.parent}:{os.environ['PATH']}")
    return tmp_path


def test_every_command_prints_what_the_readme_shows_from_top_to_bottom(place: Path) -> None:
    folder = place
    for language, block in blocks():
        if language == "python":
            run_python(block, folder)
        for command, shown in commands(block) if language == "console" else ():
            if command.startswith("cd "):
                folder = (folder / command.removeprefix("cd ")).resolve()
                continue
            if command == "cat old.py":
                (folder / "old.py").write_text(shown)
            done = subprocess.run(
                command, shell=True, cwd=folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            assert without_times(done.stdout.replace(str(place), HOME)) == without_times(shown), command


def run_python(block: str, folder: Path) -> None:
    """Run a block of Python and compare what it prints with its comments."""
    said = "".join(f"{comment}\n" for comment in re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False
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


def test_the_index_of_the_docs_lists_every_page(checkout: Path) -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (checkout / "docs/README.md").read_text())
    assert sorted(listed) == sorted({page.name for page in checkout.glob("docs/*.md")} - {"README.md"})
