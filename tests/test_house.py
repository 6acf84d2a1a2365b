"""The order of the house: which room imports what, what costs nothing to import, what stands in the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HEAVY = {
    "debugpy",
    "duckdb",
    "libcst",
    "lightgbm",
    "matplotlib",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "sklearn",
}
HOST_ROOMS = ("cli", "experiment", "engine", "workspace", "environment", "sandbox")
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


@pytest.mark.parametrize("room", HOST_ROOMS)
def test_no_file_of_the_host_imports_a_library_of_tables(room: str, tmp_path: Path) -> None:
    code = (
        f"import importlib, pkgutil, drawloom.{room} as room\n"
        "for found in pkgutil.walk_packages(room.__path__, f'{room.__name__}.'):\n"
        "    if '.migrations.' not in found.name:\n"  # Alembic's, which runs them in a context of its own
        "        importlib.import_module(found.name)"
    )
    assert not modules_after(code, tmp_path) & HEAVY


def test_no_spec_of_a_module_imports_a_library_of_tables(tmp_path: Path) -> None:
    code = "from drawloom.modules.registry import modules\nassert len(list(modules().values())) > 20"
    assert not modules_after(code, tmp_path) & HEAVY


@pytest.mark.parametrize("package", ["drawloom", "drawloom.errors", "drawloom.cli.main"])
def test_importing_drawloom_imports_nothing_of_others(package: str, tmp_path: Path) -> None:
    others = {"alembic", "pydantic", "sqlalchemy", "yaml"}
    assert not modules_after(f"import {package}", tmp_path) & (HEAVY | others)


def test_the_help_of_every_command_imports_no_library_of_tables(tmp_path: Path) -> None:
    code = (
        "import contextlib\nfrom drawloom.cli.main import COMMANDS, main\n"
        "for words in [[], *([name] for name in COMMANDS), ['run', 'FILE.yaml']]:\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        main([*words, '--help'])"
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


def test_every_dependency_is_accounted_for_in_the_architecture(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[><=;]", each)[0].strip() for each in project["dependencies"]}
    text = (checkout / "docs/architecture.md").read_text().partition("## Dependencies")[2]
    told = {
        name.lower()
        for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
        for name in cell.split(", ")
    }
    assert needed == told - {"library", "---"}


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
