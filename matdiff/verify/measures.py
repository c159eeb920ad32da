"""How slopes and values are measured against one another: at how many points, how exactly, on what scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matdiff.verify.algebra import Entries
from matdiff.verify.points import Point

# Both signs of every variable are met in four points, which a kink needs to show; large expressions do with fewer.
POINTS = 4
POINTS_WHEN_LARGE = 2
LARGE_WORK = 50_000
# A difference that is this much smaller than the numbers met on the way is measured against those.
CANCELLATION = 1e-5


class Method(NamedTuple):
    """How slopes are measured: at real or complex points, with which widths of differences, how exactly."""

    is_real: bool
    widths: tuple[float, ...]
    tolerance: float


REAL = (Method(True, (0.0,), 1e-8), Method(True, (2e-3, 2e-4, 2e-5, 2e-6), 1e-6))
COMPLEX = (Method(False, (1e-3, 1e-4), 1e-6), Method(False, (1e-2, 2e-3), 1e-5))


def enough_at(point: Point) -> int:
    """How many points as this one are enough for a verdict."""
    return POINTS if point.program.work < LARGE_WORK else POINTS_WHEN_LARGE


def relative_difference(found: Entries, expected: Entries, scale: float) -> float:
    """The largest difference over the largest number, or over `scale` where that is more."""
    difference = max(abs(x - y) for x, y in zip(found, expected, strict=True))
    if difference == 0:
        return 0.0
    return difference / max(scale, *map(abs, found), *map(abs, expected))


def largest_entry(values: Sequence[Entries]) -> float:
    """The size of the largest number among the entries of many nodes."""
    return max((abs(entry) for entries in values for entry in entries), default=0.0)
