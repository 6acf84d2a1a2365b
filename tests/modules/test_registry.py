"""The registry finds modules by their folders and entry points, and says what is near a wrong name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from drawloom.errors import InputError
from drawloom.modules.parameters import NoParameters
from drawloom.modules.registry import module, modules
from drawloom.modules.spec import Module, Port, Ports

SPEC = """
from drawloom.modules.parameters import NoParameters
from drawloom.modules.spec import Module, Port

MODULE = Module(
    name="reverse-rows",
    title="Reverse Rows",
    family="ours",
    doc="Turns a dataset upside down.",
    parameters=NoParameters,
    inputs=(Port("dataset", doc="Any dataset."),),
    outputs=(Port("dataset", doc="The same, reversed."),),
    work="ours.work:run",
)
"""


def _ask(site: Path, program: str) -> str:
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r})\nfrom drawloom.modules.registry import *\n{program}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with an installed third-party package that declares modules."""
    package = tmp_path / "ours"
    package.mkdir()
    (package / "__init__.py").write_text(SPEC)
    info = tmp_path / "ours-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
    points = ("reverse-rows = ours:MODULE", "other-name = ours:MODULE", "broken = ours.nothing:MODULE")
    (info / "entry_points.txt").write_text(
        "[drawloom.modules]\n" + "\n".join(points) + "\nadd-rows = ours:MODULE\n"
    )
    return tmp_path


def test_a_third_partys_module_is_found_by_its_entry_point(site: Path) -> None:
    assert (
        _ask(site, "print(module('reverse-rows').title, 'reverse-rows' in modules())") == "Reverse Rows True"
    )


def test_a_built_in_name_cannot_be_taken_over(site: Path) -> None:
    assert _ask(site, "print(module('add-rows').family)") == "preparation"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "broken",
            "Error 0114: The third-party module 'broken' cannot be loaded: No module named 'ours.nothing'.",
        ),
        ("other-name", "Error 0114: The entry point 'other-name' does not name a drawloom Module"),
    ],
)
def test_a_third_partys_module_that_cannot_be_used_is_error_0114(site: Path, name: str, says: str) -> None:
    program = f"try: module({name!r})\nexcept Exception as error: print(error)"
    said = _ask(site, program)
    assert said.startswith(says)
    assert "Mend or remove the package that declares 'ours" in said


def test_a_wrong_name_gets_the_nearest_right_one() -> None:
    with pytest.raises(InputError, match="There is no module 'spilt-data'") as caught:
        module("spilt-data")
    assert caught.value.code == "0018"
    assert caught.value.remedy == "Did you mean 'split-data'?"


def test_the_catalogue_is_a_mapping_in_the_order_of_names() -> None:
    names = list(modules())
    assert names == sorted(names)
    assert len(modules()) == len(names)
    assert "split-data" in modules()
    assert "spilt-data" not in modules()
    assert modules()["split-data"] is module("split-data")


def test_looking_at_one_module_imports_no_other() -> None:
    program = (
        "import sys; from drawloom.modules.registry import module; module('add-rows')\n"
        "print([name for name in sys.modules if name.endswith('.spec') and name.count('.') == 4])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['drawloom.modules.preparation.add_rows.spec']"


def test_ports_may_depend_on_the_step() -> None:
    def from_script(settings: object) -> Ports:
        return Ports((Port(str(settings["params"]["port"])),))  # type: ignore[index]

    scripted = Module("m", "M", "f", "D.", NoParameters, ports_from=from_script)
    assert scripted.ports({"params": {"port": "cars"}}).inputs == (Port("cars"),)


def test_a_spec_that_contradicts_itself_does_not_load() -> None:
    with pytest.raises(ValueError, match="not unique"):
        Module("m", "M", "f", "D.", NoParameters, inputs=(Port("dataset"), Port("dataset")))
    with pytest.raises(ValueError, match="not lower-case and dashed"):
        Port("Dataset1")
    with pytest.raises(ValueError, match=r"package\.module:function"):
        Module("m", "M", "f", "D.", NoParameters, work="somewhere")
    with pytest.raises(ValueError, match="no parameter 'path'"):
        Module("m", "M", "f", "D.", NoParameters, reads="path")
