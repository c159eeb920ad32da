"""Whole powers of square matrices: `A*A` is `A^2`, `A^2*inv(A)` is A, `sqrtm(A)^2` is A."""

from __future__ import annotations

from matdiff.properties.infer import holds
from matdiff.recognise.entrywise import times
from matdiff.recognise.homogeneous import inverse
from matdiff.recognise.terms import is_constant, scaled, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import whole_exponent_of
from matdiff.tree.node import Node


def base_and_power(node: Node) -> tuple[Node, Node]:
    """`A^k`, `inv(A)` and `inv(A).T` as a base and an exponent, which is a whole number or stands for one."""
    if node.op == "transpose":
        if holds(node.args[0], "orthogonal"):
            return node.args[0], build.number(-1)
        base, exponent = base_and_power(node.args[0])
        return (node, exponent) if is_constant(exponent, "ones") else (transposed(base), exponent)
    if node.op == "call" and node.attrs[0] in ("inv", "matpow"):
        base, exponent = base_and_power(node.args[0])
        return base, times(exponent, _own_exponent(node))
    return node, build.number(1)


def _own_exponent(node: Node) -> Node:
    if node.attrs[0] == "inv":
        return build.number(-1)
    return node.args[1] if len(node.args) > 1 else build.number(whole_exponent_of(node))


def matrix_power(base: Node, exponent: Node) -> Node:
    """A square matrix to a whole power."""
    weight, body = unweighted(exponent)
    if body.op != "number":
        base, exponent = (base, exponent) if weight > 0 else (inverse(base), scaled(-1, exponent))
        return build.call("matpow", (base, exponent), base.shape)
    power = int(weight)
    if power <= 0:
        return build.identity(base.shape[0]) if power == 0 else matrix_power(inverse(base), build.number(-power))
    if base.attrs == ("sqrtm",) and power % 2 == 0:
        return matrix_power(base.args[0], build.number(power // 2))
    return base if power == 1 else build.call("matpow", (base,), base.shape, (power,))
