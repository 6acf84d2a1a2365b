"""A failure, told in the user's own terms."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from drawloom.errors import DrawloomError, InputError, LimitError, ScriptError
from drawloom.script import failure, values

from .running import outcome


def failed(text: str, workdir: Path, *tables: Any, **fields: Any) -> ScriptError:
    error = outcome(text, workdir, *tables, **fields).error
    assert isinstance(error, ScriptError)
    return error


def test_an_error_has_code_line_and_the_users_own_traceback(tmp_path: Path) -> None:
    error = failed(
        """\
        def ratio(df):
            return 1 / df["a"].iloc[0].item()

        def azureml_main(df):
            return ratio(df)
        """,
        tmp_path,
        pd.DataFrame({"a": [0]}),
        name="rank.py",
    )
    assert error.code == "0085"
    assert error.line == 2
    assert error.message == "rank.py, line 2, in ratio: ZeroDivisionError: division by zero"
    assert error.traceback.splitlines() == [
        "Traceback (most recent call last):",
        '  File "rank.py", line 5, in azureml_main',
        "    return ratio(df)",
        "           ^^^^^^^^^",
        '  File "rank.py", line 2, in ratio',
        '    return 1 / df["a"].iloc[0].item()',
        "           ~~^~~~~~~~~~~~~~~~~~~~~~~~",
        "ZeroDivisionError: division by zero",
    ]


def test_the_line_is_the_last_of_the_script_where_a_library_fails(tmp_path: Path) -> None:
    error = failed(
        "def azureml_main(df):\n    x = 1\n    return df['nope']\n", tmp_path, pd.DataFrame({"a": [1]})
    )
    assert error.line == 3
    assert "KeyError: 'nope'" in error.message
    assert "pandas" in error.traceback


def test_a_failure_at_import_has_its_line(tmp_path: Path) -> None:
    error = failed("limit = 3\nlimit.x\ndef azureml_main(): ...\n", tmp_path)
    assert error.line == 2
    assert error.message.startswith("script.py, line 2: AttributeError")
    assert error.locals == {"limit": "3"}


def test_chained_exceptions_and_notes_are_kept(tmp_path: Path) -> None:
    error = failed(
        """
        def azureml_main():
            try:
                {}["a"]
            except KeyError as missing:
                try:
                    raise ValueError("second") from missing
                except ValueError:
                    third = TypeError("third")
                    third.add_note("a note of mine")
                    raise third
        """,
        tmp_path,
    )
    text = error.traceback
    assert text.index("KeyError: 'a'") < text.index("direct cause") < text.index("ValueError: second")
    assert text.index("During handling") < text.index("TypeError: third\na note of mine")
    assert "drawloom" not in text


def test_an_exception_group_is_shown_whole(tmp_path: Path) -> None:
    error = failed(
        "def azureml_main():\n    raise ExceptionGroup('both', [ValueError('one'), TypeError('two')])\n",
        tmp_path,
    )
    assert "ValueError: one" in error.traceback
    assert "TypeError: two" in error.traceback


def test_endless_recursion_is_told_briefly_and_soon(tmp_path: Path) -> None:
    started = time.perf_counter()
    error = failed(
        """
        import sys
        sys.setrecursionlimit(100_000)
        def azureml_main(n=0):
            return inner(n)
        def inner(n):
            if n == 40_000:
                raise ValueError("deep")
            return inner(n + 1)
        """,
        tmp_path,
    )
    assert time.perf_counter() - started < 10
    assert error.line == 8
    assert error.locals == {"n": "40000"}
    assert "39972 frames left out" in error.traceback
    assert error.traceback.count('File "script.py"') < 31
    assert "in azureml_main" in error.traceback


def test_a_recursion_error_is_a_script_error(tmp_path: Path) -> None:
    error = failed("def azureml_main():\n    return azureml_main()\n", tmp_path)
    assert "RecursionError" in error.message
    assert error.line == 2


def test_a_huge_message_keeps_head_and_tail(tmp_path: Path) -> None:
    error = failed(
        "def azureml_main():\n    raise ValueError('head' + 'x' * 10_000_000 + 'tail')\n", tmp_path
    )
    assert len(error.message) == 4096
    assert "ValueError: head" in error.message
    assert error.message.endswith("tail")
    assert len(error.traceback) <= 64 * 1024


def test_a_message_that_cannot_be_read_is_no_second_failure(tmp_path: Path) -> None:
    error = failed(
        """
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError
        def azureml_main():
            raise Odd
        """,
        tmp_path,
    )
    assert "Odd: (its message cannot be read)" in error.message
    assert error.line == 6


def test_locals_are_those_of_the_failing_line(tmp_path: Path) -> None:
    error = failed(
        """
        import math
        def azureml_main(df):
            name, numbers, text = "x", list(range(1000)), "y" * 5000
            column = df["a"]
            array = column.to_numpy()
            return df[name]
        """,
        tmp_path,
        pd.DataFrame({"a": [1.5, None] * 50, "b": ["p", "q"] * 50}),
    )
    shown = error.locals
    assert list(shown) == ["df", "name", "numbers", "text", "column", "array"]
    assert shown["df"].startswith("DataFrame, 100 rows x 2 columns\na: float64, b: str\n")
    assert shown["df"].count("\n") == 7
    assert shown["name"] == "'x'"
    assert shown["numbers"] == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]"
    assert len(shown["text"]) <= 300
    assert shown["column"].startswith("Series, 100 rows, float64\n")
    assert shown["array"] == "ndarray, shape (100,), float64: [1.5, nan, 1.5, nan, 1.5]"


HOSTILE = """
import sys
class Raises:
    def __repr__(self): raise RuntimeError("no")
class Exits:
    def __repr__(self): sys.exit(3)
class Prints:
    def __repr__(self): print("noise"); return "printed"
class Long:
    def __repr__(self): return "z" * 10_000_000
class Hangs:
    def __repr__(self):
        while True: pass
"""


def test_a_hostile_repr_is_contained(tmp_path: Path) -> None:
    done = outcome(
        HOSTILE + "def azureml_main():\n    a, b, c, d = Raises(), Exits(), Prints(), Long()\n    1 / 0\n",
        tmp_path,
    )
    assert isinstance(done.error, ScriptError)
    shown = done.error.locals
    assert "Raises" in shown["a"]
    assert shown["b"] == "<Exits: repr raised SystemExit>"
    assert shown["c"] == "printed"
    assert len(shown["d"]) <= 1000
    assert done.log == []


def test_a_repr_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "RENDER_SECONDS", 0.2)
    error = failed(HOSTILE + "def azureml_main():\n    a, b, c = 1, Hangs(), 2\n    1 / 0\n", tmp_path)
    assert error.locals == {"a": "1", "...": "the others took more than 0.2 s to show"}


def test_many_locals_are_cut(tmp_path: Path) -> None:
    body = "\n".join(f"    v{n} = {n}" for n in range(150))
    error = failed(f"def azureml_main():\n{body}\n    1 / 0\n", tmp_path)
    assert len(error.locals) == values.MAX_NAMES + 1
    assert error.locals["..."] == "and more"


def test_large_locals_are_cut_in_all(tmp_path: Path) -> None:
    body = "\n".join(f"    v{n} = ['{n}' * 200] * 9" for n in range(99))
    error = failed(f"def azureml_main():\n{body}\n    1 / 0\n", tmp_path)
    assert sum(map(len, error.locals.values())) <= values.MAX_TOTAL + 10
    assert "..." in error.locals


@pytest.mark.parametrize("call", ["sys.exit()", "sys.exit(0)", "sys.exit('done')", "exit(2)"])
def test_leaving_the_process_is_a_failure(call: str, tmp_path: Path) -> None:
    error = failed(f"import sys\ndef azureml_main():\n    {call}\n", tmp_path)
    assert error.line == 3
    assert "called sys.exit(" in error.message
    assert "Return a table" in error.remedy


def test_memory_that_runs_out_is_a_limit(tmp_path: Path) -> None:
    error = outcome("def azureml_main():\n    return bytearray(1 << 62)\n", tmp_path).error
    assert isinstance(error, LimitError)
    assert error.code == "0138"
    assert error.message.startswith("script.py, line 2, in azureml_main: MemoryError")
    assert 'File "script.py", line 2' in error.__notes__[0]


def test_a_full_disk_is_a_limit(tmp_path: Path) -> None:
    error = outcome(
        "import errno, os\ndef azureml_main():\n    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n",
        tmp_path,
    ).error
    assert isinstance(error, LimitError)
    assert error.code == "0039"
    assert "No space left" in error.message


def test_a_missing_module_is_named_with_what_the_bundle_holds(tmp_path: Path) -> None:
    (tmp_path / "Script Bundle").mkdir()
    (tmp_path / "Script Bundle" / "helo.py").write_text("")
    error = failed("import hello_world\ndef azureml_main(): ...\n", tmp_path)
    assert "No module named 'hello_world'" in error.message
    assert error.line == 1
    assert "'hello_world'" in error.remedy
    assert "The bundle holds helo.py." in error.remedy


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("import urllib2", "urllib.request"),
        ("xrange(3)", "range"),
        ("{}.iteritems()", "items"),
        ("{}.has_key(1)", "`in`"),
    ],
)
def test_names_of_python_2_are_told_what_took_their_place(line: str, remedy: str, tmp_path: Path) -> None:
    error = failed(f"def azureml_main():\n    {line}\n", tmp_path)
    assert "is Python 2" in error.remedy
    assert remedy in error.remedy
    assert "drawloom upgrade" in error.remedy


def test_a_syntax_error_in_a_module_shows_its_file_and_line(tmp_path: Path) -> None:
    error = failed(
        "x = 1\nimport bad\ndef azureml_main(): ...\n", tmp_path, siblings={"bad.py": "\ny = = 2\n"}
    )
    assert error.line == 2
    assert "(bad.py, line 2)" in error.message
    assert 'File "bad.py", line 2' in error.traceback


def test_a_module_in_python_2_is_told_so(tmp_path: Path) -> None:
    error = failed("import old\ndef azureml_main(): ...\n", tmp_path, siblings={"old.py": "print 'x'\n"})
    assert "The module is Python 2 (the print statement)" in error.remedy


def test_a_sibling_is_called_by_its_own_name(tmp_path: Path) -> None:
    error = failed("import helper\ndef azureml_main():\n    helper.go()\n", tmp_path,
                   siblings={"helper.py": "def go():\n    1 / 0\n"})  # fmt: skip
    assert error.line == 3
    assert 'File "helper.py", line 2, in go' in error.traceback


def test_a_working_directory_that_is_gone_is_no_second_failure(tmp_path: Path) -> None:
    workdir = tmp_path / "work"
    workdir.mkdir()
    error = failed(
        "import os, shutil\ndef azureml_main():\n    shutil.rmtree(os.getcwd())\n    1 / 0\n", workdir
    )
    assert error.line == 4


def test_wrong_arguments_name_the_function(tmp_path: Path) -> None:
    error = failed(
        "def wrap(f):\n    return lambda: f()\n@wrap\ndef azureml_main(df): ...\n", tmp_path, pd.DataFrame()
    )
    assert "takes 0 positional arguments but 1 was given" in error.message
    assert error.traceback.startswith("TypeError")


def test_what_is_returned_and_can_be_no_table_is_error_0085(tmp_path: Path) -> None:
    error = failed("class Odd: ...\ndef azureml_main():\n    return Odd()\n", tmp_path)
    assert error.code == "0085"
    assert "(Odd) cannot become a table" in error.message


def test_errors_of_ours_are_handed_on(tmp_path: Path) -> None:
    mine = InputError("x", code="0003")
    described: DrawloomError = failure.describe(mine, "a.py", str(tmp_path))
    assert described is mine


def test_a_real_file_name_is_what_a_debugger_sees(tmp_path: Path) -> None:
    path = tmp_path / "rank.py"
    text = textwrap.dedent("def azureml_main():\n    1 / 0\n")
    path.write_text(text)
    workdir = tmp_path / "work"
    workdir.mkdir()
    error = failed(text, workdir, name="rank.py", filename=str(path))
    assert error.line == 2
    assert error.message.startswith("rank.py, line 2")
    assert f'File "{path}", line 2' in error.traceback
