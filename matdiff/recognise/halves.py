"""Elimination and duplication matrices: what they make of stacked columns, and where they cancel.

Source: Magnus and Neudecker, The elimination matrix: some lemmas and applications (1980).
"""

from __future__ import annotations

from matdiff.properties.infer import holds
from matdiff.tree import build
from matdiff.tree.attributes import halved_size
from matdiff.tree.dims import triangle
from matdiff.tree.node import Node, Shape


def half_of_vec(left: Node, right: Node) -> Node | None:
    """`elimination(n)*vec(X)` as `vech(X)` and `duplication(n)*vech(S)` as `vec(S)`; what `elimination(n)` undoes."""
    if _is_half(left, "elimination"):
        size = halved_size(left)
        if right.op == "call" and right.attrs == ("vec",) and right.args[0].shape == (size, size):
            return build.call("vech", right.args, (triangle(size),))
        if right is build.duplication(size) or right is build.transpose(left):
            return build.identity(triangle(size))
    is_doubled = _is_half(left, "duplication") and right.op == "call" and right.attrs == ("vech",)
    if is_doubled and holds(right.args[0], "symmetric"):
        return build.call("vec", right.args, left.shape[:1])
    return None


def unstacked(vector: Node, shape: Shape) -> Node:
    """The matrix whose columns a vector holds: of `elimination(n).T*vech(X)` the lower triangle of X."""
    if vector.op == "product" and len(vector.args) == 2:
        left, right = vector.args
        is_half = left.op == "transpose" and _is_half(left.args[0], "elimination")
        if is_half and right.op == "call" and right.attrs == ("vech",):
            return build.call("tril", right.args, shape)
    return build.call("unvec", (vector,), shape)


def _is_half(node: Node, kind: str) -> bool:
    return node.op == "constant" and node.attrs[0] == kind
