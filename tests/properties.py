"""Expressions of declared variables, for the laws of what follows from declarations."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Elementwise, Sugar
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node, Shape
from matdiff.tree.properties import DECLARED
from tests.grid import argument_lists

N, M = symbol("n"), symbol("m")
SIGNED = ("positive", "nonnegative", "integer")
SQUARES = tuple(
    build.variable(f"S_{word}", (N, N), () if word == "free" else (word,))
    for word in ("free", *DECLARED)
    if not word.startswith("full")
)
TALL = tuple(
    build.variable(f"T_{word}", (N, M), () if word == "free" else (word,))
    for word in ("free", "full_column_rank", "full_row_rank", *SIGNED)
)
VECTORS = tuple(build.variable(f"v_{word}", (N,), () if word == "free" else (word,)) for word in ("free", *SIGNED))
SCALARS = tuple(build.variable(f"s_{word}", (), () if word == "free" else (word,)) for word in ("free", *SIGNED))
LEAVES = (*SQUARES, *TALL, *VECTORS, *SCALARS)


def of_shape(shape: Shape) -> tuple[Node, ...]:
    """The variables that fit an argument of this shape, whatever its sizes are called."""
    if len(shape) == 2 and shape[0] != shape[1]:
        return TALL
    return {0: SCALARS, 1: VECTORS, 2: SQUARES}[len(shape)]


def applications() -> Iterator[Node]:
    """Every function of the catalogue of every variable that fits its first argument."""
    for row in ROWS:
        if isinstance(row, Sugar):
            continue
        for arguments, shape in argument_lists(row):
            if isinstance(row, Elementwise):
                yield from (_mapped(row.name, len(arguments), leaf) for leaf in (*SQUARES, *VECTORS, *SCALARS))
                break
            for first in of_shape(arguments[0].shape):
                fitting = (first, *(first if other.shape == arguments[0].shape else other for other in arguments[1:]))
                if row.name in ("kron", "khatri_rao", "unvec"):
                    continue
                sizes = dict(zip(arguments[0].shape, first.shape, strict=True))
                yield build.call(row.name, fitting, tuple(sizes.get(size, size) for size in shape))
    for left, right in product(SQUARES, SQUARES):
        yield build.call("kron", (left, right), _squared())


def _squared() -> Shape:
    from matdiff.tree.dims import multiply

    return (multiply(N, N), multiply(N, N))


def _mapped(name: str, count: int, leaf: Node) -> Node:
    return build.power(leaf, Fraction(3)) if name == "power" else build.apply(name, *(leaf,) * count)


def combinations() -> Iterator[Node]:
    """Sums, differences, products, entry-wise products, forms and powers of every pair that fits."""
    for left, right in product(SQUARES, SQUARES):
        yield build.product(left, right)
        yield build.hadamard(left, right)
        yield build.total([(1, left), (2, right)])
        yield build.total([(1, left), (-1, right)])
        yield build.product(build.transpose(left), right, left)
        yield build.call("tr", (build.product(left, right, left, right),), ())
        yield build.block((left, build.zeros((N, N)), build.zeros((N, N)), right), 2)
        yield build.block((left, right, build.zeros((N, N)), left), 2)
    for matrix in SQUARES:
        yield build.total([(1, matrix), (1, build.transpose(matrix))])
        yield build.total([(1, matrix), (-1, build.transpose(matrix))])
        yield from (build.call("matpow", (matrix,), (N, N), (k,)) for k in (2, 3))
        yield from (build.product(scalar, matrix) for scalar in SCALARS)
        for tall in TALL:
            yield build.product(build.transpose(tall), matrix, tall)
            yield build.product(matrix, tall)
        yield from (build.product(build.transpose(vector), matrix, vector) for vector in VECTORS)
    for left, right in product(TALL, TALL):
        yield build.product(build.transpose(left), right)
        yield build.product(left, build.transpose(right))
    for base in (*SCALARS, *VECTORS, *SQUARES):
        yield from (build.power(base, Fraction(p)) for p in ("-2", "-1", "1/2", "1/3", "2", "-1/2"))
    for left, right in product(VECTORS, VECTORS):
        yield build.product(left, build.transpose(right))
        yield build.product(build.transpose(left), right)
        yield build.call("diag", (build.hadamard(left, right),), (N, N))
