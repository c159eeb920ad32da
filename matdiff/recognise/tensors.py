"""Einsums in a sum that differ on two axes at most: written once, with a sum in the place of what differs."""

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
    if factors is None or others is None:
        return None
    touched = {axis for _, ends in {*factors} ^ {*others} for axis in ends}
    common = [factor for factor in factors if factor in others and touched.isdisjoint(factor[1])]
    ours, theirs = _together(_without(factors, common)), _together(_without(others, common))
    if ours is None or theirs is None or ours[1] != theirs[1]:
        return None
    (first, ends), (second, _) = ours, theirs
    weight, body = unweighted(add(((weights[left], first), (weights[right], second)), first.shape))
    whole = body if is_zero(body) else _einsum((*common, (body, ends)), left.shape)
    return (left, right), weight, whole


def _together(factors: list[Factor]) -> Factor | None:
    """Factors on at most two axes as one: `x[i]*y[j]` as `(x*y.T)[i,j]`, `x[i]*I[i,j]` as `diag(x)[i,j]`."""
    scalars = [factor for factor, ends in factors if not ends]
    wide = sorted((factor for factor in factors if factor[1]), key=lambda factor: (-len(factor[1]), factor[1]))
    if len(wide) == 1 and not scalars:
        return wide[0]
    ends = tuple(dict.fromkeys(axis for _, own in wide for axis in own))
    body = _matrix_of([factor for factor, _ in wide], len(ends))
    return None if body is None else (build.product(*scalars, body), ends)


def _matrix_of(factors: list[Node], axes: int) -> Node | None:
    """A vector or a matrix of factors that lie in the order of its axes."""
    if len(factors) == 1 and axes <= 2:
        return factors[0]
    if axes != 2 or len(factors) != 2:
        return None
    first, second = factors
    if len(first.shape) == len(second.shape) == 1:
        return build.product(first, build.transpose(second))
    if is_constant(first, "identity") and len(second.shape) == 1:
        return build.call("diag", (second,), first.shape)
    return None


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


def _without(factors: list[Factor], common: list[Factor]) -> list[Factor]:
    return [factor for factor in factors if factor not in common]
