"""Linear operators on matrices as sums of multiplications from the left and the right: `A*X*B + X*C`."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from matdiff.recognise.chains import multiplied
from matdiff.recognise.doubled import reduced
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_constant, scaled, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted, flat_terms
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape

Factor = tuple[Node, Wires]
Ends = tuple[int | None, int | None]


class Pair(NamedTuple):
    """The operator that takes X to `left*X*right`, or with `X.T` where it is turned."""

    left: Node
    right: Node
    is_turned: bool = False


def pairs_of(slope: Node, front: int, shape: Shape, unknown: Node) -> list[tuple[Fraction, Pair]] | None:
    """The terms of the operator as pairs; None where one of them is no multiplication from left and right."""
    found: list[tuple[Fraction, Pair]] = []
    for weight, body in terms_of_slope(slope):
        pair = _pair_of(body, front, shape, unknown)
        if pair is None:
            return None
        found.append((weight, pair))
    return found


def terms_of_slope(slope: Node) -> list[Weighted]:
    """The terms of a sum of sums, each with its weight."""
    parts = [(weight, *unweighted(node)) for weight, node in flat_terms(slope)]
    return [(weight * own, body) for weight, own, body in parts]


def _pair_of(body: Node, front: int, shape: Shape, unknown: Node) -> Pair | None:
    """One term of the slope as a pair: its factors fall into those on the left and those on the right."""
    scalars, chain = build.split_product(body)
    inner = chain[0] if len(chain) == 1 else body
    if inner.op == "einsum":
        factors, (wires, output, sizes) = inner.args, einsum.parts(inner)
    else:
        output, sizes = tuple(range(len(inner.shape))), inner.shape
        factors, wires = (inner,), (output,)
    held = list(zip(factors, wires, strict=True))
    loose = [factor for factor, own in held if not own]
    for turned in (False, True):
        by = output[front:][::-1] if turned else output[front:]
        ends = _ends(output[:front], by, shape, unknown, turned)
        sides = _sides([item for item in held if item[1]], ends)
        halves = [] if sides is None else [_half(side, end, sizes) for side, end in zip(sides, ends, strict=True)]
        if halves and halves[0] is not None and halves[1] is not None:
            return Pair(multiplied((*scalars, *loose, halves[0])), transposed(halves[1]), turned)
    return None


def _half(side: list[Factor], ends: Ends, sizes: Shape) -> Node | None:
    """The matrix from an axis of X to an axis of the value; where the value has no such axis, a row."""
    own, by = ends
    node = reduced(side, tuple(wire for wire in (own, by) if wire is not None), sizes)
    return node if node is None or own is not None or by is None else transposed(node)


def _ends(value: Wires, by: Wires, shape: Shape, unknown: Node, is_turned: bool) -> tuple[Ends, Ends]:
    """The wires of (row of the value, row of X) and (column of the value, column of X); None where there is no axis."""
    long_value = [axis for axis, size in enumerate((*shape, 1, 1)[:2]) if size != 1]
    long_by = [axis for axis, size in enumerate((*unknown.shape, 1, 1)[:2]) if size != 1]
    if is_turned:
        long_by = sorted(1 - axis for axis in long_by)
    own = dict(zip(long_value, value, strict=True))
    other = dict(zip(long_by, by, strict=True))
    return (own.get(0), other.get(0)), (own.get(1), other.get(1))


def _sides(held: list[Factor], ends: tuple[Ends, Ends]) -> tuple[list[Factor], list[Factor]] | None:
    """The factors connected with the left ends and those with the right ends; None where they hang together."""
    left, right = ({wire for wire in pair if wire is not None} for pair in ends)
    groups: list[tuple[set[int], list[Factor]]] = []
    for factor, own in held:
        met = [group for group in groups if group[0] & set(own)]
        members = [item for _, items in met for item in items]
        merged = (set(own).union(*(wires for wires, _ in met)), [*members, (factor, own)])
        groups = [*(group for group in groups if group not in met), merged]
    if left & right or any(wires & left and wires & right for wires, _ in groups):
        return None
    ours = [item for wires, items in groups for item in items if not wires & right]
    return ours, [item for wires, items in groups for item in items if wires & right]


def joined_pair(pairs: list[tuple[Fraction, Pair]]) -> Pair | None:
    """The sum of the pairs as one pair: `A*X + X` is `(A + I)*X`, `A*X*B + A*X` is `A*X*(B + I)`."""
    rights: dict[Node, list[Weighted]] = {}
    for weight, pair in pairs:
        rights.setdefault(pair.right, []).append((weight, pair.left))
    sums = {right: summed(terms, terms[0][1].shape) for right, terms in rights.items()}
    bodies = {unweighted(left)[1] for left in sums.values()}
    if len(bodies) > 1:
        return None
    (body,) = bodies
    weighted = [(unweighted(left)[0], right) for right, left in sums.items()]
    weight, right = unweighted(summed(weighted, weighted[0][1].shape))
    return Pair(scaled(weight, body), right, pairs[0][1].is_turned)


def sylvester_of(pairs: list[tuple[Fraction, Pair]]) -> tuple[Node, Node] | None:
    """The A and B of `A*X + X*B`: it has one solution where no sum of their eigenvalues is zero."""
    if len(pairs) != 2 or any(pair.is_turned for _, pair in pairs):
        return None
    lefts = [scaled(w, pair.left) for w, pair in pairs if is_constant(pair.right, "identity")]
    rights = [scaled(w, pair.right) for w, pair in pairs if is_constant(pair.left, "identity")]
    return (lefts[0], rights[0]) if len(lefts) == len(rights) == 1 else None
