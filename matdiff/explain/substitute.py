"""Names put in their place in matrix form, as they stand: nothing is tidied."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matdiff.tree import build
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


def _weighted_terms(node: Node, args: tuple[Node, ...]) -> list[tuple[Fraction, Node]]:
    terms: list[tuple[Fraction, Node]] = []
    for weight, arg in zip(node.attrs, args, strict=True):
        assert isinstance(weight, Fraction)
        is_weighted = arg.op == "sum" and len(arg.args) == 1
        own = arg.attrs[0] if is_weighted else Fraction(1)
        assert isinstance(own, Fraction)
        terms.append((weight * own, arg.args[0] if is_weighted else arg))
    return terms


def _without_weights(args: tuple[Node, ...]) -> tuple[Fraction, list[Node]]:
    """Factors without their rational weights: `-W.T*(2*u)` is `-2*W.T*u`."""
    weight = Fraction(1)
    bare = []
    for arg in args:
        if arg.op == "sum" and len(arg.args) == 1:
            own = arg.attrs[0]
            assert isinstance(own, Fraction)
            weight *= own
            bare.append(arg.args[0])
        else:
            bare.append(arg)
    return weight, bare
