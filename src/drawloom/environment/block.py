"""The block of a script that names its packages (PEP 723), read and written as text: the script never runs.

::

    # /// script
    # dependencies = ["toolz>=1.0"]
    # ///
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from drawloom.environment.requirement import checked, name_of, python_fits
from drawloom.errors import InputError

_BLOCK = re.compile(r"(?m)^# /// script[ \t]*$\n(?P<content>(?:^#(?:| .*)$\n)+?)^# ///[ \t]*$")


@dataclass(frozen=True)
class Block:
    """What a script's block asks for.

    Attributes
    ----------
    requirements
        Packages, sorted.
    requires_python
        Versions of Python, or empty.
    """

    requirements: tuple[str, ...]
    requires_python: str = ""


@lru_cache(maxsize=64)
def read(text: str) -> Block | None:
    """Give what a script asks for; None where it has no block, or one that names no package.

    Raises
    ------
    InputError
        The block cannot be read, stands there twice, or asks for another Python than this.
    """
    if "# /// script" not in text:
        return None
    content = _content(text.replace("\r\n", "\n"))
    if content is None:
        return None
    try:
        values = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"The block `# /// script` is not TOML: {error}.",
            code="0003",
            remedy='Write it as `# dependencies = ["toolz"]` between `# /// script` and `# ///`.',
        ) from None
    listed = values.get("dependencies", [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise InputError("`dependencies` in the block `# /// script` is no list of texts.", code="0003")
    python = str(values.get("requires-python", ""))
    if python and not python_fits(python):
        here = ".".join(map(str, sys.version_info[:3]))
        raise InputError(
            f"The script requires Python {python}, and this is Python {here}.",
            code="0003",
            remedy="Run drawloom with such a Python, or change requires-python in the script's block.",
        )
    return Block(checked(listed), python) if listed else None


def with_packages(text: str, packages: tuple[str, ...]) -> str:
    """Give the script with packages added to its block, which is made where there is none.

    A package that is named already is replaced; every other line of the block stays as it is.
    """
    if "\r\n" in text:
        return with_packages(text.replace("\r\n", "\n"), packages).replace("\n", "\r\n")
    added = checked(packages)
    names = {name_of(each) for each in added}
    found = _only(text)
    if found is None:
        shebang, _, rest = text.partition("\n") if text.startswith("#!") else ("", "", text)
        made = _commented(f"dependencies = {_listed(added)}\n")
        block = f"# /// script\n{made}# ///\n"
        return f"{shebang}\n{block}{rest}" if shebang else block + rest
    content = _uncommented(found)
    values: dict[str, Any] = tomllib.loads(content)
    kept = [each for each in values.get("dependencies", []) if name_of(each) not in names]
    line = f"dependencies = {_listed(tuple(sorted([*kept, *added])))}"
    content = _with_list(content, line) if "dependencies" in values else f"{line}\n{content}"
    return text[: found.start("content")] + _commented(content) + text[found.end("content") :]


def _with_list(content: str, new: str) -> str:
    """Put a line in place of those that the list of packages takes: from its name until it is whole."""
    lines = content.splitlines()
    first = next(n for n, line in enumerate(lines) if re.match(r"dependencies\s*=", line))
    for end in range(first + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[first:end]))
        except tomllib.TOMLDecodeError:
            continue
        lines[first:end] = [new]
        break
    return "\n".join(lines) + "\n"


def _listed(packages: tuple[str, ...]) -> str:
    return "[" + ", ".join(json.dumps(each) for each in packages) + "]"


def _commented(content: str) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in content.splitlines())


def _content(text: str) -> str | None:
    found = _only(text)
    return None if found is None else _uncommented(found)


def _only(text: str) -> re.Match[str] | None:
    found = list(_BLOCK.finditer(text))
    if len(found) > 1:
        raise InputError("The script has two blocks `# /// script`.", code="0003", remedy="Keep one.")
    return found[0] if found else None


def _uncommented(found: re.Match[str]) -> str:
    return "".join(
        line[2:] if line.startswith("# ") else line[1:] for line in found["content"].splitlines(True)
    )
