"""The files beside a script that travel with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawloom.errors import InputError, ScriptError
from drawloom.script import siblings as module
from drawloom.script.siblings import siblings


def put(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(siblings(folder / "main.py"))


def test_only_what_is_imported_travels(tmp_path: Path) -> None:
    files = {"main.py": "import helper, pandas\n", "helper.py": "", "other.py": "", "notes.txt": ""}
    assert put(tmp_path, files) == ["helper.py"]


def test_imports_are_followed_through_one_another_and_in_circles(tmp_path: Path) -> None:
    files = {
        "main.py": "import a",
        "a.py": "from b import x",
        "b.py": "def f():\n    import c",
        "c.py": "import a",
    }
    assert put(tmp_path, files) == ["a.py", "b.py", "c.py"]


def test_a_package_travels_as_far_as_it_is_imported(tmp_path: Path) -> None:
    files = {
        "main.py": "from pack.deep import tool",
        "pack/__init__.py": "",
        "pack/deep/__init__.py": "from . import base",
        "pack/deep/base.py": "from .. import top\nfrom ..side import x",
        "pack/deep/tool.py": "",
        "pack/top.py": "",
        "pack/side.py": "",
        "pack/unused.py": "",
    }
    assert put(tmp_path, files) == sorted(set(files) - {"main.py", "pack/unused.py"})


def test_a_folder_without_init_is_a_package_too(tmp_path: Path) -> None:
    assert put(tmp_path, {"main.py": "import space.mod", "space/mod.py": ""}) == ["space/mod.py"]


def test_the_script_itself_does_not_travel_twice(tmp_path: Path) -> None:
    assert put(tmp_path, {"main.py": "import a", "a.py": "import main"}) == ["a.py"]


def test_the_text_is_made_clean(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import a")
    (tmp_path / "a.py").write_bytes("\ufeff# coding: latin-1\r\nx = 'é'\r\n".encode("latin-1", "ignore"))
    assert siblings(tmp_path / "main.py") == {"a.py": "# coding: utf-8\nx = 'é'\n"}


def test_a_sibling_that_does_not_parse_travels_as_it_is(tmp_path: Path) -> None:
    assert put(tmp_path, {"main.py": "import a", "a.py": "print 'x'"}) == ["a.py"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("")
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "main.py").write_text("import a")
    (folder / "a.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(InputError, match=r"a\.py beside the script is a link"):
        siblings(folder / "main.py")


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("x = 1")
    (tmp_path / "main.py").write_text("import a")
    (tmp_path / "a.py").symlink_to(tmp_path / "b.py")
    assert siblings(tmp_path / "main.py") == {"a.py": "x = 1"}


def test_relative_imports_never_climb_out(tmp_path: Path) -> None:
    (tmp_path / "up.py").write_text("")
    folder = tmp_path / "here"
    assert put(folder, {"main.py": "from .. import up\nfrom .a import b", "a.py": ""}) == []


def test_there_is_a_limit_to_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 1)
    with pytest.raises(InputError, match="imports more than 1 files"):
        put(tmp_path, {"main.py": "import a, b", "a.py": "", "b.py": ""})


def test_a_script_that_does_not_parse_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"main\.py, line 1"):
        put(tmp_path, {"main.py": "x = ="})
