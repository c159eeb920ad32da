"""Sizes that are still to be found, and their unification."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from matdiff.tree.dims import Dim, Size, multiply, side_of, triangle


class Axis:
    """An unknown size. `is_long`: known to be more than one, since a name stands for a vector or matrix."""

    __slots__ = ("bound", "is_long")

    def __init__(self, is_long: bool = False) -> None:
        self.bound: Axis | Dim | None = None
        self.is_long = is_long


Length = Axis | Dim
Axes = tuple[Length, ...]
SCALAR: Axes = (1, 1)


def find(length: Length) -> Length:
    """What is known of a length: a size, or the unknown that stands for all that are equal to it."""
    trail: list[Axis] = []
    while isinstance(length, Axis) and length.bound is not None:
        trail.append(length)
        length = length.bound
    for axis in trail[:-1]:
        axis.bound = length
    return length


def unify(left: Length, right: Length) -> bool:
    """Make two lengths equal; False where they cannot be."""
    left, right = find(left), find(right)
    if left is right:
        return True
    if isinstance(left, Axis):
        if isinstance(right, Axis):
            right.is_long |= left.is_long
        elif left.is_long and right == 1:
            return False
        left.bound = right
        return True
    if isinstance(right, Axis):
        return unify(right, left)
    return left == right


def unify_axes(left: Axes, right: Axes) -> bool:
    """Make two shapes equal; False where they cannot be."""
    return len(left) == len(right) and all(unify(a, b) for a, b in zip(left, right, strict=True))


def is_one(length: Length) -> bool:
    """Whether a length is known to be one."""
    return find(length) == 1


def is_open(length: Length) -> bool:
    """Whether a length may still turn out to be one."""
    found = find(length)
    return isinstance(found, Axis) and not found.is_long


def is_scalar(axes: Axes) -> bool:
    """Whether a shape is known to be 1 x 1."""
    return all(is_one(length) for length in axes)


def may_be_scalar(axes: Axes) -> bool:
    """Whether a shape is 1 x 1 or may still turn out so."""
    return all(is_one(length) or is_open(length) for length in axes)


def kind_of(axes: Axes) -> str:
    """The shape in one word."""
    if len(axes) > 2:
        return "tensor"
    rows, columns = (is_one(length) for length in axes)
    return {(True, True): "scalar", (False, True): "vector", (True, False): "row"}.get((rows, columns), "matrix")


def hold_scalar(axes: Axes) -> bool:
    """Make a shape that of a scalar; False where it cannot be."""
    return may_be_scalar(axes) and unify_axes(axes, SCALAR)


def known_sizes(axes: Axes) -> tuple[Dim, ...] | None:
    """The sizes that lengths are; None while one of them is unknown."""
    sizes = tuple(size for length in axes if not isinstance(size := find(length), Axis))
    return sizes if len(sizes) == len(axes) else None


class Products:
    """Sizes known to be products of others, such as the length of `vec(X)`, until they can be told.

    The factor that varies slowest stands on the left, so that `kron(A, B)*vec(X)` pairs the columns of `A` with
    those of `X`.
    """

    def __init__(self) -> None:
        self.pending: list[tuple[Length, Length, Length]] = []
        self.known: list[tuple[Length, Length, Length]] = []
        self.triangles: list[tuple[Length, Length]] = []

    def wholes(self) -> list[Length]:
        """The lengths that are told by others."""
        return [*(whole for whole, _, _ in self.pending), *(whole for whole, _ in self.triangles)]

    def triangle(self, side: Length) -> Length:
        """The length `n*(n + 1)/2` for the length n: the number of entries on and below a diagonal."""
        side = find(side)
        if not isinstance(side, Axis):
            return triangle(side)
        axis = Axis(side.is_long)
        self.triangles.append((axis, side))
        return axis

    def product(self, left: Length, right: Length) -> Length:
        """The length `left*right`."""
        left, right = find(left), find(right)
        if is_one(left):
            return right
        if is_one(right):
            return left
        if not isinstance(left, Axis) and not isinstance(right, Axis):
            whole = multiply(left, right)
            self.known.append((whole, left, right))
            return whole
        axis = Axis(not (is_open(left) and is_open(right)))
        self.pending.append((axis, left, right))
        return axis

    def settle(self) -> bool:
        """Draw every conclusion that can be drawn; False where two products cannot be equal."""
        is_new = True
        while is_new:
            is_new = False
            for entry in list(self.pending):
                verdict = _settle(*(find(length) for length in entry))
                if verdict is False:
                    return False
                if verdict:
                    self.pending.remove(entry)
                    is_new = True
            for whole, side in list(self.triangles):
                told, known = find(whole), find(side)
                if isinstance(known, Axis) and not isinstance(told, Axis):
                    known = side_of(told) or known
                if not isinstance(known, Axis):
                    self.triangles.remove((whole, side))
                    if not unify(side, known) or not unify(whole, triangle(known)):
                        return False
                    is_new = True
            is_new |= self.cancel()
        return True

    def pair(self) -> bool:
        """Take the first two products that are equal factor by factor; False where there are none."""
        first: dict[Length, tuple[Length, Length]] = {}
        for entry in (*self.known, *self.pending):
            whole, left, right = (find(length) for length in entry)
            other = first.setdefault(whole, (left, right))
            if isinstance(left, Axis) and find(other[0]) is not left:
                return unify(other[0], left) and unify(other[1], right)
        return False

    def cancel(self) -> bool:
        """Of two products that are equal and share a factor, the other factors are equal."""
        first: dict[Length, tuple[Length, Length]] = {}
        for entry in self.pending:
            whole, left, right = (find(length) for length in entry)
            other = first.setdefault(whole, (left, right))
            a, b = (find(length) for length in other)
            if (a is left) != (b is right):
                return unify(a, left) and unify(b, right)
        return False


def _settle(whole: Length, left: Length, right: Length) -> bool | None:
    if not isinstance(left, Axis) and not isinstance(right, Axis):
        return unify(whole, multiply(left, right))
    if isinstance(whole, Axis):
        return None
    if not isinstance(left, Axis):
        left, right = right, left
    if isinstance(right, Axis):
        return None
    rest = _quotient(whole, right)
    return rest is not None and unify(left, rest)


def _quotient(whole: Dim, part: Dim) -> Dim | None:
    """`whole/part` where both are single products of names."""
    (names, weight), *more = _terms(whole)
    (inner, divisor), *others = _terms(part)
    rest = list(names)
    for name in inner:
        if name not in rest:
            return None
        rest.remove(name)
    value = weight / divisor
    if more or others or value.denominator != 1:
        return None
    return Size(((tuple(rest), value),)) if rest else int(value)


def _terms(size: Dim) -> Iterable[tuple[tuple[str, ...], Fraction]]:
    return (((), Fraction(size)),) if isinstance(size, int) else size.terms
