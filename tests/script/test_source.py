"""Scripts as people paste and save them."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawloom.errors import ScriptError
from drawloom.script.source import clean, load, read_file

MAIN = "def azureml_main(df):\n    return df\n"


def test_windows_line_ends_are_read() -> None:
    assert load(MAIN.replace("\n", "\r\n").encode()).text == MAIN


def test_old_mac_line_ends_are_read() -> None:
    assert load(MAIN.replace("\n", "\r")).text == MAIN


def test_a_byte_order_mark_is_read() -> None:
    assert load(b"\xef\xbb\xbf" + MAIN.encode()).text == MAIN


def test_utf16_with_a_byte_order_mark_is_read() -> None:
    assert load(MAIN.encode("utf-16")).text == MAIN


def test_a_coding_cookie_is_obeyed_and_becomes_utf8() -> None:
    source = load(b"# -*- coding: latin-1 -*-\nname = 'M\xfcller'\n")
    assert source.text == "# -*- coding: utf-8 -*-\nname = 'M\u00fcller'\n"


def test_bytes_of_another_encoding_name_the_line() -> None:
    with pytest.raises(ScriptError, match="line 2: byte 0xfc is not UTF-8") as caught:
        load(b"x = 1\nname = 'M\xfcller'\n", "rank.py")
    assert caught.value.line == 2


def test_an_unknown_coding_cookie_is_an_error() -> None:
    with pytest.raises(ScriptError, match="cannot be decoded: unknown encoding"):
        load(b"# coding: no-such-thing\n")


def test_pasted_no_break_spaces_become_spaces() -> None:
    pasted = "def azureml_main(df):\n\u00a0\u00a0\u00a0 x\u00a0= 1\n\u00a0\u00a0\u00a0 return df\n"
    assert load(pasted).text == "def azureml_main(df):\n    x = 1\n    return df\n"


def test_a_no_break_space_in_a_string_stays() -> None:
    text = 'a = \'x\u00a0y\'  # \u00a0\nb = """p\u00a0\n\'q"""\n'
    assert load(text).text == text


def test_zero_width_characters_vanish() -> None:
    assert load("x\u200b = 1\n\ufeffy = 2\n").text == "x = 1\ny = 2\n"


@given(st.text(st.sampled_from("a'\"#\\\u00a0\n x=\u3000")))
def test_cleaning_never_moves_a_line(text: str) -> None:
    assert clean(text).count("\n") == text.count("\n")


@given(st.text(st.sampled_from("a'\"#\\\u00a0\n x")))
def test_cleaning_changes_nothing_that_parses(text: str) -> None:
    try:
        compile(text, "x", "exec")
    except (SyntaxError, ValueError):
        return
    assert clean(text) == text


PIECES = ['"""\\', "'''\\", '"\\', "\u00a0'", '\\"""', "x: ", "\u00a0", "print 'x';", "raise x, "]


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(ScriptError):
        load("\u00a0" + piece * 100_000)
    assert time.perf_counter() - started < 5


def test_a_script_of_megabytes_is_refused() -> None:
    with pytest.raises(ScriptError, match="characters"):
        load("#" * (3 << 20))


def test_the_name_of_a_file_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "rank.py"
    path.write_bytes(b"x = (\n")
    with pytest.raises(ScriptError, match=r"^Error 0085: rank\.py, line 1:") as caught:
        read_file(path)
    assert caught.value.code == "0085"


def test_a_syntax_error_has_its_line_and_points_at_the_place() -> None:
    with pytest.raises(ScriptError) as caught:
        load("x = 1\ny = = 2\n", "rank.py")
    assert caught.value.line == 2
    assert caught.value.traceback.splitlines()[:3] == [
        '  File "rank.py", line 2',
        "    y = = 2",
        "        ^",
    ]


def test_lines_are_counted_in_the_users_file_whatever_its_line_ends() -> None:
    with pytest.raises(ScriptError) as caught:
        load(b"\xef\xbb\xbfx = 1\r\n\r\n\r\ny = = 2\r\n")
    assert caught.value.line == 4


def test_mixed_tabs_are_named_with_the_remedy() -> None:
    with pytest.raises(ScriptError, match="tabs and spaces") as caught:
        load("if 1:\n\tx = 1\n        y = 2\n")
    assert caught.value.line == 3
    assert "spaces only" in caught.value.remedy


def test_lost_indentation_has_a_remedy() -> None:
    with pytest.raises(ScriptError) as caught:
        load("def azureml_main(df):\nreturn df\n")
    assert caught.value.line == 2
    assert "indentation" in caught.value.remedy


@pytest.mark.parametrize("text", ["x = '\0'", "x = '\udc80'", "x = " + "(" * 500 + ")" * 500])
def test_what_the_parser_cannot_take_is_an_error_of_the_script(text: str) -> None:
    with pytest.raises(ScriptError):
        load(text)


@pytest.mark.parametrize(
    ("line", "construct"),
    [
        ("print 'x'", "the print statement"),
        ('print "%s" % df, x', "the print statement"),
        ("for i in x: print i", "the print statement"),
        ("print >>sys.stderr, 'x'", "the print statement"),
        ("exec 'x = 1'", "the exec statement"),
        ("raise ValueError, 'x'", "raise X, message"),
        ("a = 1 <> 2", "the operator <>"),
        ("a = `b`", "backticks"),
        ("mode = 0777", "an octal number without 0o"),
        ("n = 10L", "a long number"),
        ("n = 0xffL", "a long number"),
        ("p = ur'x'", "a ur string"),
        ("def f(a, (b, c)): pass", "a tuple as a parameter"),
        ("f = lambda (a, b): a", "a tuple as a parameter"),
    ],
)
def test_python_2_is_called_by_its_name(line: str, construct: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(f"line 3 is Python 2 ({construct})")) as caught:
        load(f"import sys\n\n{line}\n", "old.py")
    assert caught.value.line == 3
    assert "drawloom upgrade old.py" in caught.value.remedy


def test_an_except_clause_of_python_2_is_named() -> None:
    with pytest.raises(ScriptError, match="Python 2"):
        load("try:\n    pass\nexcept (A, B), e:\n    pass\n")


@pytest.mark.parametrize(
    "line",
    [
        "def azureml_main(a)",
        "foo(a, b c)",
        "x = 'print 1' 2",
        "x = {1: 2, 3 4}",
        "def f(a, b=(1, 2)) return a",
        "print('a' 'b'",
        "try: pass\nexcept (A, B) e: pass",
        "x = 5 'L'",
    ],
)
def test_plain_mistakes_are_not_called_python_2(line: str) -> None:
    with pytest.raises(ScriptError) as caught:
        load(line)
    assert "Python 2" not in str(caught.value)


def test_old_windows_paths_raise_no_warning() -> None:
    assert load("path = '.\\Script Bundle\\data.csv'\n")
