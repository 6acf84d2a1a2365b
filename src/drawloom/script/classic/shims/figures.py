"""Functions and methods of matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def hold(on: Any = None) -> None:
    """Do nothing: drawing always adds."""


def ishold() -> bool:
    """Tell that drawing adds."""
    return True


def axes_hold(self: Any, on: Any = None) -> None:
    """Do nothing: drawing always adds."""


def set_axis_bgcolor(self: Any, color: Any) -> None:
    """Colour the background."""
    self.set_facecolor(color)


def get_axis_bgcolor(self: Any) -> Any:
    """Give the colour of the background."""
    return self.get_facecolor()


def set_color_cycle(self: Any, colors: Any) -> None:
    """Colour what is drawn next in turn."""
    self.set_prop_cycle(color=list(colors))


def get_axes(self: Any) -> Any:
    """Give the axes a thing is drawn on."""
    return self.axes


def get_cmap(name: Any = None, lut: int | None = None) -> Any:
    """Give a colour map by name."""
    import matplotlib.pyplot as plt

    return plt.get_cmap(name, lut)


def normpdf(x: Any, mu: float, sigma: float) -> Any:
    """Give the density of the normal distribution."""
    return np.exp(-0.5 * ((np.asarray(x) - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)


def find(condition: Any) -> Any:
    """Give the positions where a condition holds."""
    return np.nonzero(np.ravel(condition))[0]


def gca(today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`gca(projection="3d")` made axes of that kind."""
    if not kwargs:
        return NotImplemented
    if args:
        return args[0].add_subplot(**kwargs)
    import matplotlib.pyplot as plt

    return plt.gcf().add_subplot(**kwargs)


def __getattr__(name: str) -> Any:
    if name == "spectral":
        return get_cmap("nipy_spectral")
    raise AttributeError(name)
