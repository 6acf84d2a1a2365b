"""The operations of Apply Math Operation, by Studio's names (worker side).

One argument: ``function(x)``. Two: ``function(x, y)``, where y is a constant or another column. All take
float64 arrays of shape (rows,), missing as NaN; a result that is no number is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Operation: TypeAlias = Callable[..., Any]


def _pow(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.power(x, y))


def _nth_root(x: Floats, y: Floats) -> Floats:
    """Give the real root, also of a negative number where the degree is odd."""
    root: Floats = np.power(np.abs(x), 1.0 / y)
    signed: Floats = np.where(x >= 0, root, np.where(np.mod(y, 2) == 1, -root, np.nan))
    return signed


def _round_away(x: Floats, scale: Floats, how: Callable[[Floats], Floats]) -> Floats:
    return np.asarray(np.sign(x) * how(np.abs(x) * scale) / scale)


def _round_digits(x: Floats, y: Floats) -> Floats:
    return _round_away(x, np.power(10.0, y), lambda size: np.floor(size + 0.5))


def _round_down(x: Floats, y: Floats) -> Floats:
    return _round_away(x, np.power(10.0, y), np.floor)


def _round_up(x: Floats, y: Floats) -> Floats:
    return _round_away(x, np.power(10.0, y), np.ceil)


def _power_of_two_above(x: Floats) -> Floats:
    return np.where(x > 0, np.exp2(np.ceil(np.log2(x))), np.nan)


def _double_factorial(x: Floats) -> Floats:
    whole = (x == np.floor(x)) & (x >= 0)
    products = special.factorial2(np.where(whole, x, 0).astype(np.int64), exact=False)
    return np.asarray(np.where(whole, products, np.nan))


def _to_even(x: Floats) -> Floats:
    even: Floats = 2 * np.sign(x) * np.ceil(np.abs(x) / 2)
    return even


def _to_odd(x: Floats) -> Floats:
    odd: Floats = np.where(x >= 0, 1.0, -1.0) * (2 * np.ceil((np.abs(x) + 1) / 2) - 1)
    return odd


def _to_multiple(x: Floats, y: Floats) -> Floats:
    return np.floor(x / y + 0.5) * y


ARITHMETIC: dict[str, Operation] = {
    "Add": np.add,
    "Subtract": np.subtract,
    "Multiply": np.multiply,
    "Divide": np.divide,
}

COMPARE: dict[str, Operation] = {
    "EqualTo": np.equal,
    "GreaterThan": np.greater,
    "GreaterThanOrEqualTo": np.greater_equal,
    "LessThan": np.less,
    "LessThanOrEqualTo": np.less_equal,
    "NotEqualTo": np.not_equal,
    "PairMax": np.maximum,
    "PairMin": np.minimum,
}

BASIC: dict[str, Operation] = {
    "Abs": np.abs,
    "CubeRoot": np.cbrt,
    "DoubleFactorial": _double_factorial,
    "Eps": lambda x: np.spacing(np.abs(x)),
    "Exp": np.exp,
    "Exp2": np.exp2,
    "ExpMinus1": np.expm1,
    "Factorial": lambda x: np.where(x >= 0, special.gamma(x + 1), np.nan),
    "Ln": np.log,
    "LnPlus1": np.log1p,
    "Log10": np.log10,
    "Log2": np.log2,
    "Sqrt": np.sqrt,
    "SqrtPi": lambda x: np.sqrt(x * np.pi),
    "Square": np.square,
}
BASIC_OF_TWO: dict[str, Operation] = {
    "Atan2": np.arctan2,
    "Hypotenuse": np.hypot,
    "Log": lambda x, y: np.log(x) / np.log(y),
    "NthRoot": _nth_root,
    "Pow": _pow,
}

ROUNDING: dict[str, Operation] = {
    "Ceiling": np.ceil,
    "CeilingPower2": _power_of_two_above,
    "Floor": np.floor,
    "ToEven": _to_even,
    "ToOdd": _to_odd,
    "Truncate": np.trunc,
}
ROUNDING_OF_TWO: dict[str, Operation] = {
    "Mod": np.mod,
    "Quotient": lambda x, y: np.trunc(x / y),
    "Remainder": np.fmod,
    "RoundDigits": _round_digits,
    "RoundDown": _round_down,
    "RoundUp": _round_up,
    "ToMultiple": _to_multiple,
}

SPECIAL: dict[str, Operation] = {
    "EllipticIntegralE": special.ellipe,
    "EllipticIntegralK": special.ellipk,
    "Erf": special.erf,
    "ErfInverse": special.erfinv,
    "ErfComplement": special.erfc,
    "ExponentialIntegralEin": lambda x: np.where(
        x > 0, special.exp1(x) + np.log(x) + np.euler_gamma, np.where(x == 0, 0, np.nan)
    ),
    "Gamma": special.gamma,
    "GammaLn": special.gammaln,
}
SPECIAL_OF_TWO: dict[str, Operation] = {
    "Beta": special.beta,
    "BetaLn": special.betaln,
    "GammaRegularizedP": special.gammainc,
    "GammaRegularizedPInverse": special.gammaincinv,
    "GammaRegularizedQ": special.gammaincc,
    "GammaRegularizedQInverse": special.gammainccinv,
    "Polygamma": lambda x, y: special.polygamma(np.asarray(y, dtype=np.int64), x),
}

_CIRCULAR: dict[str, tuple[Operation, Operation]] = {
    "Sin": (np.sin, np.arcsin),
    "Cos": (np.cos, np.arccos),
    "Tan": (np.tan, np.arctan),
    "Cot": (lambda x: 1 / np.tan(x), lambda x: np.arctan(1 / x)),
    "Csc": (lambda x: 1 / np.sin(x), lambda x: np.arcsin(1 / x)),
    "Sec": (lambda x: 1 / np.cos(x), lambda x: np.arccos(1 / x)),
}
_HYPERBOLIC: dict[str, tuple[Operation, Operation]] = {
    "Sinh": (np.sinh, np.arcsinh),
    "Cosh": (np.cosh, np.arccosh),
    "Tanh": (np.tanh, np.arctanh),
    "Coth": (lambda x: 1 / np.tanh(x), lambda x: np.arctanh(1 / x)),
    "Csch": (lambda x: 1 / np.sinh(x), lambda x: np.arcsinh(1 / x)),
    "Sech": (lambda x: 1 / np.cosh(x), lambda x: np.arccosh(1 / x)),
}


def _trigonometric() -> dict[str, Operation]:
    """Give each function, its inverse, and for the circular ones both in degrees."""
    found: dict[str, Operation] = {"DegreesToRadians": np.deg2rad, "RadiansToDegrees": np.rad2deg}
    for name, (function, inverse) in (_CIRCULAR | _HYPERBOLIC).items():
        found |= {name: function, f"A{name.lower()}": inverse}
    for name, (function, inverse) in _CIRCULAR.items():
        found[f"{name}Degree"] = lambda x, function=function: function(np.deg2rad(x))
        found[f"A{name.lower()}Degree"] = lambda x, inverse=inverse: np.rad2deg(inverse(x))
    return found


OF_ONE: dict[str, Operation] = BASIC | ROUNDING | SPECIAL | _trigonometric()
OF_TWO: dict[str, Operation] = ARITHMETIC | COMPARE | BASIC_OF_TWO | ROUNDING_OF_TWO | SPECIAL_OF_TWO
TRUTHS = frozenset(COMPARE) - {"PairMax", "PairMin"}
"""Operations whose result is Boolean."""


def compute(name: str, x: Floats, y: Floats | None = None) -> Floats:
    """Compute an operation.

    Parameters
    ----------
    name
        Of `OF_ONE` or `OF_TWO`.
    x, y
        Shape (rows,); y only for `OF_TWO`.

    Returns
    -------
    array
        Shape (rows,), NaN where an argument is missing or the result is no number; truths are 1 and 0.
    """
    with np.errstate(all="ignore"):
        result = OF_ONE[name](x) if y is None else OF_TWO[name](x, y)
    missing = np.isnan(x) if y is None else np.isnan(x) | np.isnan(y)
    return np.where(missing, np.nan, np.asarray(result, dtype=np.float64))
