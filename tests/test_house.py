"""The order of the house: which room imports what, what costs nothing to import, what stands in the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HEAVY = {"pandas", "numpy", "pyarrow", "matplotlib", "sklearn", "scipy", "duckdb", "rich", "typer"}
LOCK_FILES = {"uv.lock"}
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "/simple" + "/")

Run = Callable[..., subprocess.CompletedProcess[str]]


def tracked_files(checkout: Path) -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return [checkout / name for name in names.stdout.split("\0") if name and (checkout / name).is_file()]


def modules_after(code: str, cwd: Path) -> set[str]:
    """Give the top-level modules that a fresh interpreter holds after running `code`."""
    code += "\nimport json, sys\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_each_room_imports_only_from_the_rooms_below_it(checkout: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "drawloom",
        "drawloom.errors",
        "drawloom.cli.main",
        "drawloom.cli.run",
        "drawloom.cli.doctor",
        "drawloom.engine.run",
        "drawloom.sandbox.pool",
        "drawloom.sandbox.zygote",
    ],
)
def test_the_host_imports_no_library_of_tables(module: str, tmp_path: Path) -> None:
    assert not modules_after(f"import {module}", tmp_path) & HEAVY


@pytest.mark.parametrize("words", ["['--help']", "['run', '--help']", "['doctor', '--help']"])
def test_help_imports_no_library_of_tables(words: str, tmp_path: Path) -> None:
    code = (
        "import contextlib\nfrom drawloom.cli.main import main\n"
        f"with contextlib.suppress(SystemExit): main({words})"
    )
    assert not modules_after(code, tmp_path) & HEAVY


def test_no_file_but_a_lock_names_a_package_registry(checkout: Path) -> None:
    named = []
    for path in tracked_files(checkout):
        if path.name not in LOCK_FILES:
            text = path.read_text(errors="replace")
            named += [f"{path.relative_to(checkout)}: {host}" for host in REGISTRIES if host in text]
    assert not named


def test_the_lock_knows_only_the_public_registry(checkout: Path) -> None:
    urls = re.findall(r'"(https?://[^"]+)"', (checkout / "uv.lock").read_text())
    assert {urlsplit(url).hostname for url in urls} == {"pypi" + ".org", "files.python" + "hosted.org"}


def test_every_chore_of_the_makefile_is_listed(checkout: Path) -> None:
    listed = subprocess.run(["make", "help"], cwd=checkout, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "check", "bench", "soak"} <= {line.split()[0] for line in listed.splitlines()}


def test_an_ordinary_user_is_told_the_one_apt_line_for_what_the_system_lacks(
    checkout: Path, as_ordinary_user: Run, public_path: Path
) -> None:
    for tool in ("bash", "dirname", "grep", "id", "python3", "uname"):
        found = subprocess.run(["which", tool], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
        (public_path / tool).symlink_to(found.stdout.strip())
    # The script is read by the bash of that folder, so that `unshare` and its kin are still found.
    script = f"PATH={public_path} exec bash {checkout / '.ci/system'}"
    done = as_ordinary_user(["sh", "-c", script])
    assert done.returncode == 2
    (line,) = re.findall(r"^ *sudo (apt-get install .*)$", done.stderr, re.MULTILINE)
    assert "r-base-core" in line.split()
    assert "libgomp1" not in line.split()
