from __future__ import annotations

import pytest

from drawloom.environment import block
from drawloom.errors import InputError

SCRIPT = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "toolz>=1.0",  # the newest
#     "attrs",
# ]
#
# [tool.other]
# key = 1
# ///
def azureml_main(frame):
    return frame
"""


def test_a_block_names_packages_and_python() -> None:
    assert block.read(SCRIPT) == block.Block(("attrs", "toolz>=1.0"), ">=3.11")


def test_windows_line_ends_change_nothing() -> None:
    assert block.read(SCRIPT.replace("\n", "\r\n")) == block.read(SCRIPT)


@pytest.mark.parametrize(
    "text",
    [
        "def azureml_main(d):\n    return d\n",
        "# /// script\n# dependencies = []\n# ///\n",
        "# /// other\n# dependencies = ['x']\n# ///\n",
        "# /// script\n# dependencies = ['x']\n",
    ],
)
def test_a_script_that_asks_for_nothing_has_no_block(text: str) -> None:
    assert block.read(text) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# dependencies = [", "is not TOML"),
        ("# dependencies = 'toolz'", "no list of texts"),
        ("# dependencies = ['--index-url https://evil.example']", "not a package of an index"),
        ("# dependencies = ['a @ https://evil.example/a.whl']", "not a package of an index"),
        ('# dependencies = ["a\\n-r /etc/passwd"]', "not a package of an index"),
        ("# dependencies = ['toolz']\n# requires-python = '<3'", "requires Python <3"),
        ("# dependencies = ['toolz']\n# requires-python = 'new'", "cannot be read"),
    ],
)
def test_a_block_that_cannot_be_used_is_told(content: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        block.read(f"# /// script\n{content}\n# ///\n")


def test_two_blocks_are_one_too_many() -> None:
    with pytest.raises(InputError, match="two blocks"):
        block.read(SCRIPT + SCRIPT)


def test_packages_are_added_to_a_block_and_the_rest_of_it_stays() -> None:
    text = block.with_packages(SCRIPT, ("polars", "toolz==1.0.0"))
    asked = block.read(text)
    assert asked is not None
    assert asked.requirements == ("attrs", "polars", "toolz==1.0.0")
    assert text.startswith('#!/usr/bin/env python\n# /// script\n# requires-python = ">=3.11"\n')
    assert text.endswith(SCRIPT[SCRIPT.index("#\n# [tool.other]") :])


@pytest.mark.parametrize("start", ["", "#!/usr/bin/env python\n"])
def test_a_script_without_a_block_gets_one(start: str) -> None:
    text = block.with_packages(f"{start}x = 1\n", ("toolz",))
    assert text == f'{start}# /// script\n# dependencies = ["toolz"]\n# ///\nx = 1\n'


def test_packages_go_before_the_tables_of_a_block_that_named_none() -> None:
    text = block.with_packages("# /// script\n# [tool.x]\n# y = 1\n# ///\n", ("toolz",))
    assert block.read(text) == block.Block(("toolz",))
