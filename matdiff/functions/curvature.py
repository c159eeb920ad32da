"""How functions bend: convex or concave, rising or falling, one row for each sign of the argument where that differs.

Sources: Boyd and Vandenberghe, Convex Optimization, sections 3.1.5, 3.2.4 (composition) and 3.5 (functions with concave
logarithms); Grant, Boyd and Ye, Disciplined convex programming (2006); NIST DLMF for the special functions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

CONVEX, CONCAVE = "convex", "concave"
RISING, FALLING = "increasing", "decreasing"
TURNED = {CONVEX: CONCAVE, CONCAVE: CONVEX}


class Curve(NamedTuple):
    """That a function is `bend` where its argument has the property `where` (empty: wherever it is defined).

    `slope` says whether it increases or decreases there in every entry. A row with a slope also says that the numbers
    where the function is defined go on for ever on the side from which a convex or concave argument comes.
    """

    bend: str
    slope: str = ""
    where: str = ""


_RISING_CONVEX, _RISING_CONCAVE = Curve(CONVEX, RISING), Curve(CONCAVE, RISING)
_NORM = (Curve(CONVEX, RISING, "nonnegative"), Curve(CONVEX))
_EVEN = (Curve(CONVEX, RISING, "nonnegative"), Curve(CONVEX, FALLING, "nonpositive"), Curve(CONVEX))
_S_SHAPED = (Curve(CONCAVE, RISING, "nonnegative"), Curve(CONVEX, RISING, "nonpositive"))
_ODD_AND_STEEP = (Curve(CONVEX, RISING, "nonnegative"), Curve(CONCAVE, RISING, "nonpositive"))

CURVES: dict[str, tuple[Curve, ...]] = {
    "exp": (_RISING_CONVEX,),
    "expm1": (_RISING_CONVEX,),
    "softplus": (_RISING_CONVEX,),
    "relu": (_RISING_CONVEX,),
    "log": (_RISING_CONCAVE,),
    "log1p": (_RISING_CONCAVE,),
    "digamma": (_RISING_CONCAVE,),
    "trigamma": (Curve(CONVEX, FALLING),),
    "lgamma": (Curve(CONVEX),),
    "abs": _EVEN,
    "cosh": _EVEN,
    "tanh": _S_SHAPED,
    "sigmoid": _S_SHAPED,
    "arctan": _S_SHAPED,
    "arcsinh": _S_SHAPED,
    "erf": _S_SHAPED,
    "normal_cdf": _S_SHAPED,
    "sinh": _ODD_AND_STEEP,
    "arcsin": _ODD_AND_STEEP,
    "arctanh": _ODD_AND_STEEP,
    "arccos": (Curve(CONCAVE, FALLING, "nonnegative"), Curve(CONVEX, FALLING, "nonpositive")),
    "norm2": _NORM,
    "norm1": _NORM,
    "norm_inf": _NORM,
    "norm_spectral": (Curve(CONVEX),),
    "nuclear": (Curve(CONVEX),),
    "logsumexp": (_RISING_CONVEX,),
    "max": (_RISING_CONVEX,),
    "min": (_RISING_CONCAVE,),
    "log_softmax": (Curve(CONCAVE),),
    "lambda_max": (Curve(CONVEX, "", "symmetric"),),
    "lambda_min": (Curve(CONCAVE, "", "symmetric"),),
    "logdet": (Curve(CONCAVE, "", "psd"),),
}
# Increasing functions with a concave logarithm, which log of them has then.
LOG_CONCAVE = frozenset({"sigmoid", "normal_cdf"})

# Linear functions that take nonnegative entries to nonnegative entries: they keep how each entry bends.
LINEAR = frozenset({"sum", "mean", "tr", "diag", "vec", "vech", "unvec", "tril", "triu", "cumsum"})
BILINEAR = frozenset({"dot", "kron", "khatri_rao"})

# Where the second derivative fails, unless the argument has one of these properties.
KINKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("abs", "sign", "relu", "heaviside"), ("positive", "negative")),
    "norm2": ("nonzero",),
    **dict.fromkeys(("max", "min", "norm1", "norm_inf", "norm_spectral", "nuclear", "rank", "polar", "pinv"), ()),
    **dict.fromkeys(("lambda_max", "lambda_min", "eigvec_max", "eigvec_min"), ()),
    **dict.fromkeys(("singvec_left", "singvec_right", "is_max", "is_min", "tan"), ()),
    "prod": ("positive", "negative"),
}
# Defined for matrices with an inverse: an affine one that is semidefinite has an inverse on a convex set.
OF_INVERTIBLE = frozenset({"inv", "logdet", "adj", "cof"})
OF_DEFINITE = frozenset({"chol", "sqrtm", "logm"})
# Functions that are defined for positive arguments alone.
OF_POSITIVE = frozenset({"log", "lgamma", "digamma", "trigamma", "pow"})
# Functions that are defined on an interval, which is a convex domain for an affine argument.
OF_SOME = frozenset({"log1p", "arcsin", "arccos", "arctanh"})


def curves_of_power(exponent: Fraction) -> tuple[Curve, ...]:
    """How a rational power bends, on the sides of 0 where it is real."""
    is_whole = exponent.denominator == 1
    is_even = is_whole and exponent.numerator % 2 == 0
    if not is_whole:
        if exponent < 0:
            return (Curve(CONVEX, FALLING),)
        return (_RISING_CONCAVE,) if exponent < 1 else (Curve(CONVEX, RISING, "nonnegative"), Curve(CONVEX))
    if exponent > 0:
        return _EVEN if is_even else _ODD_AND_STEEP
    below = Curve(CONVEX, RISING, "negative") if is_even else Curve(CONCAVE, FALLING, "negative")
    return Curve(CONVEX, FALLING, "positive"), below
