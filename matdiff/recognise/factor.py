"""Common factors of the terms of a sum: which one saves the most operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import NamedTuple

from matdiff.recognise.chains import multiplied
from matdiff.recognise.measure import cost, label
from matdiff.recognise.terms import negated
from matdiff.tree import build
from matdiff.tree.attributes import Weighted
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node, Shape, make

Place = tuple[str, Node]
ALIGNMENT_DEPTH = 3


class Drawn(NamedTuple):
    """A sum with a factor drawn out of some terms: `left*(inner)*right`, or `left.*(inner)`, plus the rest."""

    kind: str
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    inner: tuple[Weighted, ...]
    inner_shape: Shape
    rest: tuple[Weighted, ...]


def brackets_of(node: Node, depth: int = 3) -> list[Node]:
    """The sums among the factors of a term, those inside transposes and scalar products as well."""
    if node.op == "sum":
        return [node]
    if node.op not in ("product", "hadamard", "transpose") or not depth:
        return []
    return [bracket for part in node.args for bracket in brackets_of(part, depth - 1)]


def aligned(terms: dict[Node, Fraction]) -> dict[Node, Fraction]:
    """The terms with brackets that are each other's negative written alike: `A*(x - y) + B*(y - x)`."""
    known = _usual_brackets(terms)
    found: dict[Node, Fraction] = {}
    for node, weight in terms.items():
        sign, turned_node = _aligned_factors(node, known, ALIGNMENT_DEPTH)
        found[turned_node] = found.get(turned_node, Fraction(0)) + weight * sign
    return {node: weight for node, weight in found.items() if weight}


def _usual_brackets(terms: Iterable[Node]) -> set[Node]:
    """Of two brackets that are each other's negative the one that stands more often, or first."""
    counts = Counter(bracket for node in terms for bracket in brackets_of(node, ALIGNMENT_DEPTH))
    usual: set[Node] = set()
    for bracket, _ in counts.most_common():
        turned = negated(bracket)
        if turned is None or turned not in usual:
            usual.add(bracket)
    return usual


def _aligned_factors(node: Node, known: set[Node], depth: int) -> tuple[int, Node]:
    """A term with its brackets turned to those that are known, and the sign that this takes."""
    if node.op not in ("product", "hadamard", "transpose") or not depth:
        turned = negated(node) if node.op == "sum" and node not in known else None
        return (1, node) if turned is None else (-1, turned)
    parts = [_aligned_factors(part, known, depth - 1) for part in node.args]
    args = tuple(part for _, part in parts)
    return prod(sign for sign, _ in parts), node if args == node.args else make(node.op, args, node.attrs, node.shape)


def common_factor(terms: dict[Node, Fraction]) -> Drawn | None:
    """The common factor that saves the most operations, drawn out; None where none saves any."""
    holders: dict[Place, list[Node]] = {}
    for node in terms:
        for place in _places(node):
            holders.setdefault(place, []).append(node)
    holders.update(_scalar_places(terms))
    best: Place | None = None
    best_saving = 0
    for place, holding in holders.items():
        nodes = holders[place] = _worth_joining(place, holding)
        if len(nodes) > 1:
            saving = _saving(place, nodes)
            if saving > best_saving or (saving == best_saving and best is not None and _order(place) < _order(best)):
                best, best_saving = place, saving
    return None if best is None else _draw(best, holders[best], terms)


def _order(place: Place) -> tuple[str, str, bytes]:
    return place[0], label(place[1]), place[1].key


def _places(node: Node) -> set[Place]:
    """The factors that could be drawn out of a term, each with the way of drawing it."""
    chain = _parts(node)[1]
    places: set[Place] = set()
    if not chain:
        return places
    places |= {("left", node) for node in chain[:1] if _is_drawable(node)}
    places |= {("right", node) for node in chain[-1:] if _is_drawable(node)}
    body = build.product(*chain)
    places.add(("body", body))
    if len(chain) == 1:
        for factor in body.args if body.op == "hadamard" else (body,):
            if factor.op != "constant":
                places.add(("entrywise", factor))
    return places


def _is_drawable(node: Node) -> bool:
    """Whether a factor at an end of a chain may be drawn out: no constant but those for stacked columns."""
    return node.op != "constant" or node.attrs[0] in ("commutation", "elimination", "duplication")


@lru_cache(maxsize=4096)
def _parts(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Scalar factors and matrix chain of a term; for a scalar the chain of its one inner product, if there is one."""
    scalars, chain = build.split_product(node)
    if node.shape or chain:
        return scalars, chain
    closed = [scalar for scalar in scalars if scalar.op == "product" and scalar.args[0].shape]
    if len(closed) != 1 or len(scalars) == 1:
        return scalars, ()
    return tuple(scalar for scalar in scalars if scalar is not closed[0]), closed[0].args


def _worth_joining(place: Place, nodes: list[Node]) -> list[Node]:
    """Without the terms that are the bare factor, where writing an I for them would cost what the factor saves."""
    kind, factor = place
    if kind not in ("left", "right") or cost(factor):
        return nodes
    return [node for node in nodes if _remainder(kind, factor, node)[1]]


def _saving(place: Place, nodes: list[Node]) -> int:
    """Operations that drawing the factor out of these terms saves; ones and I that must be written count against."""
    kind, factor = place
    if kind == "scalar":
        return sum(_saving_in(factor, node) for node in nodes) - _cost_as_factor(*base_and_exponent(factor))
    left = [_remainder(kind, factor, node) for node in nodes]
    chainless = sum(not chain for _, chain in left)
    written = chainless if kind in ("left", "right") else sum(not (scalars or chain) for scalars, chain in left)
    if kind == "body" and factor.attrs == ("ones",):
        written = 0
    if kind in ("left", "right") and chainless and not _may_stand_by_identity(kind, factor):
        return 0
    if kind == "entrywise" and chainless and (chainless == len(nodes) or len(factor.shape) == 2):
        return 0
    return (len(nodes) - 1) * (cost(factor) + 1) - written


def _may_stand_by_identity(kind: str, factor: Node) -> bool:
    """Whether the factor alone can be read as itself times I: on the side of its columns, or of a vector's entries."""
    return (len(factor.shape) == 2 and 1 not in factor.shape) or (kind == "right" and len(factor.shape) == 1)


def _scalar_places(terms: Iterable[Node]) -> dict[Place, list[Node]]:
    """For every scalar with powers of one sign in several terms, the smallest of those powers."""
    powers: dict[tuple[Node, bool], dict[Node, Fraction]] = {}
    for node in terms:
        for scalar in _parts(node)[0]:
            base, exponent = base_and_exponent(scalar)
            if base.op != "number":
                powers.setdefault((base, exponent > 0), {})[node] = exponent
    return {
        ("scalar", build.power(base, min(exponents.values(), key=abs))): list(exponents)
        for (base, _), exponents in powers.items()
    }


def _cost_as_factor(base: Node, exponent: Fraction) -> int:
    return cost(base) + 1 + (abs(exponent) != 1) if exponent else 0


def _saving_in(factor: Node, node: Node) -> int:
    """Operations that a term loses with the power of the scalar."""
    base, taken = base_and_exponent(factor)
    exponent = _exponents(node)[base]
    return _cost_as_factor(base, exponent) - _cost_as_factor(base, exponent - taken)


@lru_cache(maxsize=4096)
def _exponents(node: Node) -> dict[Node, Fraction]:
    """The exponent of each scalar factor of a term by its base."""
    return dict(map(base_and_exponent, _parts(node)[0]))


Remainder = tuple[tuple[Node, ...], tuple[Node, ...]]


def _remainder(kind: str, factor: Node, node: Node) -> Remainder:
    """Scalar factors and chain that are left of a term without a factor that is no scalar."""
    scalars, chain = _parts(node)
    if kind == "left":
        return scalars, chain[1:]
    if kind == "right":
        return scalars, chain[:-1]
    if kind == "body":
        return scalars, ()
    body = build.product(*chain)
    parts = body.args if body.op == "hadamard" else (body,)
    position = parts.index(factor)
    others = parts[:position] + parts[position + 1 :]
    return scalars, (build.hadamard(*others),) if others else ()


def _divided(scalars: tuple[Node, ...], divisors: Iterable[Node]) -> tuple[Node, ...]:
    """Scalar factors without the powers that are drawn out of them."""
    taken = dict(map(base_and_exponent, divisors))
    powers = map(base_and_exponent, scalars)
    return tuple(build.power(base, own - taken.get(base, 0)) for base, own in powers if own != taken.get(base))


def _draw(place: Place, nodes: list[Node], terms: dict[Node, Fraction]) -> Drawn:
    kind, factor = place
    if kind == "scalar":
        return _draw_scalars(nodes, terms)
    inner = tuple((terms[node], _filled(kind, factor, *_remainder(kind, factor, node))) for node in nodes)
    left, right = ((), (factor,)) if kind in ("right", "body") else ((factor,), ())
    return Drawn(kind, left, right, inner, inner[0][1].shape, _without(nodes, terms))


def _draw_scalars(nodes: list[Node], terms: dict[Node, Fraction]) -> Drawn:
    """All scalars that are worth it and common to these terms, drawn at once: no term is gone over for each."""
    places = _scalar_places(nodes).items()
    common = tuple(p[1] for p, holding in places if len(holding) == len(nodes) and _saving(p, nodes) > 0)
    inner = []
    for node in nodes:
        scalars, chain = _parts(node)
        inner.append((terms[node], multiplied((*_divided(scalars, common), *chain))))
    return Drawn("scalar", common, (), tuple(inner), inner[0][1].shape, _without(nodes, terms))


def _without(nodes: Iterable[Node], terms: dict[Node, Fraction]) -> tuple[Weighted, ...]:
    held = set(nodes)
    return tuple((weight, node) for node, weight in terms.items() if node not in held)


def _filled(kind: str, factor: Node, scalars: tuple[Node, ...], chain: tuple[Node, ...]) -> Node:
    """What is left of a term, with the one that it stands for written out: I beside a matrix, ones beside a vector."""
    if not chain and kind == "entrywise":
        chain = (build.ones(factor.shape),)
    elif not chain and kind in ("left", "right"):
        chain = (build.identity(factor.shape[-1] if kind == "left" else factor.shape[0]),)
    return multiplied((*scalars, *chain))
