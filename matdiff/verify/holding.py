"""Is a property true in numbers? Each word as a test of entries, at random points and at special ones.

A property that is stated has to hold at every point; one that is asked for is refuted by one point where it clearly
does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from math import isfinite
from typing import NamedTuple

from matdiff.tree.dims import Dim, value_of
from matdiff.tree.node import Node
from matdiff.verify import draw
from matdiff.verify.algebra import (
    Entries,
    OutOfDomainError,
    Sizes,
    TooLargeError,
    count,
    identity,
    multiply,
    rows_and_columns,
    transposed,
)
from matdiff.verify.evaluate import Program
from matdiff.verify.example import Example, Values, named, nested
from matdiff.verify.points import Point, all_variables, is_finite, real_points, whole_points
from matdiff.verify.spectral import count_rank, eigenvalues

POINTS = 4
TRIES = 6
SPECIAL_SIZES = 3
LARGEST_INPUTS = 400
NOISE = 1e-8
CLEAR = 1e-4
FIRM = 1e-11
LARGE = 1e5
RANK = "rank"


class Holding(NamedTuple):
    """What numbers say of a property: `holds`, `fails` or `unchecked`, at so many points.

    Where it fails, `example` are inputs by name, and `found` is the value there.
    """

    status: str
    points: int
    example: Example = ()
    found: Values | None = None


class Array(NamedTuple):
    """Entries row by row with their shape, and the size of the numbers that they were made of."""

    entries: Sequence[float]
    rows: int
    columns: int
    scale: float

    @property
    def turned(self) -> Sequence[complex]:
        """The entries of the transpose."""
        return transposed(self.entries, self.columns)

    def cells(self) -> Iterator[tuple[int, int, float]]:
        """Row, column and entry, row by row."""
        for place, entry in enumerate(self.entries):
            yield place // self.columns, place % self.columns, entry


# How far the entries are from having the property: 0 where they have it, relative to their size.
Distance = Callable[[Array], float]


def _largest(entries: Sequence[complex]) -> float:
    return max(map(abs, entries), default=0.0)


def _apart(left: Sequence[complex], right: Sequence[complex]) -> float:
    return max((abs(a - b) for a, b in zip(left, right, strict=True)), default=0.0)


def _off(is_allowed: Callable[[int, int], bool]) -> Distance:
    return lambda a: max((abs(x) for i, j, x in a.cells() if not is_allowed(i, j)), default=0.0) / a.scale


def _asymmetry(a: Array) -> float:
    return _apart(a.entries, a.turned) / a.scale


def _skewness(a: Array) -> float:
    return _apart(a.entries, [-x for x in a.turned]) / a.scale


def _from_orthogonal(a: Array) -> float:
    return _apart(multiply(a.turned, a.entries, a.rows, a.columns), identity(a.columns))


def _below(sign: float) -> Distance:
    return lambda a: max(0.0, -min(sign * x for x in a.entries)) / a.scale


def _spectrum_below(sign: float) -> Distance:
    def distance(a: Array) -> float:
        asymmetry = _asymmetry(a)
        return asymmetry if asymmetry > NOISE else max(0.0, -_lowest(a, sign))

    return distance


def _lowest(a: Array, sign: float) -> float:
    """The smallest eigenvalue of the symmetric part, or of minus it, relative to the largest entry."""
    half = [sign * (x + y.real) / (2 * a.scale) for x, y in zip(a.entries, a.turned, strict=True)]
    return min(eigenvalues(half, a.rows))


LOOSE: dict[str, Distance] = {
    "zero": lambda a: _largest(a.entries) / a.scale,
    "identity": lambda a: _apart(a.entries, identity(a.rows)),
    "symmetric": _asymmetry,
    "skew": _skewness,
    "diagonal": _off(lambda i, j: i == j),
    "lower": _off(lambda i, j: i >= j),
    "upper": _off(lambda i, j: i <= j),
    "orthogonal": _from_orthogonal,
    "idempotent": lambda a: _apart(multiply(a.entries, a.entries, a.rows, a.columns), a.entries) / a.scale,
    "psd": _spectrum_below(1),
    "negative_semidefinite": _spectrum_below(-1),
    "nonnegative": _below(1),
    "nonpositive": _below(-1),
    "sums_to_one": lambda a: abs(sum(a.entries) - 1),
    "integer": lambda a: max(abs(x - round(x)) for x in a.entries) / max(1.0, a.scale),
}

# Properties that are lost by a change however small: what has to be positive.
Margin = Callable[[Array], float]


def _rank_margin(needed: Callable[[Array], int]) -> Margin:
    return lambda a: 0.5 + count_rank(a.entries, a.rows, a.columns) - needed(a) if _largest(a.entries) else -0.5


STRICT: dict[str, tuple[str, Margin]] = {
    "spd": ("psd", lambda a: _lowest(a, 1) - FIRM),
    "negative_definite": ("negative_semidefinite", lambda a: _lowest(a, -1) - FIRM),
    "positive": ("nonnegative", lambda a: min(a.entries)),
    "negative": ("nonpositive", lambda a: min(-x for x in a.entries)),
    "nonzero": ("", lambda a: _largest(a.entries)),
    "invertible": ("", _rank_margin(lambda a: a.rows)),
    "full_column_rank": ("", _rank_margin(lambda a: a.columns)),
    "full_row_rank": ("", _rank_margin(lambda a: a.rows)),
}


def check_words(node: Node, words: Sequence[str], rank: Dim | None = None) -> Holding:
    """Whether every word is true of the node, and the rank right, at random points that keep what is declared.

    A strict property may be lost to rounding, so that most points have to show it, and those with large numbers on the
    way say nothing of it.
    """
    try:
        points = list(zip(range(POINTS), real_points((node,), all_variables((node,))), strict=False))
    except TooLargeError:
        return Holding("unchecked", 0)
    lost = dict.fromkeys((*words, RANK), 0)
    for _, point in points:
        array = _array(point, node)
        is_exact = max(map(_largest, point.values)) < LARGE
        for word in words:
            if word in LOOSE or STRICT[word][0]:
                loose = LOOSE[word if word in LOOSE else STRICT[word][0]]
                if loose(array) > NOISE:
                    return _failed(node, point, len(points))
            lost[word] += is_exact and word in STRICT and not STRICT[word][1](array) > 0
        lost[RANK] += is_exact and rank is not None and _rank_of(array) != value_of(rank, point.program.sizes)
        if max(lost.values()) * 2 > len(points):
            return _failed(node, point, len(points))
    return Holding("holds", len(points)) if points else Holding("unchecked", 0)


def refute(node: Node, word: str) -> Holding:
    """A point that keeps what is declared where the word is clearly not true of the node; else `unchecked`."""
    variables = all_variables((node,))
    tried = 0
    try:
        for point in chain(_special_points(node, variables), whole_points((node,), variables, TRIES)):
            tried += 1
            if _is_clearly_lost(word, _array(point, node)):
                return _failed(node, point, tried)
        for _, point in zip(range(POINTS), real_points((node,), variables), strict=False):
            tried += 1
            if _is_clearly_lost(word, _array(point, node)):
                return _failed(node, point, tried)
    except TooLargeError:
        pass
    return Holding("unchecked", tried)


def _is_clearly_lost(word: str, array: Array) -> bool:
    if word in LOOSE:
        return LOOSE[word](array) > CLEAR
    loose, margin = STRICT[word]
    return (bool(loose) and LOOSE[loose](array) > CLEAR) or margin(array) <= 0


def _rank_of(array: Array) -> int:
    return count_rank(array.entries, array.rows, array.columns) if _largest(array.entries) else 0


def _array(point: Point, node: Node) -> Array:
    rows, columns = rows_and_columns(point.program.shape(node.shape))
    entries = [entry.real for entry in point.root(0)]
    return Array(entries, rows, columns, max(1e-300, _largest(entries)))


def _failed(node: Node, point: Point, points: int) -> Holding:
    shown: Example = ()
    if sum(map(len, point.inputs.values())) <= LARGEST_INPUTS:
        shown = named(point, all_variables((node,)))
    return Holding("fails", points, shown, nested(point.root(0), point.program.shape(node.shape)))


def _special_points(node: Node, variables: Sequence[Node]) -> Iterator[Point]:
    """Points with zeros, ones, units and the like as inputs, as far as they keep what is declared."""
    choices = draw.choose_sizes((node,), variables)
    different = next(choices, None)
    if different is None:
        return
    small = dict.fromkeys(different, 2)
    rest = [sizes for _, sizes in zip(range(SPECIAL_SIZES - 1), choices, strict=False)]
    for sizes in (small, different, *rest):
        if draw.is_possible((node,), variables, sizes):
            program = Program((node,), sizes)
            for number, inputs in enumerate(_special_inputs(program, variables)):
                point = _point(program, inputs, number)
                if point is not None:
                    yield point


def _special_inputs(program: Program, variables: Sequence[Node]) -> Iterator[dict[str, Entries]]:
    """All variables special in one way, then one of them while the others are small integers."""
    names = [str(variable.attrs[0]) for variable in variables]
    allowed = [list(_special_values(variable, program.shape(variable.shape))) for variable in variables]
    plain = draw.draw_inputs(variables, program.sizes, draw.WHOLE, 0)
    for k in range(max(map(len, allowed), default=0)):
        yield {n: values[k % len(values)] if values else plain[n] for n, values in zip(names, allowed, strict=True)}
    for name, values in zip(names, allowed, strict=True):
        for value in values:
            yield {**plain, name: value}


def _special_values(variable: Node, shape: Sizes) -> Iterator[Entries]:
    """Values of a variable that are special, and that have what is declared of it."""
    rows, columns = (*shape, 1, 1)[:2]
    length = count(shape)
    for entries in (
        [1.0] * length,
        [0.0] * length,
        [-1.0] * length,
        [float(k // columns == k % columns) for k in range(length)],
        [-float(k // columns == k % columns) for k in range(length)],
        [float(k == 0) for k in range(length)],
        [float(k // columns >= k % columns) for k in range(length)],
    ):
        array = Array(entries, rows, columns, max(1e-300, _largest(entries)))
        if len(shape) <= 2 and not any(_is_clearly_lost(word, array) for word in draw.properties(variable)):
            yield entries


def _point(program: Program, inputs: dict[str, Entries], number: int) -> Point | None:
    try:
        values = program.run(inputs, is_real=True)
    except OutOfDomainError:
        return None
    root = values[program.places[0]]
    return Point(program, inputs, values, number) if is_finite(root) and isfinite(_largest(root)) else None
