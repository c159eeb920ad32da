"""One forward sweep: the derivative along a direction, without a tensor larger than the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matdiff.derive.reverse import depending_on, derivatives_of, pull_argument, pull_back, seed
from matdiff.functions.rows import Adjoint
from matdiff.tree import einsum
from matdiff.tree.attributes import terms_of, weights_of
from matdiff.tree.node import Node, make
from matdiff.tree.unknown import is_unknown
from matdiff.tree.walk import fold, postorder


def tangent(value: Node, directions: Mapping[Node, Node]) -> Node:
    """The derivative of `value` in index form along a direction for each variable, all at once.

    Each node between the variables and the value gets one tangent of its own shape: what its operands change, times
    its derivative by them, which is the one that the backward sweep uses. Raises NoRule for a node that has none.
    """
    order = postorder((value,))
    active = depending_on(order, set(directions))
    tangents: dict[Node, Node] = {node: directions[node] for node in order if node in directions}
    for node in order:
        if node in active and node not in tangents:
            tangents[node] = einsum.total([(1, part) for part in _changes(node, tangents, active)], node.shape)
    return tangents.get(value, einsum.zero(value.shape))


def _changes(node: Node, tangents: Mapping[Node, Node], active: set[Node]) -> Iterator[Node]:
    """What the change of each active operand does to a node."""
    own = node.shape
    if node.op != "call" or is_unknown(node):
        yield from (_applied(slope, tangents[arg], own) for arg, slope in pull_back(node, seed(own), own, active))
        return
    for argument, derivative in derivatives_of(node):
        if argument not in active:
            continue
        if isinstance(derivative, Adjoint):
            yield derivative.push(tangents[argument], node)
        else:
            pulled = pull_argument(node, argument, derivative, seed(own), own, active)
            yield from (_applied(slope, tangents[arg], own) for arg, slope in pulled)


def inner_product(left: Node, right: Node) -> Node:
    """The sum of the products of equal entries."""
    axes = tuple(range(len(left.shape)))
    return einsum.einsum((left, right), (axes, axes), (), left.shape)


def replace_variables(root: Node, values: Mapping[Node, Node]) -> Node:
    """`root` in index form with other nodes of the same shapes in the place of variables."""

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        if node in values:
            return values[node]
        if node.op == "einsum":
            return einsum.einsum(args, *einsum.parts(node))
        if node.op == "sum":
            return einsum.total(zip(weights_of(node), args, strict=True), node.shape)
        return make(node.op, args, node.attrs, node.shape)

    return fold((root,), visit)[root]


def _applied(slope: Node, direction: Node, own: tuple[object, ...]) -> Node:
    """A derivative, whose first axes are those of the node, contracted with the direction over the others."""
    if slope.op == "sum":
        parts = ((weight, _applied(term, direction, own)) for weight, term in terms_of(slope))
        return einsum.total(parts, slope.shape[: len(own)])
    axes = tuple(range(len(slope.shape)))
    return einsum.einsum((slope, direction), (axes, axes[len(own) :]), axes[: len(own)], slope.shape)
