"""What the tests of the command line share: calling a command, and a small experiment that has been run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.people import Call, Said, write_experiment
from drawloom.cli.main import main


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command in this process; usage errors give their status too."""

    def run(*words: str | Path, cwd: Path | None = None) -> Said:
        with monkeypatch.context() as here:
            if cwd is not None:
                here.chdir(cwd)
            capsys.readouterr()
            try:
                status = main([str(word) for word in words])
            except SystemExit as exit_:
                status = int(exit_.code or 0)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the experiment, not yet run."""
    write_experiment(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose experiment was run as run 1, and with another parameter as run 2; not to be changed."""
    path = tmp_path_factory.mktemp("ran")
    write_experiment(path)
    file = str(path / "people.yaml")
    assert main(["run", file]) == 0
    assert main(["run", file, "--param", "years=10"]) == 0
    yield path
    shutil.rmtree(path)
