"""Linear operators and how they are undone: multiplication from the left and right, entry by entry, or stacked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.expand import axes_of
from matdiff.engine import simplify
from matdiff.forms import kronecker
from matdiff.properties.infer import holds
from matdiff.recognise.chains import hadamard_of, multiplied
from matdiff.recognise.doubled import reduced
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_constant, scaled, unweighted
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.solving.pairs import Pair, joined_pair, pairs_of, sylvester_of, terms_of_slope
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted
from matdiff.tree.dims import multiply
from matdiff.tree.node import Node, Shape

ONE = Fraction(1)


class Inverse(NamedTuple):
    """How a linear operator is undone.

    `factors` are the matrices or scalars that must have inverses for the solution to be the only one. `undo` leads
    from the right side to the solution by inverses, `undo_least` to the one of least norm by pseudoinverses where a
    factor may lack an inverse (None where there is no such form). `is_solvable` says of a right side
    whether there is a solution for certain.
    """

    factors: tuple[Node, ...]
    undo: Callable[[Node], Node]
    undo_least: Callable[[Node], Node] | None = None
    eigenvalues: tuple[Node, Node] | None = None
    is_square: bool = True
    is_entrywise: bool = False
    is_solvable: Callable[[Node], bool] = lambda right: False


def inverse_of(slope: Node, shape: Shape, unknown: Node) -> Inverse | None:
    """The inverse of the operator whose derivative is `slope`, from tensors of the unknown's shape to `shape`."""
    front, back = axes_of(shape), axes_of(unknown.shape)
    if not back:
        return _of_scalar(slope, shape)
    if not front:
        return _of_functional(slope)
    if len(front) == len(back) == 1:
        return _of_matrix(slope)
    pairs = pairs_of(slope, len(front), shape, unknown)
    if pairs is not None:
        found = _of_pairs(pairs)
        if found is not None:
            return found
    if len(front) == len(back) == 2:
        return _of_mask(slope) or _of_stack(slope, shape, unknown, pairs)
    return None


def _product(*factors: Node) -> Node:
    return simplify(multiplied(factors))


def inverted(matrix: Node) -> Node:
    """The inverse of a square matrix or a scalar, in its shortest form."""
    if not matrix.shape:
        return simplify(build.power(matrix, -1))
    return simplify(build.call("inv", (matrix,), matrix.shape))


def pseudoinverse(matrix: Node) -> Node:
    """The pseudoinverse of a matrix, a scalar's or an identity's inverse."""
    if not matrix.shape or is_constant(matrix, "identity"):
        return inverted(matrix)
    rows, columns = build.rows_and_columns(matrix.shape)
    return simplify(build.call("pinv", (matrix,), build.shape_of(columns, rows)))


def _of_scalar(slope: Node, shape: Shape) -> Inverse:
    """t*A = B: t is B/A, for vectors and matrices the best such number."""
    if not shape:
        return Inverse((slope,), lambda right: _product(build.power(slope, -1), right))

    def undo(right: Node) -> Node:
        pair = (traced((transposed(slope), other)) for other in (right, slope))
        if len(axes_of(shape)) == 1:
            pair = (multiplied((transposed(slope), other)) for other in (right, slope))
        above, below = pair
        return _product(build.power(below, -1), above)

    return Inverse((), undo, undo, is_square=False)


def _of_functional(slope: Node) -> Inverse:
    """tr(A'X) = c: the X of least norm."""

    def undo(right: Node) -> Node:
        square = traced((transposed(slope), slope)) if len(slope.shape) == 2 else multiplied((transposed(slope), slope))
        return _product(right, build.power(square, -1), slope)

    return Inverse((), undo, undo, is_square=False, is_solvable=lambda right: True)


def _of_matrix(slope: Node) -> Inverse:
    return Inverse(
        (slope,),
        lambda right: _product(inverted(slope), right),
        lambda right: _least(slope, right),
        is_solvable=lambda right: _root_of(slope, right) is not None,
    )


def _least(slope: Node, right: Node) -> Node:
    """`pinv(A)*b`; for `A = P'*P` and `b = P'*c` it is `pinv(P)*c`."""
    root = _root_of(slope, right)
    if root is None or len(build.split_product(unweighted(slope)[1])[1]) != 2 * len(root):
        return _product(pseudoinverse(slope), right)
    (weight, body), (own, other) = unweighted(slope), unweighted(right)
    scale = [build.power(scalar, -1) for scalar in build.split_product(body)[0]]
    scalars, factors = build.split_product(other)
    whole = transposed(build.product(*root))
    return scaled(own / weight, _product(*scale, *scalars, pseudoinverse(whole), *factors[len(root) :]))


def _root_of(slope: Node, right: Node) -> tuple[Node, ...] | None:
    """The P' of an operator `P'*S*P` with S definite whose right side is `P'*c`, so that it always has a solution."""
    chain = build.split_product(unweighted(slope)[1])[1]
    factors = build.split_product(unweighted(right)[1])[1]
    half = chain[: len(chain) // 2]
    middle = chain[len(half) : len(chain) - len(half)]
    is_mirrored = all(transposed(a) is b for a, b in zip(half, chain[::-1], strict=False))
    is_definite = all(holds(factor, "spd") for factor in middle)
    return half if half and is_mirrored and is_definite and factors[: len(half)] == half else None


def _of_pairs(pairs: list[tuple[Fraction, Pair]]) -> Inverse | None:
    """The inverse of one multiplication from both sides, into which the pairs are joined; None where they do not."""
    if len({pair.is_turned for _, pair in pairs}) > 1:
        return None
    joined = joined_pair(pairs)
    if joined is None:
        return None
    left, right, is_turned = joined

    def undo(value: Node) -> Node:
        found = _product(inverted(left), value, inverted(right))
        return transposed(found) if is_turned else found

    def undo_least(value: Node) -> Node:
        if is_constant(right, "identity"):
            found = _least(left, value)
        elif is_constant(unweighted(left)[1], "identity"):
            found = transposed(_least(transposed(_product(left, right)), transposed(value)))
        else:
            found = _product(pseudoinverse(left), value, pseudoinverse(right))
        return transposed(found) if is_turned else found

    def is_solvable(value: Node) -> bool:
        if is_constant(right, "identity"):
            return _root_of(left, value) is not None
        is_right = is_constant(unweighted(left)[1], "identity")
        return is_right and (len(right.shape) == 1 or _root_of(transposed(right), transposed(value)) is not None)

    factors = tuple(f for f in (left, right) if not is_constant(f, "identity"))
    return Inverse(factors, undo, undo_least, is_solvable=is_solvable)


def _of_mask(slope: Node) -> Inverse | None:
    """A.*X = B, entry by entry."""
    terms: list[Weighted] = []
    for weight, body in terms_of_slope(slope):
        if body.op != "einsum" or einsum.parts(body)[1] != (0, 1, 0, 1):
            return None
        wires, _, sizes = einsum.parts(body)
        entries = reduced(list(zip(body.args, wires, strict=True)), (0, 1), sizes)
        if entries is None:
            return None
        terms.append((weight, entries))
    mask = summed(terms, slope.shape[:2])
    quotient = build.power(mask, -1)
    return Inverse((mask,), lambda right: simplify(hadamard_of((right, quotient))), is_entrywise=True)


def _of_stack(slope: Node, shape: Shape, unknown: Node, pairs: list[tuple[Fraction, Pair]] | None) -> Inverse | None:
    """A*X + X*B = C through the Kronecker form of the operator."""
    matrix = kronecker(slope, 2)
    if matrix is None or matrix.shape[0] != matrix.shape[1]:
        return None
    length = multiply(*shape)

    def undo(right: Node) -> Node:
        stacked = build.product(build.call("inv", (matrix,), matrix.shape), build.call("vec", (right,), (length,)))
        return build.call("unvec", (stacked,), unknown.shape)

    return Inverse((matrix,), undo, eigenvalues=sylvester_of(pairs or []))
