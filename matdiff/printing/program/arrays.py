"""Array form: the few operations that a generated program is made of, each spelled by every language.

An array has as many axes as its entries need: scalars none, columns and rows one, matrices two. There are no rows, so
that transposes of vectors are gone. Arrays are nodes of the one tree; equal ones are one object, which is what is
computed once. Made with the functions below; the operations that have none are `call` and `map` (functions by name),
`einsum` (a signature), `block`, `kron`, `identity`, `unit`, `pairing`, `commutation`, `elimination`, `duplication`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from matdiff.tree.attributes import properties_of, weights_of
from matdiff.tree.dims import Dim
from matdiff.tree.node import Attribute, Node, Shape, make

Term = tuple[Fraction, Node]


def axes_of(shape: Shape) -> Shape:
    """The axes of the array that stands for a shape of matrix form: a row has one."""
    return shape[1:] if len(shape) == 2 and shape[0] == 1 else shape


def number(value: Fraction | int) -> Node:
    """A rational number."""
    return make("number", (), (Fraction(value),), ())


def filled(value: int, axes: Shape) -> Node:
    """An array of one number; without axes the number."""
    return make("filled", (), (Fraction(value),), axes) if axes else number(value)


def add(terms: Iterable[Term]) -> Node:
    """Σ weight·term, of one shape but for scalars and `spread` vectors, which are stretched over it."""
    kept = []
    for weight, term in terms:
        own, (plain,) = without_weights((term,))
        kept.append((weight * own, plain))
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    if len(kept) == 1 and kept[0][1].op == "times" and kept[0][1].shape and abs(kept[0][0]) != 1:
        return _weighted_product(*kept[0])
    return make("add", tuple(arg for _, arg in kept), tuple(weight for weight, _ in kept), _widest(kept))


def _weighted_product(weight: Fraction, product: Node) -> Node:
    """A weight joins the scalars of a product, so that its array is gone through once."""
    above, below = above_and_below(product)
    if all(arg.shape for arg in product.args):
        return make("add", (product,), (weight,), product.shape)
    if abs(weight.numerator) != 1:
        above = (number(abs(weight.numerator)), *above)
    if weight.denominator != 1:
        below = (*below, number(weight.denominator))
    joined = make("times", (*above, *below), (len(above),), product.shape)
    return joined if weight > 0 else make("add", (joined,), (Fraction(-1),), product.shape)


def weighted_terms(node: Node) -> list[Term]:
    """The terms of a sum with their weights."""
    return list(zip(weights_of(node), node.args, strict=True))


def times(above: Sequence[Node], below: Sequence[Node] = ()) -> Node:
    """The entry-wise product over the entry-wise product of `below`; scalars and `spread` vectors are stretched."""
    weight, factors = without_weights(above)
    if len(factors) == 1 and not below:
        return add([(weight, factors[0])])
    args = (*factors, *below)
    axes = max((arg.shape for arg in args), key=len, default=())
    return add([(weight, make("times", args, (len(factors),), axes))])


def without_weights(factors: Sequence[Node]) -> tuple[Fraction, tuple[Node, ...]]:
    """The factors without their rational weights, and the product of those."""
    weight = Fraction(1)
    plain = []
    for factor in factors:
        if factor.op == "add" and len(factor.args) == 1:
            ((own, inner),) = weighted_terms(factor)
            weight *= own
            plain.append(inner)
        else:
            plain.append(factor)
    return weight, tuple(plain)


def above_and_below(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The factors of an entry-wise product and its divisors."""
    (count,) = node.attrs
    assert isinstance(count, int)
    return node.args[:count], node.args[count:]


def spread(vector: Node, along: str, axes: Shape) -> Node:
    """A vector stretched to a matrix, beside a full one in `add` or `times`: along `rows` entry [i, j] is v[i]."""
    return make("spread", (vector,), (along,), axes)


def matmul(left: Node, right: Node) -> Node:
    """The matrix product of matrices, or of a matrix and a vector; of two vectors the inner product."""
    weight, (a, b) = without_weights((left, right))
    return add([(weight, make("matmul", (a, b), (), (*a.shape[:-1], *b.shape[1:])))])


def outer(left: Node, right: Node) -> Node:
    """The matrix of products of two vectors."""
    return make("outer", (left, right), (), (*left.shape, *right.shape))


def inner(left: Node, right: Node) -> Node:
    """The sum of the products of equal entries; of two squares that of the product with itself."""
    if len(left.shape) == 1:
        return matmul(left, right)
    weight, factors = without_weights((left, right))
    if all(factor.op == "power" and factor.attrs == (Fraction(2),) for factor in factors):
        product = times([factor.args[0] for factor in factors])
        factors = (product, product)
    return add([(weight, make("inner", factors, (), ()))])


def transpose(matrix: Node) -> Node:
    """A matrix transposed; a vector is its own transpose."""
    if len(matrix.shape) < 2 or is_symmetric(matrix):
        return matrix
    if matrix.op == "transpose":
        return matrix.args[0]
    if matrix.op == "matmul" and all(arg.op == "transpose" or is_symmetric(arg) for arg in matrix.args):
        left, right = matrix.args
        return matmul(transpose(right), transpose(left))
    if matrix.op == "add" and len(matrix.args) == 1:
        return add([(weight, transpose(arg)) for weight, arg in weighted_terms(matrix)])
    return make("transpose", (matrix,), (), matrix.shape[::-1])


def is_symmetric(matrix: Node, depth: int = 8) -> bool:
    """Whether a matrix is seen to be its own transpose."""
    if matrix.op == "var":
        return not _SYMMETRIC.isdisjoint(properties_of(matrix))
    if matrix.op in ("identity", "diagonal"):
        return True
    if matrix.op == "matmul":
        left, right = matrix.args
        return (right.op == "transpose" and right.args[0] is left) or (left.op == "transpose" and left.args[0] is right)
    if matrix.op in ("inv", "add", "times", "map", "power") and depth:
        return all(not arg.shape or is_symmetric(arg, depth - 1) for arg in matrix.args)
    return False


_SYMMETRIC = frozenset({"symmetric", "spd", "psd", "diagonal"})


def diagonal(vector: Node) -> Node:
    """The diagonal matrix of a vector."""
    return make("diagonal", (vector,), (), vector.shape * 2)


def solve(matrix: Node, right: Node) -> Node:
    """inv(A)*B."""
    weight, (plain,) = without_weights((right,))
    return add([(weight, make("solve", (matrix, plain), (), plain.shape))])


def inverse(matrix: Node) -> Node:
    """inv(A)."""
    return make("inv", (matrix,), (), matrix.shape)


def power(base: Node, exponent: Fraction) -> Node:
    """Every entry to a rational power."""
    return base if exponent == 1 else make("power", (base,), (exponent,), base.shape)


def call(name: str, args: tuple[Node, ...], axes: Shape, parameters: tuple[Attribute, ...] = ()) -> Node:
    """A function of whole arrays."""
    return make("call", args, (name, *parameters), axes)


def reshape(array: Node, axes: Shape) -> Node:
    """The same entries, row by row, in other axes."""
    return array if array.shape == axes else make("reshape", (array,), (), axes)


def entry(array: Node, index: Attribute, axis: int) -> Node:
    """What is at one index (counted from 1, or named) of an axis: a row or a column of a matrix, or an entry."""
    axes = array.shape[:axis] + array.shape[axis + 1 :]
    return make("entry", (array,), (index, axis), axes)


def is_ones(node: Node) -> bool:
    """Whether every entry is one."""
    return node.op == "filled" and node.attrs == (Fraction(1),)


def size_of(value: Attribute) -> Dim:
    """An attribute that is a size."""
    assert not isinstance(value, str | Fraction | tuple), value
    return value


def _widest(terms: Sequence[Term]) -> Shape:
    return max((arg.shape for _, arg in terms), key=len)
