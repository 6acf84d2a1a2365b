"""The script bundle: what it may hold, and where old scripts look for it."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.errors import InputError
from drawloom.script import bundle

from .running import as_file, finished


def zipped(files: dict[str, bytes | str], **infos: int) -> bytes:
    """Make a zip; `infos` are attributes of the entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, number in infos.items():
                setattr(info, field, number)
            archive.writestr(info, data)
    return target.getvalue()


def unpacked(data: bytes, workdir: Path) -> list[str]:
    fd = as_file(data)
    try:
        return [os.path.relpath(path, workdir) for path in bundle.unpack(fd, str(workdir))]
    finally:
        os.close(fd)


def refused(data: bytes, workdir: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        unpacked(data, workdir)
    return caught.value


def test_a_zip_is_unpacked_under_script_bundle(tmp_path: Path) -> None:
    assert unpacked(zipped({"Hello.py": "x = 1", "data/a b.csv": "n\n1\n", "empty/": ""}), tmp_path) == [
        "Script Bundle"
    ]
    assert (tmp_path / "Script Bundle" / "data" / "a b.csv").read_text() == "n\n1\n"
    assert (tmp_path / "Script Bundle" / "empty").is_dir()


def test_a_single_top_folder_is_importable_but_a_package_is_only_a_package(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert unpacked(zipped({"Hello/hello.py": "", "__MACOSX/x": ""}), tmp_path / "a") == [
        "Script Bundle",
        "Script Bundle/Hello",
    ]
    assert unpacked(zipped({"pack/__init__.py": "", "pack/types.py": ""}), tmp_path / "b") == [
        "Script Bundle"
    ]


def test_site_packages_are_importable(tmp_path: Path) -> None:
    paths = unpacked(zipped({"Python27/Lib/site-packages/foo.py": "", "main.py": ""}), tmp_path)
    assert paths == ["Script Bundle", "Script Bundle/Python27/Lib/site-packages"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../up.py", "0150"),
        ("a/../../up.py", "0150"),
        ("..\\up.py", "0150"),
        ("/etc/x.py", "0150"),
        ("\\x.py", "0150"),
        ("C:\\x.py", "0150"),
        ("C:x.py", "0150"),
        ("x" * 300, "0146"),
    ],
)
def test_names_that_lead_out_are_refused(name: str, code: str, tmp_path: Path) -> None:
    error = refused(zipped({name: "x"}), tmp_path)
    assert error.code == code
    assert name[:50].strip("\\") in error.message.replace("\\\\", "\\")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_refused(tmp_path: Path) -> None:
    data = zipped({"link": "/etc/passwd"}, create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16)
    error = refused(data, tmp_path)
    assert error.code == "0150"
    assert "'link', which is a link" in error.message


def test_a_special_file_is_refused(tmp_path: Path) -> None:
    data = zipped({"pipe": ""}, create_system=3, external_attr=(stat.S_IFIFO | 0o666) << 16)
    assert "'pipe', which is a special file" in refused(data, tmp_path).message


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"secret.py": "x = 1"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at : at + 2] = struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
    error = refused(bytes(data), tmp_path)
    assert error.code == "0102"
    assert "'secret.py', which is encrypted" in error.message


@pytest.mark.parametrize("data", [b"", b"no zip at all", zipped({"a.py": "x"})[:-30]])
def test_what_is_no_zip_is_refused(data: bytes, tmp_path: Path) -> None:
    error = refused(data, tmp_path)
    assert error.code == "0102"
    assert "not a zip" in error.message


def test_a_damaged_entry_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.py": "x = 1\n" * 100}))
    data[40] ^= 0xFF
    error = refused(bytes(data), tmp_path)
    assert error.code == "0102"
    assert "'a.py'" in error.message


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.py", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.py", "2")
    assert "'a.py' twice" in refused(target.getvalue(), tmp_path).message
    assert "both as a file and as a folder" in refused(zipped({"a": "1", "a/b": "2"}), tmp_path).message
    assert "twice" in refused(zipped({"d/x.py": "1", "d\\x.py": "2"}), tmp_path).message


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    error = refused(zipped({"bomb.bin": bytes(80 * 1024 * 1024)}), tmp_path)
    assert error.code == "0150"
    assert "zip bombs" in error.message
    assert list(tmp_path.iterdir()) == []


def test_too_many_and_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_ENTRIES", 2)
    assert "3 files; 2 are allowed" in refused(zipped({"a": "", "b": "", "c": ""}), tmp_path).message
    monkeypatch.setattr(bundle, "MAX_BYTES", 1 << 20)
    assert "unpacks to 2 MiB" in refused(zipped({"a": bytes(2 << 20)}), tmp_path).message


def test_a_lie_about_the_size_unpacks_no_more_than_was_told(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.bin": bytes(1 << 20)}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = struct.pack("<I", 100)
    assert refused(bytes(data), tmp_path).code == "0102"
    assert (tmp_path / "Script Bundle" / "a.bin").stat().st_size <= 100


def test_names_with_backslashes_become_folders(tmp_path: Path) -> None:
    unpacked(zipped({"data\\x.csv": "1", "empty\\": ""}), tmp_path)
    assert (tmp_path / "Script Bundle" / "data" / "x.csv").read_text() == "1"
    assert (tmp_path / "Script Bundle" / "empty").is_dir()


def test_names_in_utf8_without_the_flag_are_read(tmp_path: Path) -> None:
    data = zipped({"M_ller.csv": "1"}).replace(b"M_ller.csv", "Müller.csv".encode()[:11].ljust(10)[:10])
    unpacked(data, tmp_path)
    assert [p.name for p in (tmp_path / "Script Bundle").iterdir()] == ["Müller.cs"]


SPELLINGS = [
    ".\\Script Bundle\\data\\x.csv",
    "Script Bundle\\data\\x.csv",
    "./Script Bundle\\data\\x.csv",
    ".\\Script Bundle/data/x.csv",
    ".\\Script Bundle\\data/x.csv",
    "./Script Bundle/data/x.csv",
    "Script Bundle/data/x.csv",
    "src\\data\\x.csv",
    ".\\src\\data\\x.csv",
    "src/data/x.csv",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_old_spelling_opens_the_file(spelling: str, tmp_path: Path) -> None:
    script = f"""
    import os, pathlib, pickle
    import pandas as pd
    NAME = {spelling!r}
    def azureml_main():
        assert os.path.exists(NAME) and os.path.isfile(NAME) and os.path.getsize(NAME) == 4
        with open(NAME) as file:
            text = file.read()
        with open(os.path.join(os.getcwd(), NAME)) as file:
            assert file.read() == text
        assert pathlib.Path(NAME).read_text() == text
        return pd.read_csv(NAME)
    """
    done = finished(script, tmp_path, bundle=zipped({"data/x.csv": "n\n7\n", "y.py": ""}))
    assert done.error is None
    assert done.frame()["n"].tolist() == [7]


def test_folders_are_listed_by_their_old_names_and_hold_nothing_else(tmp_path: Path) -> None:
    script = """
    import glob, os
    def azureml_main():
        names = ".\\\\Script Bundle\\\\", "Script Bundle\\\\data", "./Script Bundle/data"
        found = [os.listdir(name) for name in names]
        assert sorted(found[0]) == ["data", "m.py"] and found[1] == found[2] == ["x.csv"], found
        assert os.path.exists(os.path.join(".\\\\Script Bundle", "m.py"))
        assert glob.glob(".\\\\Script Bundle\\\\*.py") == [".\\\\Script Bundle\\\\m.py"]
    """
    assert finished(script, tmp_path, bundle=zipped({"data/x.csv": "", "m.py": ""})).error is None


def test_modules_and_packages_of_a_bundle_are_imported(tmp_path: Path) -> None:
    script = """
    import sys
    from hello import greeting
    import pack.inner
    def azureml_main():
        sys.path.append(".\\\\Script Bundle\\\\more")
        import extra
        return [greeting, pack.inner.word, extra.mark]
    """
    files = {"hello.py": "greeting = 'hello'", "pack/__init__.py": "", "pack/inner.py": "word = 'world'"}
    done = finished(script, tmp_path, bundle=zipped(files | {"more/extra.py": "mark = '!'"}))
    assert done.error is None
    assert done.frame()["column"].tolist() == ["hello", "world", "!"]


def test_a_pickle_in_the_bundle_opens_by_its_old_name(tmp_path: Path) -> None:
    script = """
    import pickle, sys
    sys.path.insert(0, ".\\\\Script Bundle")
    import shapes
    def azureml_main():
        with open(".\\\\Script Bundle\\\\model.pkl", "rb") as file:
            return pickle.load(file)
    """
    done = finished(script, tmp_path, bundle=zipped({"model.pkl": b"\x80\x04K\x2a.", "shapes.py": ""}))
    assert done.error is None
    assert done.frame()["column"].tolist() == [42]


def test_a_bad_bundle_stops_the_step_before_the_script_runs(tmp_path: Path) -> None:
    done = finished("raise SystemExit(9)\ndef azureml_main(): ...\n", tmp_path, bundle=b"no zip")
    assert isinstance(done.error, InputError)
    assert done.report["log"] == []


def test_a_sibling_named_src_is_not_hidden(tmp_path: Path) -> None:
    script = "from src.mine import x\ndef azureml_main():\n    return x\n"
    done = finished(
        script,
        tmp_path,
        bundle=zipped({"y.py": ""}),
        siblings={"src/__init__.py": "", "src/mine.py": "x = 3\n"},
    )
    assert done.error is None
    assert done.frame()["column"].tolist() == [3]
    assert os.listdir(tmp_path / "Script Bundle") == ["y.py"]


parts = st.text(st.sampled_from("ab.\\/ C:\0é"), min_size=1, max_size=12)


@given(st.lists(parts, max_size=4), st.lists(st.binary(max_size=20), min_size=4, max_size=4))
def test_whatever_the_names_nothing_is_written_outside(names: list[str], contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workdir = Path(folder) / "inner" / "work"
        workdir.mkdir(parents=True)
        with contextlib.suppress(InputError):
            unpacked(zipped(dict(zip(names, contents, strict=False))), workdir)
        assert [p.name for p in Path(folder).iterdir()] == ["inner"]
        assert [p.name for p in (Path(folder) / "inner").iterdir()] == ["work"]
        for path in workdir.iterdir():
            assert os.path.realpath(path).startswith(os.path.realpath(workdir / "Script Bundle"))


def test_a_table_in_the_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2]})
    script = "import pandas as pd\ndef azureml_main():\n    return pd.read_csv('Script Bundle/t.csv')\n"
    done = finished(script, tmp_path, bundle=zipped({"t.csv": frame.to_csv(index=False)}))
    pd.testing.assert_frame_equal(done.frame(), frame)
