"""The transpose of an expression, written as a person would."""

from __future__ import annotations

from matdiff.recognise.measure import cost, factor_order
from matdiff.recognise.terms import is_constant, is_diagonal, ordered_sum, weight_of
from matdiff.tree import build
from matdiff.tree.einsum import is_symmetric_leaf
from matdiff.tree.node import Node, make

TRANSPOSES_WORTH_A_BRACKET = 4


def transposed(node: Node, depth: int = 6) -> Node:
    """The transpose, moved inward (at most `depth` brackets) where the writing is not longer for it."""
    if not node.shape or _is_own_transpose(node):
        return node
    if node.op == "constant" and len(node.shape) == 2:
        return make("constant", (), node.attrs, node.shape[::-1])
    if node.op == "product":
        return _transposed_product(node, depth)
    if len(node.shape) < 2 or not depth:
        return build.transpose(node)
    return _transposed_bracket(node, depth)


def _transposed_bracket(node: Node, depth: int) -> Node:
    match node.op:
        case "sum":
            turned = [transposed(part, depth - 1) for part in node.args]
            weights = [weight_of(weight) for weight in node.attrs]
            inner = ordered_sum(list(zip(weights, turned, strict=True)), turned[0].shape)
            return inner if cost(inner) <= cost(node) else build.transpose(node)
        case "hadamard":
            inner = build.hadamard(*sorted((transposed(part, depth - 1) for part in node.args), key=factor_order))
            return inner if cost(inner) <= cost(node) else build.transpose(node)
        case "map" if len(node.args) == 1 and node.args[0].op == "transpose":
            return make("map", node.args[0].args, node.attrs, node.args[0].args[0].shape)
        case "call":
            return _transposed_call(node, depth)
    return build.transpose(node)


def _transposed_product(node: Node, depth: int) -> Node:
    scalars, chain = build.split_product(node)
    turned = [transposed(factor, depth - 1) if depth else build.transpose(factor) for factor in reversed(chain)]
    if len(turned) >= TRANSPOSES_WORTH_A_BRACKET and all(factor.op == "transpose" for factor in turned):
        return build.transpose(node)
    return build.product(*scalars, *turned)


def _transposed_call(node: Node, depth: int) -> Node:
    if node.attrs[0] == "matpow":
        return build.call("matpow", (transposed(node.args[0], depth - 1),), node.shape, node.attrs[1:])
    if node.attrs[0] == "inv":
        turned = transposed(node.args[0], depth - 1)
        if turned is node.args[0]:
            return node
        if cost(turned) < cost(node.args[0]):
            return make("call", (turned,), ("inv",), node.shape)
    return build.transpose(node)


def _is_own_transpose(node: Node) -> bool:
    if len(node.shape) != 2:
        return False
    return is_symmetric_leaf(node) or is_constant(node, "identity") or is_diagonal(node)
