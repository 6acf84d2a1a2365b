"""What the terminal gets while a script runs."""

from __future__ import annotations

import io
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from drawloom.cli.console import Console, harmless


class Screen(io.TextIOWrapper):
    """A text stream over memory that may say it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def shown(self) -> bytes:
        self.flush()
        data = self.buffer
        assert isinstance(data, io.BytesIO)
        return data.getvalue()


def test_a_pipe_gets_the_bytes_of_the_script_as_they_are() -> None:
    screen = Screen(terminal=False)
    Console(screen).write("stdout", b"\x1b[31m\xff\x00\n")
    assert screen.shown() == b"\x1b[31m\xff\x00\n"


def test_a_terminal_gets_control_characters_spelt_out() -> None:
    screen = Screen(terminal=True)
    Console(screen).write("stdout", b"\x1b]0;title\x07 10%\r20%\n")
    assert screen.shown() == b"\\x1b]0;title\\x07 10%\r20%\n"


def test_a_character_that_arrives_in_two_pieces_is_one_character_on_the_terminal() -> None:
    screen = Screen(terminal=True)
    console = Console(screen)
    first, second = "ä".encode()[:1], "ä".encode()[1:]
    console.write("stdout", first)
    console.write("stderr", b"|")
    console.write("stdout", second)
    assert screen.shown() == "|ä".encode()


@given(st.text())
def test_harmless_text_holds_no_control_character_a_terminal_acts_on(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", harmless(text))


@given(st.text(st.characters(exclude_categories=["Cc"])))
def test_text_without_control_characters_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_line_of_ours_starts_on_a_line_of_its_own() -> None:
    screen = Screen(terminal=False)
    console = Console(screen)
    console.write("stdout", b"no line feed")
    console.line("ours")
    assert screen.shown() == b"no line feed\nours\n"


def test_what_is_quick_shows_no_progress() -> None:
    screen = Screen(terminal=False)
    with Console(screen).waiting("running x.py"):
        pass
    assert screen.shown() == b""


def test_after_a_second_a_pipe_gets_one_line_of_progress() -> None:
    screen = Screen(terminal=False)
    with Console(screen).waiting("running x.py"):
        time.sleep(1.2)
    assert screen.shown() == b"drawloom: running x.py ...\n"


def test_a_terminal_is_left_without_the_line_of_progress() -> None:
    screen = Screen(terminal=True)
    console = Console(screen)
    with console.waiting("running x.py"):
        time.sleep(1.2)
    text = screen.shown().decode()
    assert "drawloom: running x.py ... 1 s" in text
    assert text.endswith("\r\x1b[K")
