"""Names put in their place in matrix form, as they stand: nothing is tidied."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matdiff.explain.changes import split_weight
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, weights_of
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold


def substituted(root: Node, meanings: Mapping[Node, Node]) -> Node:
    """`root` with what the names mean in place of them."""

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        return meanings.get(node) or (node if args == node.args else _made(node, args))

    return fold((root,), visit)[root]


def _made(node: Node, args: tuple[Node, ...]) -> Node:
    match node.op:
        case "sum":
            return build.total(_weighted_terms(node, args))
        case "product":
            weight, bare = _without_weights(args)
            return build.total([(weight, build.product(*bare))])
        case "hadamard":
            weight, bare = _without_weights(args)
            return build.total([(weight, build.hadamard(*bare))])
        case "transpose":
            return build.transpose(args[0])
    return make(node.op, args, node.attrs, node.shape)


def _weighted_terms(node: Node, args: tuple[Node, ...]) -> list[Weighted]:
    parts = [(weight, *split_weight(arg)) for weight, arg in zip(weights_of(node), args, strict=True)]
    return [(weight * own, body) for weight, own, body in parts]


def _without_weights(args: tuple[Node, ...]) -> tuple[Fraction, list[Node]]:
    """Factors without their rational weights: `-W.T*(2*u)` is `-2*W.T*u`."""
    weight = Fraction(1)
    bare = []
    for arg in args:
        own, body = split_weight(arg)
        weight *= own
        bare.append(body)
    return weight, bare
