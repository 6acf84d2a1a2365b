"""`drawloom upgrade`: what it shows, what it writes, and what it leaves to the reader."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from drawloom.cli.main import main
from drawloom.errors import ScriptError
from drawloom.script.classic.upgrade import DIVISION_MARK, upgrade


def test_the_diff_is_shown_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "old.py"
    script.write_text("import pandas as pd\nprint df.ix[i]\n")
    assert main(["upgrade", str(script)]) == 0
    shown = capsys.readouterr()
    assert "-print df.ix[i]\n+print(df.loc[i])\n" in shown.out
    assert "line 2: DataFrame.ix: review: " in shown.out
    assert "old.py: 1 line to change; --write writes them; 1 to review." in shown.err
    assert script.read_text() == "import pandas as pd\nprint df.ix[i]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"print 'a'\r\nx = 1\r\n", b"print('a')\r\nx = 1\r\n"),
        (codecs.BOM_UTF8 + "print 'é'\n".encode(), codecs.BOM_UTF8 + "print('é')\n".encode()),
        (
            "# -*- coding: latin-1 -*-\nprint 'é'\n".encode("latin-1"),
            "# -*- coding: latin-1 -*-\nprint('é')\n".encode("latin-1"),
        ),
        ("\ufeffprint 'é'\r\n".encode("utf-16-le"), "\ufeffprint('é')\r\n".encode("utf-16-le")),
        (b"print 'a'", b"print('a')"),
    ],
    ids=["CR LF", "byte order mark", "coding cookie", "UTF-16", "no end of line"],
)
def test_encoding_and_line_ends_are_kept_and_the_old_file_too(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    script = tmp_path / "old.py"
    script.write_bytes(before)
    script.chmod(0o750)
    assert main(["upgrade", str(script), "--write"]) == 0
    assert script.read_bytes() == after
    assert script.stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "old.py.orig").read_bytes() == before


def test_a_kept_original_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "old.py"
    script.write_text("print 1\n")
    (tmp_path / "old.py.orig").write_text("the only copy")
    assert main(["upgrade", str(script), "--write"]) == 2
    assert "Error 0057" in capsys.readouterr().err
    assert script.read_text() == "print 1\n"
    assert (tmp_path / "old.py.orig").read_text() == "the only copy"


def test_an_upgraded_script_has_nothing_to_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "old.py"
    script.write_text("print a / b\n")
    main(["upgrade", str(script), "--write"])
    capsys.readouterr()
    assert main(["upgrade", str(script), "--write"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nothing to change" in shown.err
    assert script.read_text() == f"print(a / b)  {DIVISION_MARK}\n"


def test_what_is_no_python_at_all_is_refused_with_its_line() -> None:
    with pytest.raises(ScriptError, match="line 2") as caught:
        upgrade("print 1\nif x = 3:\n")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "code",
    [
        "rows = []\nrows.append(1)\n",
        "rows = [3, 1]\nrows.sort()\n",
        "rows = {}\nrows['a']['b'] = 1\n",
        "x.sort()\n",
        "text.replace('a', 'b', 1)\n",
        "text.split('-', 1)\n",
        "import numpy as np\nx = np.array([1])\nx.sort()\ny = x.ravel()\n",
        "import numpy as np\ny = np.append(a, b)\n",
        "class Node:\n    def sort(self, columns): ...\n",
        "float = 3\nfile = open('x')\nx = float\n",
        "x = a / b\n",
        "def xrange(n): ...\nfor i in xrange(3): pass\n",
        "print('a', 1)\n",
        "text = 'print x; df.ix[0]'  # print x\n",
        "items = d.keys()\n",
    ],
)
def test_code_of_today_is_left_alone(code: str) -> None:
    done = upgrade(code)
    assert done.text == code
    assert not done.notes


def test_division_is_floored_where_both_are_proved_whole_and_marked_elsewhere() -> None:
    done = upgrade("print 1\nhalf = len(x) / 2\npart = 1.0 / 3\nrest = a / b  # of all\n")
    assert done.text == (
        f"print(1)\nhalf = len(x) // 2\npart = 1.0 / 3\nrest = a / b  # of all  {DIVISION_MARK}\n"
    )
    assert [note.line for note in done.reviews] == [4]


def test_a_script_that_asked_for_true_division_keeps_it() -> None:
    code = "from __future__ import division\nprint 1\nx = 3 / 2\n"
    assert "x = 3 / 2\n" in upgrade(code).text


def test_each_import_is_written_once_and_names_follow_it() -> None:
    done = upgrade(
        "from sklearn import cross_validation, grid_search, svm\n"
        "a = cross_validation.train_test_split(x)\nb = grid_search.GridSearchCV\n"
    )
    assert done.text == (
        "from sklearn import model_selection, svm\n"
        "a = model_selection.train_test_split(x)\nb = model_selection.GridSearchCV\n"
    )


def test_a_needed_import_goes_below_the_first_one_and_takes_a_free_name() -> None:
    done = upgrade('"""Doc."""\nimport pandas as pd\ndatetime = 3\nx = pd.datetime(2015, 1, 2)\n')
    assert done.text == (
        '"""Doc."""\nimport pandas as pd\nfrom datetime import datetime as datetime_today\n'
        "datetime = 3\nx = datetime_today(2015, 1, 2)\n"
    )


def test_comments_and_layout_stay() -> None:
    code = "x = df.sort(  # by what\n    'a',\n)\n# the end\nprint 'a' ,   b  # why\n"
    done = upgrade(code)
    assert "# the end\n" in done.text
    assert "# why\n" in done.text
    assert "\nprint('a' ,   b)  # why\n" in done.text
