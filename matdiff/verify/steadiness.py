"""Whether a difference between two numbers is one, or no more than rounding errors that have grown on the way.

The inputs are changed by as little as rounding does. What the rounding errors make of it, for instance in the
determinant of a high power, is then another number each time; what is truly there stays. Source: Higham, Accuracy and
Stability of Numerical Algorithms, section 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matdiff.verify.algebra import Entries
from matdiff.verify.points import Point
from matdiff.verify.random import Stream

CHANGE = 1e-13
TRIES = 12
SHARE = 0.1


def is_steady(point: Point, measure: Callable[[Point], Sequence[Entries]], tolerance: float) -> bool:
    """Whether what is measured keeps to a tenth of `tolerance` at inputs next to `point`, relative to its size.

    Raises `OutOfDomainError`.
    """
    before = measure(point)
    size = max((abs(entry) for entries in before for entry in entries), default=0.0)
    for number in range(TRIES):
        after = measure(_beside(point, number))
        pairs = (pair for sides in zip(before, after, strict=True) for pair in zip(*sides, strict=True))
        if not max((abs(x - y) for x, y in pairs), default=0.0) <= SHARE * tolerance * size:
            return False
    return True


def _beside(point: Point, number: int) -> Point:
    """The point with every variable a little longer, so that whatever is declared of it stays; whole numbers stay."""
    stream = Stream(point.number, number)
    inputs = {}
    for name, entries in point.inputs.items():
        stretch = 1 + CHANGE * stream.between(1, 9)
        is_whole = all(complex(entry).imag == 0 and float(complex(entry).real).is_integer() for entry in entries)
        inputs[name] = entries if is_whole else [entry * stretch for entry in entries]
    return Point(point.program, inputs, point.program.run(inputs), point.number)
