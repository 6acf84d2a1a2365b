"""The names of the operations, as the host knows them; the common test holds them to the worker's table."""

from __future__ import annotations

_CIRCULAR = ("Sin", "Cos", "Tan", "Cot", "Csc", "Sec")
_HYPERBOLIC = ("Sinh", "Cosh", "Tanh", "Coth", "Csch", "Sech")

OF_ONE: dict[str, tuple[str, ...]] = {
    "Basic": (
        *(
            "Abs",
            "CubeRoot",
            "DoubleFactorial",
            "Eps",
            "Exp",
            "Exp2",
            "ExpMinus1",
            "Factorial",
            "Ln",
            "LnPlus1",
        ),
        *("Log10", "Log2", "Sqrt", "SqrtPi", "Square"),
    ),
    "Rounding": ("Ceiling", "CeilingPower2", "Floor", "ToEven", "ToOdd", "Truncate"),
    "Special": (
        *("EllipticIntegralE", "EllipticIntegralK", "Erf", "ErfInverse", "ErfComplement"),
        *("ExponentialIntegralEin", "Gamma", "GammaLn"),
    ),
    "Trigonometric": (
        *(name for base in (*_CIRCULAR, *_HYPERBOLIC) for name in (base, f"A{base.lower()}")),
        *(f"{name}Degree" for base in _CIRCULAR for name in (base, f"A{base.lower()}")),
        *("DegreesToRadians", "RadiansToDegrees"),
    ),
}
"""Category -> operations of one argument."""

OF_TWO: dict[str, tuple[str, ...]] = {
    "Basic": ("Atan2", "Hypotenuse", "Log", "NthRoot", "Pow"),
    "Compare": (
        *("EqualTo", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "NotEqualTo"),
        *("PairMax", "PairMin"),
    ),
    "Operations": ("Add", "Divide", "Multiply", "Subtract"),
    "Rounding": ("Mod", "Quotient", "Remainder", "RoundDigits", "RoundDown", "RoundUp", "ToMultiple"),
    "Special": (
        *("Beta", "BetaLn", "GammaRegularizedP", "GammaRegularizedPInverse", "GammaRegularizedQ"),
        *("GammaRegularizedQInverse", "Polygamma"),
    ),
}
"""Category -> operations of two arguments."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    category: (*OF_ONE.get(category, ()), *OF_TWO.get(category, ()))
    for category in ("Basic", "Compare", "Operations", "Rounding", "Special", "Trigonometric")
}
