"""Between which numbers every entry of an array lies: exact arithmetic with open and closed ends."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import NamedTuple

Bound = Fraction | float

LARGEST_EXPONENT = 64


class Interval(NamedTuple):
    """The numbers from `low` to `high`; an open end is not one of them. Infinite ends are open."""

    low: Bound = -inf
    high: Bound = inf
    is_low_open: bool = True
    is_high_open: bool = True

    @property
    def signs(self) -> tuple[str, ...]:
        """The words of sign that are true of every number in it, the strongest first."""
        found = []
        if self.low > 0 or (self.low == 0 and self.is_low_open):
            found.append("positive")
        elif self.low == 0:
            found.append("nonnegative")
        if self.high < 0 or (self.high == 0 and self.is_high_open):
            found.append("negative")
        elif self.high == 0:
            found.append("nonpositive")
        return tuple(found)

    def __str__(self) -> str:
        left, right = "(" if self.is_low_open else "[", ")" if self.is_high_open else "]"
        low, high = ("∞" if bound == inf else "-∞" if bound == -inf else str(bound) for bound in self[:2])
        return f"{left}{low}, {high}{right}"


EVERYTHING = Interval()
OF_SIGN = {
    "positive": Interval(Fraction(0)),
    "nonnegative": Interval(Fraction(0), is_low_open=False),
    "negative": Interval(high=Fraction(0)),
    "nonpositive": Interval(high=Fraction(0), is_high_open=False),
}


def between(low: Bound | int, high: Bound | int, is_low_open: bool = True, is_high_open: bool = True) -> Interval:
    """The interval with these ends, open unless said otherwise."""
    bottom, top = (Fraction(end) if abs(end) != inf else end for end in (low, high))
    return Interval(bottom, top, is_low_open, is_high_open)


def point(value: Fraction | int) -> Interval:
    """One number alone."""
    return Interval(Fraction(value), Fraction(value), False, False)


def meet(left: Interval, right: Interval) -> Interval:
    """The numbers in both."""
    low, is_low_open = max((left.low, left.is_low_open), (right.low, right.is_low_open))
    high, is_high_closed = min((left.high, not left.is_high_open), (right.high, not right.is_high_open))
    return Interval(low, high, is_low_open, not is_high_closed)


def hull(left: Interval, right: Interval) -> Interval:
    """The numbers in either, and those between them."""
    low, is_low_open = min((left.low, left.is_low_open), (right.low, right.is_low_open))
    high, is_high_closed = max((left.high, not left.is_high_open), (right.high, not right.is_high_open))
    return Interval(low, high, is_low_open, not is_high_closed)


def add(left: Interval, right: Interval) -> Interval:
    """The sums of a number of each.

    >>> str(add(point(1), between(-1, 0, False, True)))
    '[0, 1)'
    """
    return Interval(
        left.low + right.low,
        left.high + right.high,
        left.is_low_open or right.is_low_open,
        left.is_high_open or right.is_high_open,
    )


def scale(weight: Fraction, interval: Interval) -> Interval:
    """The multiples of its numbers."""
    if not weight:
        return point(0)
    ends = (_times(weight, interval.low), interval.is_low_open), (_times(weight, interval.high), interval.is_high_open)
    (low, is_low_open), (high, is_high_open) = ends if weight > 0 else ends[::-1]
    return Interval(low, high, is_low_open, is_high_open)


def multiply(left: Interval, right: Interval) -> Interval:
    """The products of a number of each.

    >>> str(multiply(between(0, 1), between(0, 1)))
    '(0, 1)'
    """
    corners = [
        (_times(one, other), _is_missed(one, one_open, other, other_open))
        for one, one_open in ((left.low, left.is_low_open), (left.high, left.is_high_open))
        for other, other_open in ((right.low, right.is_low_open), (right.high, right.is_high_open))
    ]
    low, is_low_open = min(corners)
    high, is_high_closed = max((end, not is_open) for end, is_open in corners)
    return Interval(low, high, is_low_open, not is_high_closed)


def power(base: Interval, exponent: Fraction) -> Interval:
    """What the rational powers of its numbers lie between, where they are real.

    >>> str(power(between(-1, 1), Fraction(2)))
    '[0, 1)'
    >>> str(power(between(1, 2, False), Fraction(-1)))
    '(1/2, 1]'
    """
    if exponent < 0 and "positive" in base.signs:
        return power(_reciprocals(base), -exponent)
    if exponent.denominator > 1:
        is_zero_met = exponent > 0 and "positive" not in base.signs
        return OF_SIGN["nonnegative" if is_zero_met else "positive"]
    if exponent > LARGEST_EXPONENT:
        return OF_SIGN["nonnegative"] if exponent.numerator % 2 == 0 else _of_same_sign(base)
    if exponent.numerator % 2 == 0:
        return _even_power(base, exponent) if exponent > 0 else OF_SIGN["positive"]
    if exponent > 0:
        return _raised(base, exponent)
    return OF_SIGN["positive"] if base.low >= 0 else OF_SIGN["negative"] if base.high <= 0 else EVERYTHING


def _reciprocals(base: Interval) -> Interval:
    low = Fraction(0) if isinstance(base.high, float) else 1 / base.high
    high = 1 / base.low if base.low else inf
    return Interval(low, high, base.is_high_open, base.is_low_open)


def _even_power(base: Interval, exponent: Fraction) -> Interval:
    upright = base if base.high >= -base.low else scale(Fraction(-1), base)
    is_far_open = upright.is_high_open and (upright.high != -upright.low or upright.is_low_open)
    top = _bound_power(upright.high, exponent)
    if "positive" in upright.signs:
        return Interval(_bound_power(upright.low, exponent), top, upright.is_low_open, is_far_open)
    return Interval(Fraction(0), top, False, is_far_open)


def _raised(base: Interval, exponent: Fraction) -> Interval:
    low, high = _bound_power(base.low, exponent), _bound_power(base.high, exponent)
    return Interval(low, high, base.is_low_open, base.is_high_open)


def _of_same_sign(base: Interval) -> Interval:
    found = EVERYTHING
    for sign in base.signs:
        found = meet(found, OF_SIGN[sign])
    return found


def _bound_power(bound: Bound, exponent: Fraction) -> Bound:
    if isinstance(bound, float):
        return -inf if bound < 0 and exponent.numerator % 2 else inf
    return bound ** int(exponent)


def _times(left: Bound, right: Bound) -> Bound:
    return Fraction(0) if not left or not right else left * right


def _is_missed(left: Bound, is_left_open: bool, right: Bound, is_right_open: bool) -> bool:
    """Whether the product of two ends is only approached: an end 0 that is reached makes it reached."""
    if (left == 0 and not is_left_open) or (right == 0 and not is_right_open):
        return False
    return is_left_open or is_right_open
