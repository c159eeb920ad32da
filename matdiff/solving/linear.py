"""The linear part of a residual in an unknown, after multiplying out and multiplying with what has an inverse."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.canonical import canonical
from matdiff.derive.contract import contract
from matdiff.derive.reverse import derivatives
from matdiff.properties.infer import holds
from matdiff.recognise.chains import multiplied
from matdiff.recognise.fold import recognise
from matdiff.recognise.terms import ordered_sum, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.rewriting.terms import Terms, multiplied_out
from matdiff.tree import build, einsum
from matdiff.tree.attributes import terms_of
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node, Shape
from matdiff.tree.walk import postorder, variables_of

MOST_CLEARINGS = 6


class Linear(NamedTuple):
    """A residual `part + constant`, `part` linear in the unknown: `slope` is its derivative, first the residual's axes.

    `clearings` are the factors that the residual was multiplied with, each with its side, `left`, `right` or `scalar`.
    """

    slope: Node
    part: Node
    constant: Node
    shape: Shape
    clearings: tuple[tuple[str, Node], ...] = ()


def linear_part(residual: Node, unknown: Node) -> Linear | None:
    """The residual as a linear function of the unknown; None where it is none, however it is multiplied."""
    clearings: list[tuple[str, Node]] = []
    while True:
        found = _directly(residual, unknown)
        if found is not None or len(clearings) == MOST_CLEARINGS:
            return None if found is None else found._replace(clearings=tuple(clearings))
        step = _cleared(residual, unknown)
        if step is None:
            return None
        side, factor, residual = step
        clearings.append((side, factor))


def depends_on(node: Node, unknown: Node) -> bool:
    """Whether the unknown occurs in `node`."""
    return unknown in variables_of((node,))


def _directly(residual: Node, unknown: Node) -> Linear | None:
    root = canonical(residual)
    constant: Terms = []
    linear: Terms = []
    for weight, term in terms_of(root):
        degree = _degree(term, unknown)
        if degree is None:
            return None
        (linear if degree else constant).append((weight, term))
    if not linear:
        return None
    part, rest = einsum.total(linear, root.shape), einsum.total(constant, root.shape)
    (slope,) = derivatives(part, (unknown,))
    slope, part, rest = recognise(contract((slope, part, rest)))
    return Linear(slope, part, rest, residual.shape)


def _degree(term: Node, unknown: Node) -> int | None:
    """How often the unknown is a factor of the term: 0 or 1; None where it is more, or inside of a function."""
    if term is unknown:
        return 1
    if term.op != "einsum":
        return None if depends_on(term, unknown) else 0
    times = sum(factor is unknown for factor in term.args)
    inside = any(depends_on(factor, unknown) for factor in term.args if factor is not unknown)
    return None if inside or times > 1 else times


def _cleared(residual: Node, unknown: Node) -> tuple[str, Node, Node] | None:
    """The residual multiplied with the factor that leaves least of the unknown inside of functions."""
    terms = multiplied_out(residual)
    before = _tangles(terms, unknown)
    best: tuple[Fraction, str, Node, Node] | None = None
    for side, factor in _candidates(terms, unknown):
        times = [(w, multiplied((term, factor) if side == "right" else (factor, term))) for w, term in terms]
        node = ordered_sum(_collected(times), residual.shape)
        after = _tangles(multiplied_out(node), unknown)
        if after < before and (best is None or after < best[0]):
            best = (after, side, factor, node)
    return None if best is None else best[1:]


def _collected(terms: Terms) -> Terms:
    weights: dict[Node, Fraction] = {}
    for weight, node in terms:
        own, body = unweighted(node)
        weights[body] = weights.get(body, Fraction(0)) + weight * own
    return [(weight, node) for node, weight in weights.items() if weight]


def _candidates(terms: Terms, unknown: Node) -> list[tuple[str, Node]]:
    """What may be multiplied with: matrices whose inverses stand at ends of terms; scalars below, or never zero."""
    found: dict[tuple[str, Node], None] = {}
    for _, term in terms:
        scalars, chain = build.split_product(term)
        for scalar in scalars:
            base, exponent = base_and_exponent(scalar)
            if depends_on(scalar, unknown) and (exponent < 0 or holds(base, "nonzero")):
                found["scalar", build.power(base, -exponent)] = None
        for side, end in (("left", chain[:1]), ("right", chain[-1:])):
            inverted = _inverted(end[0]) if end else None
            if inverted is not None and depends_on(inverted, unknown):
                found[side, inverted] = None
    return list(found)


def _inverted(node: Node) -> Node | None:
    """The A of `inv(A)`, and the A' of `inv(A)'`."""
    if node.op == "transpose":
        inner = _inverted(node.args[0])
        return None if inner is None else transposed(inner)
    if node.op != "call":
        return None
    if node.attrs == ("inv",):
        return node.args[0]
    is_power = node.attrs[0] == "matpow" and len(node.args) == 1
    return _inverted(node.args[0]) if is_power else None


def _tangles(terms: Terms, unknown: Node) -> Fraction:
    """How much of the unknown stands inside of functions, counted over all terms; a power counts as its exponent."""
    total = Fraction(0)
    for _, term in terms:
        for node in postorder((term,)):
            if node.op in ("call", "map") and depends_on(node, unknown):
                exponent = node.attrs[-1]
                total += max(Fraction(1), abs(Fraction(exponent))) if isinstance(exponent, int | Fraction) else 1
    return total
