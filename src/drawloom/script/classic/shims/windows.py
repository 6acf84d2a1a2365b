"""`pandas.rolling_mean(x, 3)` and its kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rolling(name: str) -> Callable[..., Any]:
    """Give `rolling_<name>`: ``(x, [other or argument,] window, min_periods, freq, center, ...)``."""

    def function(x: Any, *args: Any, **kwargs: Any) -> Any:
        between, args = _between(name, args, kwargs)
        order = ("window", "min_periods", "freq", "center")
        options = dict(zip(order, args, strict=False)) | {k: kwargs.pop(k) for k in order if k in kwargs}
        frequency = options.pop("freq", None)
        if frequency is not None:
            x = x.resample(frequency).mean()
        if kwargs.pop("how", None) is not None:
            raise TypeError(f"rolling_{name}: how is not taken any more; resample before")
        return getattr(x.rolling(**options), name)(*between, **kwargs)

    return function


def expanding(name: str) -> Callable[..., Any]:
    """Give `expanding_<name>`."""

    def function(x: Any, min_periods: int = 1, **kwargs: Any) -> Any:
        return getattr(x.expanding(min_periods), name)(**kwargs)

    return function


def weighted(name: str) -> Callable[..., Any]:
    """Give `ewma`, `ewmstd`, `ewmvar`: ``(x, com, span, halflife, ...)``."""

    def function(x: Any, *args: Any, bias: bool | None = None, **kwargs: Any) -> Any:
        order = ("com", "span", "halflife")
        given = dict(zip(order, args, strict=False)) | kwargs
        given = {key: value for key, value in given.items() if value is not None}
        return getattr(x.ewm(**given), name)(**({} if bias is None else {"bias": bias}))

    return function


def _between(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Split off what stood after the window or before it: the other series, the quantile, the function."""
    if name in ("corr", "cov"):
        if args and not isinstance(args[0], int):
            return args[:1], args[1:]
        return ((kwargs.pop("arg2"),) if kwargs.get("arg2") is not None else ()), args
    if name in ("quantile", "apply") and len(args) > 1:
        return args[1:2], (args[0], *args[2:])
    return (), args


def __getattr__(name: str) -> Callable[..., Any]:
    kind, _, method = name.partition("_")
    if kind == "rolling":
        return rolling(method)
    if kind == "expanding":
        return expanding(method)
    if name in ("ewma", "ewmstd", "ewmvar"):
        return weighted({"ewma": "mean", "ewmstd": "std", "ewmvar": "var"}[name])
    raise AttributeError(name)
