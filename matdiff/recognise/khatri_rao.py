"""Column by column Kronecker products, as they come of Kronecker products with ones."""

from __future__ import annotations

from itertools import permutations

from matdiff.recognise.terms import is_constant
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.dims import multiply
from matdiff.tree.node import Node


def with_columns_joined(parts: list[Node]) -> list[Node]:
    """Factors of an entry-wise product with `kron(ones, A).*kron(B, ones)` as `khatri_rao(B, A)`.

    The ones are columns, as long as the columns of the other factor; where they are rows it is
    `khatri_rao(B.T, A.T).T`.
    """
    products = [part for part in parts if part.op == "call" and part.attrs == ("kron",)]
    for low, high in permutations(products, 2):
        (over, right), (left, below) = low.args, high.args
        if not (is_constant(over, "ones") and is_constant(below, "ones") and len(left.shape) == len(right.shape) == 2):
            continue
        if over.shape == left.shape[:1] and below.shape == right.shape[:1]:
            whole = _joined(left, right)
        elif over.shape == (1, left.shape[1]) and below.shape == (1, right.shape[1]):
            whole = transposed(_joined(transposed(left), transposed(right)))
        else:
            continue
        return with_columns_joined([*(part for part in parts if part not in (low, high)), whole])
    return parts


def _joined(left: Node, right: Node) -> Node:
    shape = (multiply(left.shape[0], right.shape[0]), right.shape[1])
    return build.call("khatri_rao", (left, right), shape)
