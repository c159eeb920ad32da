"""Small inputs that show a difference, to be checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, product
from typing import NamedTuple

from matdiff.tree.node import Node
from matdiff.verify import draw
from matdiff.verify.algebra import Entries, OutOfDomainError, Sizes, count
from matdiff.verify.points import Point, evaluated, whole_points
from matdiff.verify.slopes import slope

Values = float | complex | tuple["Values", ...]
Example = tuple[tuple[str, Values], ...]
Both = Callable[[Point], tuple[Entries, Entries] | None]

TRIES = 12
BUDGET = 2_000_000
LARGEST_INPUTS = 400
VISIBLE = 1e-4
DIGITS = 10


class Found(NamedTuple):
    """Inputs by name, and the two values that should be one; empty and None where they are too large to show."""

    inputs: Example = ()
    found: Values | None = None
    expected: Values | None = None


def search(roots: Sequence[Node], variables: Sequence[Node], fallback: Point, both: Both) -> Found:
    """Inputs with small integers where the second root is visibly wrong, else the point where it was seen.

    `both` gives the two sides at a point, None where that is too much work.
    """
    if sum(map(len, fallback.inputs.values())) > LARGEST_INPUTS:
        return Found()
    if fallback.program.work > BUDGET:
        return Found(named(fallback, variables))
    for point in chain(whole_points(roots, variables, TRIES), (evaluated(roots, fallback),)):
        pair = _both(point, both)
        if pair is not None and _is_visible(*pair):
            return _shown(point, roots[-1], variables, pair)
    return Found(named(fallback, variables))


def at_sizes(roots: Sequence[Node], variables: Sequence[Node], sizes: Mapping[str, int]) -> Found:
    """Inputs of these sizes with small integers where two roots visibly differ; nothing where none are met."""
    for point in whole_points(roots, variables, TRIES, sizes):
        pair = (point.root(0), point.root(1))
        if _is_visible(*pair):
            return _shown(point, roots[-1], variables, pair)
    return Found()


def full_derivative(point: Point, wrt: Sequence[Node], width: float) -> Entries | None:
    """The derivative of the program's first root, entry by entry; None where that is too much work.

    For a variable with a structure it is the one that lies in the structure.
    """
    shapes = [point.program.shape(variable.shape) for variable in wrt]
    cells = [draw.cells(variable, shape) for variable, shape in zip(wrt, shapes, strict=True)]
    names = [str(variable.attrs[0]) for variable in wrt]
    if count(tuple(map(len, cells))) * 4 * len(wrt) * point.program.work > BUDGET:
        return None
    inner = count(tuple(count(shape) for shape in shapes))
    result: list[complex] = [0.0] * (len(point.root(0)) * inner)
    for chosen in product(*cells):
        moves = [{name: _unit(cell, shape)} for name, cell, shape in zip(names, chosen, shapes, strict=True)]
        measured = slope(point, moves, True, width)
        share = count(tuple(map(len, chosen)))
        for corner in product(*chosen):
            place, sign = 0, 1.0
            for (at, direction), shape in zip(corner, shapes, strict=True):
                place, sign = place * count(shape) + at, sign * direction
            for row, entry in enumerate(measured.entries):
                result[row * inner + place] = sign * entry / share
    return result


def inputs_text(inputs: Example) -> str:
    """The inputs in one line: `A = [[1, 2], [-2, -3]], x = [1, 0]`."""
    return ", ".join(f"{name} = {values_text(value)}" for name, value in inputs)


def values_text(value: Values) -> str:
    """A value in one line: `[[1, 2], [-2, -3]]`."""
    if isinstance(value, tuple):
        return "[" + ", ".join(values_text(entry) for entry in value) + "]"
    return f"{value:.6g}"


def nested(entries: Entries, shape: Sizes) -> Values:
    """Entries as tuples in tuples, row by row, without the noise of their last digits."""
    if not shape:
        return _tidy(entries[0])
    step = count(shape[1:])
    return tuple(nested(entries[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0]))


def _unit(cell: draw.Cell, shape: Sizes) -> Entries:
    entries = [0.0] * count(shape)
    for place, sign in cell:
        entries[place] = sign
    return entries


def _both(point: Point, both: Both) -> tuple[Entries, Entries] | None:
    try:
        return both(point)
    except OutOfDomainError:
        return None


def _is_visible(found: Entries, expected: Entries) -> bool:
    size = max(1.0, *map(abs, expected))
    return any(abs(x - y) > VISIBLE * size for x, y in zip(found, expected, strict=True))


def _shown(point: Point, root: Node, variables: Sequence[Node], pair: tuple[Entries, Entries]) -> Found:
    shape = point.program.shape(root.shape)
    return Found(named(point, variables), nested(pair[0], shape), nested(pair[1], shape))


def named(point: Point, variables: Sequence[Node]) -> Example:
    """The inputs of a point by name, for people."""
    shapes = {str(node.attrs[0]): point.program.shape(node.shape) for node in variables}
    return tuple((name, nested(point.inputs[name], shapes[name])) for name in sorted(shapes))


def _tidy(entry: complex) -> float | complex:
    if entry.imag:
        return complex(_tidy(entry.real), _tidy(entry.imag))
    rounded = float(f"{entry.real:.{DIGITS}g}")
    return int(rounded) if rounded == int(rounded) else rounded
