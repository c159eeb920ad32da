"""Squares and norms: `x.T*x` and `norm2(X)^2`, of whole matrices and of their rows."""

from __future__ import annotations

from matdiff.recognise.measure import cost
from matdiff.recognise.terms import is_constant, scaled, unweighted
from matdiff.recognise.transposes import along_rows, transposed
from matdiff.tree import build
from matdiff.tree.node import Node


def squared_norm(node: Node) -> Node:
    """The sum of the squared entries: `x.T*x` for a plain vector, else `norm2(…)^2`."""
    weight, body = unweighted(node)
    if body.op == "transpose":
        body = body.args[0]
    if cost(body) == 0 and len(body.shape) == 1:
        return scaled(weight**2, build.product(build.transpose(body), body))
    return scaled(weight**2, build.power(build.call("norm2", (body,), ()), 2))


def is_norm(node: Node) -> bool:
    """Whether `node` is the norm of a vector or a matrix as a whole."""
    return node.op == "call" and node.attrs == ("norm2",)


def root_of_square(node: Node) -> Node | None:
    """The x of `x.T*x`."""
    if node.op != "product" or node.shape or len(node.args) != 2:
        return None
    left, right = node.args
    return right if left.op == "transpose" and left.args[0] is right else None


def norms_of_rows(node: Node) -> Node | None:
    """The norms of the rows of X for `X.^2*ones`, the squares of them."""
    if node.op != "product" or len(node.args) != 2 or not is_constant(node.args[1], "ones"):
        return None
    squares = node.args[0].args[0] if node.args[0].op == "transpose" else node.args[0]
    if squares.op != "map" or squares.attrs != ("power", 2) or len(node.shape) != 1:
        return None
    root = squares.args[0] if squares is node.args[0] else transposed(squares.args[0])
    return along_rows(("norm2", "rows"), root, node.shape)
