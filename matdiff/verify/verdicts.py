"""What a comparison found, and what can be told without one: that shapes do not fit."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.tree.dims import size_text
from matdiff.tree.node import Node, Shape
from matdiff.verify.example import Example, Found, Values

TOO_LARGE = "the expression is too large to be compared at random points"
NO_POINT = "no point was found where the expression and its derivative have finite values"


class Verdict(NamedTuple):
    """What a comparison found: `agrees`, `differs` or `unchecked`.

    `points` were compared, `error` is the largest relative difference seen, `reason` says why an answer differs or
    could not be checked. Where it differs, `example` are small inputs by name, with `found` and `expected` there.
    """

    status: str
    points: int
    error: float
    reason: str = ""
    example: Example = ()
    found: Values | None = None
    expected: Values | None = None


def differs(points: int, error: float, reason: str, found: Found) -> Verdict:
    """That two sides are not equal, with inputs that show it."""
    return Verdict("differs", points, error, reason, found.inputs, found.found, found.expected)


def unchecked(reason: str) -> Verdict:
    """That nothing was compared."""
    return Verdict("unchecked", 0, 0.0, reason)


def misfit(derivative: Node, *of: Node) -> Verdict | None:
    """The verdict on a derivative whose shape alone is wrong: the axes of these nodes are due, but for those of 1."""
    due = _proper(tuple(axis for node in of for axis in node.shape))
    if _proper(derivative.shape) == due:
        return None
    reason = f"the derivative has the shape {shape_text(derivative.shape)} instead of {shape_text(due)}"
    return Verdict("differs", 0, 1.0, reason)


def shape_text(shape: Shape) -> str:
    """A shape for people: `n x m`."""
    return " x ".join(size_text(axis) for axis in shape) or "scalar"


def _proper(shape: Shape) -> Shape:
    return tuple(axis for axis in shape if axis != 1)
