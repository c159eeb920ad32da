"""Expressions as sums of products without brackets, and nodes put together again from changed parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from matdiff.derive.canonical import canonical
from matdiff.derive.contract import contract
from matdiff.recognise.chains import multiplied
from matdiff.recognise.entrywise import mapped
from matdiff.recognise.fold import recognise
from matdiff.recognise.functions import called
from matdiff.recognise.sums import entrywise, summed
from matdiff.recognise.terms import ordered_sum, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, number_of, terms_of, weights_of
from matdiff.tree.node import Node, make

Terms = list[Weighted]
Rewrite = Callable[[Node], Node | None]


def multiplied_out(value: Node) -> Terms:
    """The terms of `value` in matrix form with every bracket multiplied out and equal terms collected."""
    found: dict[Node, Fraction] = {}
    for weight, term in terms_of(canonical(value)):
        own, body = unweighted(recognise(contract((term,)))[0])
        if body.op == "transpose" and body.args[0].op == "product":
            body = build.product(*(transposed(factor) for factor in reversed(body.args[0].args)))
        if body.op == "number":
            own, body = own * number_of(body), build.number(1)
        if body.shape != value.shape:
            body = transposed(body)
        found[body] = found.get(body, Fraction(0)) + weight * own
    return [(weight, node) for node, weight in found.items() if weight]


def expanded(value: Node) -> Node:
    """`value` multiplied out: a sum of products without brackets."""
    return ordered_sum(multiplied_out(value), value.shape)


def rebuilt(node: Node, args: Sequence[Node]) -> Node:
    """`node` with other arguments of the same shapes, tidy again."""
    if tuple(args) == node.args:
        return node
    match node.op:
        case "sum":
            return summed(zip(weights_of(node), args, strict=True), node.shape)
        case "product":
            return multiplied(args)
        case "hadamard":
            return entrywise(args)
        case "transpose":
            return transposed(args[0])
        case "map":
            return mapped(node.attrs, args)
        case "call":
            return called(node.attrs, args, node.shape)
    return make(node.op, tuple(args), node.attrs, node.shape)


def merged_in_pairs(parts: Sequence[Node], merge: Callable[[Node, Node], Node | None]) -> list[Node] | None:
    """The parts with the first two that `merge` joins in one; None where it joins none."""
    for place, first in enumerate(parts):
        for other in range(place + 1, len(parts)):
            joined = merge(first, parts[other]) or merge(parts[other], first)
            if joined is not None:
                rest = [part for k, part in enumerate(parts) if k not in (place, other)]
                return [*rest[:place], joined, *rest[place:]]
    return None


def inner_of(name: str, node: Node) -> Node | None:
    """The argument of the entry-wise function or the function of a matrix called `name`; None for anything else."""
    return node.args[0] if node.op in ("map", "call") and node.attrs == (name,) else None


def negative(node: Node) -> Node:
    """Minus `node`, tidy."""
    return summed([(Fraction(-1), node)], node.shape)
