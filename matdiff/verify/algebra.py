"""Linear algebra on flat lists of numbers, row by row: just what an oracle on small matrices needs.

Numbers are Python floats or complex numbers. Nothing here conjugates, so that every function is analytic and a
complex step passes through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

Entries = Sequence[complex]
Sizes = tuple[int, ...]

DEGENERATE = 1e-7
LARGEST_WORK = 20_000_000


class OutOfDomainError(ArithmeticError):
    """The point is one where the expression has no finite value: a singular matrix, the logarithm of zero."""


class SingularError(OutOfDomainError):
    """A matrix is singular, or so nearly that numbers do not tell."""


class TooLargeError(Exception):
    """The expression takes more work than an oracle in plain Python should do."""


def rows_and_columns(shape: Sizes) -> tuple[int, int]:
    """A shape of at most two axes as rows and columns: a column vector has one column."""
    assert len(shape) <= 2, shape
    return (*shape, 1, 1)[0], (*shape, 1, 1)[1]


def count(shape: Sizes) -> int:
    """The number of entries of an array of this shape."""
    total = 1
    for size in shape:
        total *= size
    return total


def strides(shape: Sizes) -> Sizes:
    """How far apart neighbours on each axis lie in the flat list."""
    steps: list[int] = []
    step = 1
    for size in reversed(shape):
        steps.append(step)
        step *= size
    return tuple(reversed(steps))


def multiply(left: Entries, right: Entries, inner: int, columns: int) -> Entries:
    """The matrix product of `left`, whose rows have `inner` entries, and `right`, whose rows have `columns`."""
    lines = [left[start : start + inner] for start in range(0, len(left), inner)]
    if columns == 1:
        return [sum(map(mul, line, right)) for line in lines]
    sides = [right[column::columns] for column in range(columns)]
    return [sum(map(mul, line, side)) for line in lines for side in sides]


def transposed(entries: Entries, columns: int) -> Entries:
    """The transpose of a matrix with this many columns."""
    return [entry for column in range(columns) for entry in entries[column::columns]]


def identity(size: int) -> Entries:
    """The identity matrix of `size` rows."""
    return [float(row == column) for row in range(size) for column in range(size)]


def inverse(entries: Entries, size: int) -> Entries:
    """The inverse of a square matrix; `OutOfDomainError` where it is singular or nearly so."""
    rows = [[*entries[k * size : (k + 1) * size], *(float(k == column) for column in range(size))] for k in range(size)]
    demand_regular(eliminate(rows, size))
    return [entry for row in rows for entry in row[size:]]


def pivots(entries: Entries, size: int) -> list[complex]:
    """Numbers whose product is the determinant of a square matrix."""
    return eliminate([list(entries[k * size : (k + 1) * size]) for k in range(size)], size)


def demand_regular(found: Sequence[complex]) -> None:
    """Raise `OutOfDomainError` where these pivots are those of a matrix that is singular or nearly so."""
    sizes = [abs(pivot) for pivot in found]
    if not min(sizes) > DEGENERATE * max(sizes):
        raise SingularError("a matrix is singular")


def eliminate(rows: list[list[complex]], size: int) -> list[complex]:
    """Gauss-Jordan elimination in place on the first `size` columns; the pivots, negated where rows change places.

    A column without a pivot ends it with a pivot of zero.
    """
    found: list[complex] = []
    for column in range(size):
        best = max(range(column, size), key=lambda row: abs(rows[row][column]))
        pivot = rows[best][column]
        found.append(pivot if best == column else -pivot)
        if pivot == 0:
            return found
        rows[column], rows[best] = rows[best], rows[column]
        lead = [entry / pivot for entry in rows[column]]
        rows[column] = lead
        for row in range(size):
            factor = rows[row][column]
            if row != column and factor != 0:
                rows[row] = [entry - factor * other for entry, other in zip(rows[row], lead, strict=True)]
    return found
