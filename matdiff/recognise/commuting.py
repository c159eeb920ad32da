"""Functions of one matrix commute: `logm(A)*inv(A)` is `inv(A)*logm(A)`."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.recognise.terms import unweighted
from matdiff.tree import build
from matdiff.tree.node import Node

SERIES = frozenset({"expm", "logm", "sqrtm"})
OF_ONE_MATRIX = SERIES | {"inv", "matpow"}


def are_functions_of_one(factors: Sequence[Node]) -> bool:
    """Whether all are functions of one matrix by power series, the matrix itself among them, and one is no power."""
    is_met = any(_is_function(factor.args[0] if factor.op == "transpose" else factor) for factor in factors)
    return is_met and len({_argument(factor) for factor in factors}) == 1


def is_series(node: Node) -> bool:
    """Whether the node is such a function, or the transpose of one, and no power."""
    inner = node.args[0] if node.op == "transpose" else node
    return inner.op == "call" and inner.attrs[0] in SERIES


def _is_function(node: Node) -> bool:
    return node.op == "call" and node.attrs[0] in OF_ONE_MATRIX


def _argument(node: Node) -> tuple[Node, bool]:
    """The matrix under all such functions, transposes and scalars, and whether it is its transpose that is meant."""
    is_turned = False
    while _is_function(node) or node.op == "transpose":
        is_turned ^= node.op == "transpose"
        node = unweighted(node.args[0])[1]
        scalars, chain = build.split_product(node)
        node = build.product(*chain) if scalars and chain else node
    return node, is_turned
