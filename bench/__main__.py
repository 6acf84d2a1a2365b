"""`python -m bench [PART ...]`: print the table of figures; all parts by default."""

from __future__ import annotations

import importlib
import platform
import sys

from bench.measure import HEADER, say

PARTS = ("runs", "tables", "steps", "shell", "experiments")


def main(parts: list[str]) -> None:
    """Measure the parts that were asked for."""
    say(f"{platform.system()} {platform.release()}, Python {platform.python_version()}\n")
    say(HEADER)
    for part in parts or PARTS:
        for figure in importlib.import_module(f"bench.{part}").figures():
            say(figure.row())


if __name__ == "__main__":
    main(sys.argv[1:])
