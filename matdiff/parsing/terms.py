"""Nodes as a rational weight times a body without one: their products, powers and reciprocals."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.errors import TooLong
from matdiff.parsing.syntax import Syntax
from matdiff.tree import build
from matdiff.tree.attributes import number_of
from matdiff.tree.node import Node, Shape, make

ONE = build.number(1)
MINUS_ONE = Fraction(-1)
MOST_FACTORS = 100_000


def unweighted(node: Node) -> tuple[Fraction, Node]:
    """`node` as a rational weight times a body without one; a number is its value times one."""
    if node.op == "number":
        return number_of(node), ONE
    if node.op == "sum" and len(node.args) == 1:
        weight = node.attrs[0]
        assert isinstance(weight, Fraction)
        return weight, node.args[0]
    return Fraction(1), node


def scaled(weight: Fraction, node: Node) -> Node:
    """A weight times `node`, as one number, one zero or one sum of one term."""
    own, body = unweighted(node)
    weight *= own
    if body is ONE:
        return build.number(weight)
    return build.total([(weight, body)]) if weight else build.zeros(body.shape)


def spread(node: Node, shape: Shape) -> Node:
    """A scalar as a vector or matrix of this shape, every entry the same; what has a shape is left as it is."""
    if node.shape or not shape:
        return node
    weight, body = unweighted(node)
    return scaled(weight, build.ones(shape) if body is ONE else build.product(body, build.ones(shape)))


def check_length(count: int, syntax: Syntax) -> None:
    """Raise where a product, written out, has too many factors."""
    if count > MOST_FACTORS:
        raise TooLong(syntax.place(), "this product, written out, has", count, "factors", MOST_FACTORS)


def close_chain(scalars: list[Node], chain: list[Node]) -> None:
    """Move a chain that has become a scalar to the scalar factors."""
    if len(chain) > 1 and chain[0].shape[:-1] == (1,) and len(chain[-1].shape) == 1:
        scalars.append(build.product(*chain))
        chain.clear()


def multiplied(scalars: list[Node], chain: list[Node]) -> Node:
    """Scalars times a chain, the number one left out; a tensor of three or more axes stays an einsum."""
    factors = [factor for factor in scalars if factor is not ONE] if ONE in scalars else scalars
    if not factors and len(chain) == 1:
        return chain[0]
    if chain and len(chain[0].shape) > 2:
        axes = tuple(range(len(chain[0].shape)))
        wires = (*(() for _ in factors), axes)
        return make("einsum", (*factors, chain[0]), (wires, axes, chain[0].shape), chain[0].shape)
    return build.product(*factors, *chain) if factors or chain else ONE


def inverted(node: Node) -> Node:
    """1/x of a scalar, the inverse of a matrix."""
    return build.call("inv", (node,), node.shape) if node.shape else inverted_entries(node)


def inverted_entries(node: Node) -> Node:
    """The reciprocal of every entry; of a power, the power with the other sign."""
    weight, body = unweighted(node)
    if body is ONE and weight:
        return build.number(1 / weight)
    if node.op == "map" and node.attrs[0] == "power":
        exponent = node.attrs[1]
        assert isinstance(exponent, Fraction)
        return build.power(node.args[0], -exponent)
    return build.power(node, -1)


def matrix_power(base: Node, exponent: int) -> Node:
    """The integer power of a square matrix."""
    if exponent < 0:
        return matrix_power(inverted(base), -exponent)
    if exponent == 0:
        return build.identity(base.shape[0])
    return base if exponent == 1 else build.call("matpow", (base,), base.shape, (exponent,))


def kronecker(left: Node, right: Node) -> Node:
    """The Kronecker product; with a scalar it is a product."""
    if not left.shape or not right.shape:
        return scaled(unweighted(left)[0] * unweighted(right)[0], _plain_product(left, right))
    from matdiff.tree.dims import multiply

    (rows, columns), (below, beside) = build.rows_and_columns(left.shape), build.rows_and_columns(right.shape)
    return build.call("kron", (left, right), build.shape_of(multiply(rows, below), multiply(columns, beside)))


def _plain_product(left: Node, right: Node) -> Node:
    bodies = [unweighted(left)[1], unweighted(right)[1]]
    return multiplied([body for body in bodies if not body.shape], [body for body in bodies if body.shape])


def constant(kind: str, shape: Shape) -> Node:
    """The constant of a kind and shape."""
    if kind == "identity":
        return build.identity(shape[0] if shape else 1)
    if kind == "pairing":
        return build.pairing(shape[1], shape[2])
    return build.ones(shape) if kind == "ones" else build.zeros(shape)


def factors_of(node: Node) -> tuple[Node, ...]:
    """The scalar factors of a product one by one, its chain as one factor."""
    scalars, chain = build.split_product(node)
    if not chain:
        return scalars
    return (*scalars, build.product(*chain))


OF_SCALARS: dict[str, Callable[[Node], Node]] = {
    "tr": lambda x: x,
    "det": lambda x: x,
    "sum": lambda x: x,
    "mean": lambda x: x,
    "diag": lambda x: x,
    "vec": lambda x: x,
    "logsumexp": lambda x: x,
    "norm2": lambda x: build.apply("abs", x),
    "softmax": lambda x: ONE,
    "logdet": lambda x: build.apply("log", build.apply("abs", x)),
}
