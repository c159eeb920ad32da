"""Einsums in a sum that differ in one factor: written once, with the sum of the two factors in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

from matdiff.recognise.terms import is_constant, is_zero, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape, make

MOST_TERMS = 32
Factor = tuple[Node, Wires]


def with_terms_joined(
    collected: dict[Node, Fraction], add: Callable[[Sequence[Weighted], Shape], Node]
) -> dict[Node, Fraction]:
    """`A[i,l]*B[j,k] - A[i,l]*C[j,k]` as `A[i,l]*(B - C)[j,k]`; `add` sums two factors."""
    found = dict(collected)
    while 1 < len(found) <= MOST_TERMS:
        joined = next(filter(None, (_joined(found, *pair, add) for pair in combinations(found, 2))), None)
        if joined is None:
            break
        pair, weight, whole = joined
        for node in pair:
            del found[node]
        if not is_zero(whole):
            found[whole] = found.get(whole, Fraction(0)) + weight
    return found


def _joined(
    weights: dict[Node, Fraction], left: Node, right: Node, add: Callable[[Sequence[Weighted], Shape], Node]
) -> tuple[tuple[Node, Node], Fraction, Node] | None:
    factors, others = _factors(left), _factors(right)
    if factors is None or others is None or len(factors) != len(others):
        return None
    common = [factor for factor in factors if factor in others]
    if len(common) != len(factors) - 1:
        return None
    (first, ends), (second, other_ends) = _without(factors, common), _without(others, common)
    if ends != other_ends:
        return None
    weight, body = unweighted(add(((weights[left], first), (weights[right], second)), first.shape))
    whole = body if is_zero(body) else _einsum((*common, (body, ends)), left.shape)
    return (left, right), weight, whole


def _einsum(factors: Sequence[Factor], shape: Shape) -> Node:
    """The factors on the axes that their wires name; an identity makes two axes one wire."""
    wire = list(range(len(shape)))
    for factor, ends in factors:
        if is_constant(factor, "identity"):
            wire[ends[1]] = wire[ends[0]]
    number: dict[int, int] = {}
    output = tuple(number.setdefault(own, len(number)) for own in wire)
    kept = [(factor, tuple(output[w] for w in ends)) for factor, ends in factors if not is_constant(factor, "identity")]
    attrs = (tuple(ends for _, ends in kept), output, tuple(shape[own] for own in number))
    return make("einsum", tuple(factor for factor, _ in kept), attrs, shape)


def _factors(node: Node) -> list[Factor] | None:
    """The factors on the axes of the einsum, in rising order, an identity between axes that are one wire.

    None where a wire is summed over, or an axis stands three times.
    """
    if node.op != "einsum":
        return None
    wires, output, sizes = einsum.parts(node)
    axes = {wire: [axis for axis, own in enumerate(output) if own == wire] for wire in range(len(sizes))}
    if not all(0 < len(places) < 3 for places in axes.values()):
        return None
    ends = [tuple(axes[wire][0] for wire in own) for own in wires]
    found = [_in_order(factor, places) for factor, places in zip(node.args, ends, strict=True)]
    found += [(build.identity(sizes[w]), (p[0], p[1])) for w, p in axes.items() if len(p) == 2]
    return found if len(set(found)) == len(found) else None


def _in_order(factor: Node, ends: Wires) -> Factor:
    return (transposed(factor), ends[::-1]) if len(ends) == 2 and ends[0] > ends[1] else (factor, ends)


def _without(factors: list[Factor], common: list[Factor]) -> Factor:
    return next(factor for factor in factors if factor not in common)
