"""Does it bend the other way? A chord that lies on the wrong side, in numbers.

A function is convex where its value halfway between two points is at most the mean of its values there. One pair of
points where it is more refutes that, and needs no derivative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from matdiff.tree.node import Node
from matdiff.verify import draw
from matdiff.verify.algebra import Entries, OutOfDomainError, TooLargeError
from matdiff.verify.evaluate import Program
from matdiff.verify.example import Example, named
from matdiff.verify.points import Point, all_variables, is_finite

SIZES = 3
DRAWS = 13
SMALLEST_DRAWS = 40
STRETCHES = (1.0, 0.2)
WIDE = draw.Style(2.0, 9.0, 0.5, is_whole=True)
CLEAR = 1e-7

Inputs = dict[str, Entries]
Pair = tuple[Program, Inputs, Inputs]


class Chord(NamedTuple):
    """Both ends of a chord: the inputs and the values there, and the value halfway."""

    left: Example
    right: Example
    ends: tuple[float, float]
    value: float


class Bending(NamedTuple):
    """How many chords were looked at, and one that no convex and one that no concave function has."""

    chords: int
    against_convex: Chord | None
    against_concave: Chord | None


def bending(value: Node, variables: Sequence[Node]) -> Bending:
    """Chords of the scalar `value` between points that differ in `variables` alone.

    The points keep what is declared, and so do their means where that is a convex set.

    >>> from matdiff.tree.build import power, variable
    >>> t = variable("t", ())
    >>> found = bending(power(t, 2), (t,))
    >>> found.against_convex is None, found.against_concave.value < sum(found.against_concave.ends) / 2
    (True, True)
    """
    everything = all_variables((value,), variables)
    moved = {str(variable.attrs[0]) for variable in variables}
    counted = 0
    found: dict[bool, Chord | None] = {True: None, False: None}
    try:
        for program, left, right in _pairs(value, everything, moved):
            gap = _gap(program, left, right)
            if gap is None:
                continue
            counted += 1
            (low, middle, high), noise = gap
            excess = middle - (low + high) / 2
            if abs(excess) > CLEAR * noise and found[excess > 0] is None:
                ends = [named(Point(program, inputs, [], 0), everything) for inputs in (left, right)]
                found[excess > 0] = Chord(ends[0], ends[1], (low, high), middle)
            if all(found.values()):
                break
    except TooLargeError:
        pass
    return Bending(counted, found[True], found[False])


def _pairs(value: Node, variables: Sequence[Node], moved: set[str]) -> Iterator[Pair]:
    """Pairs of inputs that differ in what is moved, small whole numbers first."""
    programs = [Program((value,), sizes) for sizes in _sizes(value, variables)]
    tries = [(program, attempt) for program in programs for attempt in range(DRAWS)]
    tries[:DRAWS] = [(program, attempt) for program in programs[:1] for attempt in range(SMALLEST_DRAWS)]
    for style, (program, attempt) in product((draw.WHOLE, WIDE), tries):
        left, right = (draw.draw_inputs(variables, program.sizes, style, attempt + k) for k in (0, DRAWS))
        yield program, left, _between(left, right, moved, 1.0)
    for program, attempt in product(programs, range(DRAWS)):
        chosen = draw.style_of(attempt)
        left, right = (draw.draw_inputs(variables, program.sizes, chosen, attempt + k) for k in (0, DRAWS))
        for stretch in STRETCHES:
            yield program, left, _between(left, right, moved, stretch)


def _sizes(value: Node, variables: Sequence[Node]) -> Iterator[draw.NamedSizes]:
    """All named sizes 1, all 2, then different ones."""
    choices = draw.choose_sizes((value,), variables)
    different = next(choices, None)
    if different is None:
        return
    for sizes in (dict.fromkeys(different, 1), dict.fromkeys(different, 2)) if different else ():
        if draw.is_possible((value,), variables, sizes):
            yield sizes
    yield different
    yield from (sizes for _, sizes in zip(range(SIZES - 1), choices, strict=False))


def _between(left: Mapping[str, Entries], right: Mapping[str, Entries], moved: set[str], share: float) -> Inputs:
    return {
        name: [a + share * (b - a) for a, b in zip(entries, right[name], strict=True)] if name in moved else entries
        for name, entries in left.items()
    }


def _gap(program: Program, left: Inputs, right: Inputs) -> tuple[tuple[float, float, float], float] | None:
    """The values at one end, halfway and at the other, and the size of the numbers met; None where one is missing."""
    values, largest = [], 1e-12
    for inputs in (left, _between(left, right, set(left), 0.5), right):
        try:
            found = program.run(inputs, is_real=True)
        except OutOfDomainError:
            return None
        root = found[program.places[0]]
        if not is_finite(root):
            return None
        values.append(root[0].real)
        largest = max(largest, *(abs(entry) for entries in found for entry in entries))
    low, middle, high = values
    return (low, middle, high), largest
