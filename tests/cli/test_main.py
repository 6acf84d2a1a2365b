"""Finding the command, and saying what is wrong with the words after `drawloom`."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from drawloom.cli.main import COMMANDS, main


def test_help_names_every_command_and_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    shown = capsys.readouterr().out
    assert exit_.value.code == 0
    for name, does in COMMANDS.items():
        assert f"{name}  " in shown
        assert does in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_in_80_columns(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as exit_:
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert exit_.value.code == 0
    assert f"usage: drawloom {name}" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_without_a_command_the_help_goes_to_stderr_and_the_status_is_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([])
    shown = capsys.readouterr()
    assert exit_.value.code == 2
    assert shown.out == ""
    assert "commands:" in shown.err


def test_a_misspelt_command_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["docter"])
    assert exit_.value.code == 2
    assert "did you mean 'doctor'?" in capsys.readouterr().err


def test_the_installed_command_tells_its_version(drawloom: Path) -> None:
    done = subprocess.run([drawloom, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"drawloom {version('drawloom')}\n"
