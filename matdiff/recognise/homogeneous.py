"""Functions of whole matrices that numbers go through: `inv(c*A)` is `inv(A)/c`, `diag(c*x)` is `c*diag(x)`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matdiff.properties.infer import holds
from matdiff.recognise.entrywise import mapped, times
from matdiff.recognise.terms import is_constant, scaled, unsigned, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.node import Attributes, Node, make


def inverse(matrix: Node) -> Node:
    """The inverse of a square matrix: of a transpose, an inverse and a multiple it is worked out."""
    weight, body = unsigned(matrix)
    scalars, chain = build.split_product(body)
    if weight != 1 or scalars:
        powers = [mapped(("power", Fraction(-1)), (scalar,)) for scalar in scalars]
        return scaled(1 / weight, times(*powers, inverse(build.product(*chain))))
    if body.op == "call" and body.attrs == ("inv",):
        return body.args[0]
    if body.op == "transpose":
        return build.transpose(inverse(body.args[0]))
    if is_constant(body, "identity"):
        return body
    return transposed(body) if holds(body, "orthogonal") else make("call", (body,), ("inv",), body.shape)


def pseudo_inverse(matrix: Node) -> Node:
    """The pseudo-inverse of a matrix, of a transpose or a multiple by that of the matrix itself."""
    weight, body = unweighted(matrix)
    if weight != 1:
        return scaled(1 / weight, pseudo_inverse(body))
    if body.op == "transpose":
        return build.transpose(pseudo_inverse(body.args[0]))
    return build.call("pinv", (body,), body.shape[::-1])


def diagonal_matrix(vector: Node) -> Node:
    """The diagonal matrix of a vector, weights and scalars in front."""
    weight, body = unweighted(vector)
    scalars, chain = build.split_product(body)
    if scalars:
        return scaled(weight, times(*scalars, diagonal_matrix(build.product(*chain))))
    if is_constant(body, "ones"):
        return scaled(weight, build.identity(vector.shape[0]))
    return scaled(weight, build.call("diag", (body,), vector.shape * 2))


def along_directions(attrs: Attributes, args: Sequence[Node], end: int) -> Node:
    """A derivative along directions, those before `end`, their weights and scalars in front of it."""
    weight = Fraction(1)
    factors: list[Node] = []
    directions: list[Node] = []
    for direction in args[1:end]:
        own, body = unweighted(direction)
        scalars, chain = build.split_product(body)
        weight *= own
        factors += scalars
        directions.append(build.product(*chain))
    whole = make("call", (args[0], *directions, *args[end:]), attrs, args[0].shape)
    return scaled(weight, times(*factors, whole))
