"""Rational numbers of bounded size: powers, products and quotients that are computed as the text is read."""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import BadNumber
from matdiff.parsing.syntax import Syntax
from matdiff.tree.einsum import rational_power

MOST_BITS = 20_000


def checked(value: Fraction, syntax: Syntax) -> Fraction:
    """`value`, unless it has too many digits."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise BadNumber("a number here is too large to be computed with", syntax.place())
    return value


def reciprocal(value: Fraction, syntax: Syntax) -> Fraction:
    """1/value."""
    if not value:
        raise BadNumber(f"`{syntax.words()}` is zero, and nothing is divided by zero", syntax.place())
    return 1 / value


def powered(base: Fraction, exponent: Fraction, syntax: Syntax) -> Fraction | None:
    """`base` to a power where that is rational, else None."""
    if not base and exponent < 0:
        reciprocal(base, syntax)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length(), 2) - 1
    if base not in (-1, 0, 1) and abs(exponent) * bits > MOST_BITS:
        raise BadNumber("a number here is too large to be computed with", syntax.place())
    if exponent.denominator == 1 and base in (-1, 0, 1):
        return Fraction(base if base != -1 or exponent % 2 else 1) if exponent else Fraction(1)
    return rational_power(base, exponent)
