"""Where the boxes stand on the canvas: ``NAME.layout.yaml`` beside the experiment file.

A file of its own, so that moving a box never shows up in the experiment's history.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from drawloom.errors import InputError
from drawloom.experiment import syntax, writing
from drawloom.experiment.saving import save


class Position(NamedTuple):
    """The upper left corner of a box, in canvas units."""

    x: float
    y: float


def layout_path(experiment: Path) -> Path:
    """Give the layout's path for an experiment file: ``a/b.yaml`` has ``a/b.layout.yaml``."""
    return experiment.with_name(f"{experiment.stem}.layout.yaml")


def read_layout(experiment: Path) -> dict[str, Position]:
    """Read the positions by step name; none where there is no layout file.

    Raises
    ------
    InputError
        The layout file cannot be read or is not a layout (0049); the remedy is to delete it.
    """
    path = layout_path(experiment)
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, str(error)) from None
    parsed = syntax.parse(text.removeprefix("\ufeff"))
    if parsed.problems:
        raise _broken(path, parsed.problems[0].render(path.name))
    if parsed.root is None:
        return {}
    content = syntax.plain(parsed.root)
    steps = content.get("steps") if isinstance(content, dict) else None
    if not isinstance(steps, dict):
        raise _broken(path, 'it has no "steps"')
    positions = {}
    for name, place in steps.items():
        if (
            not isinstance(place, list)
            or len(place) != 2
            or not all(_is_coordinate(value) for value in place)
        ):
            raise _broken(path, f'step "{name}" wants two numbers')
        positions[name] = Position(float(place[0]), float(place[1]))
    return positions


def write_layout(experiment: Path, positions: Mapping[str, tuple[float, float]]) -> None:
    """Write the positions, one line a step in the order given; the file is replaced at once or not at all."""
    lines = [f"  {writing.text(name)}: [{_short(x)}, {_short(y)}]" for name, (x, y) in positions.items()]
    text = "\n".join(["version: 1", "steps:" if lines else "steps: {}", *lines]) + "\n"
    save(layout_path(experiment), text)


def _is_coordinate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _short(value: float) -> str:
    rounded = round(float(value), 2)
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def _broken(path: Path, why: str) -> InputError:
    return InputError(
        f'The layout "{path.name}" cannot be read: {why}.',
        code="0049",
        remedy="Delete it; the boxes are then arranged anew.",
    )
