"""Requirements as text: what may stand in one, and where lists of them come from."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from drawloom.errors import InputError

_START = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CONDA_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:=([^=<>!~][^=]*))?(?:=[^=]*)?")
_NOT_PACKAGES = frozenset({"python", "pip", "setuptools", "wheel"})
_PIP_NAMES = {"pytables": "tables", "py-xgboost": "xgboost", "matplotlib-base": "matplotlib"}


def normalised(name: str) -> str:
    """Give the one spelling of a package's name (`Scikit_Learn` -> `scikit-learn`)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """Give the normalised name of the package that a requirement is about."""
    found = _START.match(requirement)
    return normalised(found[0]) if found else requirement


def checked(requirements: Iterable[str]) -> tuple[str, ...]:
    """Give requirements stripped and sorted, once each.

    Raises
    ------
    InputError
        One of them is an option, an address or several lines: packages come from the index alone.
    """
    kept = set()
    for requirement in requirements:
        text = requirement.strip()
        if not _START.match(text) or "\n" in text or "\r" in text or "://" in text or "@" in text:
            raise InputError(
                f"{text[:80]!r} is not a package of an index.",
                code="0003",
                remedy='Write a name, with a version where it matters: "toolz", "toolz>=1.0".',
            )
        kept.add(text)
    return tuple(sorted(kept))


def from_file(file: Path) -> tuple[str, ...]:
    """Read the packages of a `requirements.txt`, or of a conda `environment.yml` (names and versions alone).

    Raises
    ------
    InputError
        The file cannot be read, or holds something else than packages of an index.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.", code="0048") from None
    found = _of_conda(text, file) if file.suffix in (".yml", ".yaml") else _of_lines(text)
    return checked(found)


def _of_lines(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    lines = [re.split(r"(?:^|\s)#|\s--hash=", line)[0].strip() for line in joined.splitlines()]
    return [line for line in lines if line]


def _of_conda(text: str, file: Path) -> list[str]:
    import yaml  # type: ignore[import-untyped]

    try:
        listed = yaml.safe_load(text)["dependencies"]
        packages = [each for each in listed if isinstance(each, str)]
        from_pip = [str(line) for each in listed if isinstance(each, dict) for line in each.get("pip") or ()]
    except (yaml.YAMLError, KeyError, TypeError):
        raise InputError(
            f"{file} has no list `dependencies`.", code="0048", remedy="Give a conda environment.yml."
        ) from None
    return [*filter(None, map(_of_conda_line, packages)), *from_pip]


def _of_conda_line(line: str) -> str:
    """Turn `channel::name=1.2=build` into `name==1.2.*`; empty where no index has it by this name."""
    text = line.rpartition("::")[2].strip()
    found = _CONDA_PIN.fullmatch(text)
    name, version = (found[1], found[2]) if found else (text, None)
    if normalised(name_of(name)) in _NOT_PACKAGES:
        return ""
    name = _PIP_NAMES.get(name, name)
    return f"{name}=={version}{'' if version.endswith('*') else '.*'}" if version else name.replace(" ", "")


def python_fits(specifier: str) -> bool:
    """Tell whether this Python is among those a `requires-python` names.

    Raises
    ------
    InputError
        It cannot be read.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(specifier).contains(".".join(map(str, sys.version_info[:3])), prereleases=True)
    except InvalidSpecifier:
        raise InputError(f"requires-python {specifier!r} cannot be read.", code="0003") from None
