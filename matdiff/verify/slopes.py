"""Derivatives along directions, from values alone: the truth that answers are held against.

At real points the first order is a complex step, exact to rounding (Squire and Trapp 1998); the second order is a
difference of it. At complex points differences do both. Differences are central, with one step of Richardson.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from matdiff.verify.algebra import Entries, OutOfDomainError
from matdiff.verify.points import Point, is_finite

STEP = 1e-20
# A complex step is exact to rounding only while it is small next to the scale on which functions bend, which is one.
LARGEST_STEP = 1e-4

Moves = Mapping[str, Entries]
Inputs = Mapping[str, Entries]


class Measured(NamedTuple):
    """Entries, and the largest number met on the way to them: rounding errors are relative to that."""

    entries: Entries
    scale: float


def slope(point: Point, moves: Sequence[Moves], is_real: bool, width: float) -> Measured:
    """The derivative of the program's first root along every one of `moves`; `width` is that of differences.

    Raises `OutOfDomainError`.
    """
    last = point.program.places[0]

    def step(inputs: Inputs) -> Measured:
        values = point.program.run(_moved(inputs, moves[0], 1j * STEP), last)
        largest = max(abs(entry.imag) for entries in values for entry in entries)
        if largest > LARGEST_STEP:
            raise OutOfDomainError("the step has grown too large on the way")
        return _finite([entry.imag / STEP for entry in values[last]], largest / STEP)

    def value(inputs: Inputs) -> Measured:
        values = point.program.run(inputs, last)
        return _finite(values[last], max(abs(entry) for entries in values for entry in entries))

    measure: Callable[[Inputs], Measured] = step if is_real else value
    for move in moves[1:] if is_real else moves:
        measure = _differences(measure, move, width)
    return measure(point.inputs)


def _differences(measure: Callable[[Inputs], Measured], moves: Moves, width: float) -> Callable[[Inputs], Measured]:
    def difference(inputs: Inputs, half: float) -> Measured:
        right, left = measure(_moved(inputs, moves, half)), measure(_moved(inputs, moves, -half))
        entries = [(high - low) / (2 * half) for high, low in zip(right.entries, left.entries, strict=True)]
        return Measured(entries, max(right.scale, left.scale))

    def extrapolated(inputs: Inputs) -> Measured:
        wide, narrow = difference(inputs, width), difference(inputs, width / 2)
        entries = [(4 * near - far) / 3 for near, far in zip(narrow.entries, wide.entries, strict=True)]
        return _finite(entries, wide.scale)

    return extrapolated


def _moved(inputs: Inputs, moves: Moves, width: complex) -> Inputs:
    moved = {
        name: [entry + width * move for entry, move in zip(inputs[name], along, strict=True)]
        for name, along in moves.items()
    }
    return {**inputs, **moved}


def _finite(entries: Entries, scale: float) -> Measured:
    if not is_finite(entries) or not scale < float("inf"):
        raise OutOfDomainError("a value is not finite")
    return Measured(entries, scale)
