"""Common factors of the terms of a sum: which one saves the most operations."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from matdiff.recognise.measure import cost, label
from matdiff.tree import build
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node, Shape

Weighted = tuple[Fraction, Node]
Place = tuple[str, Node]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sum with a factor drawn out of some terms: `left*(inner)*right`, or `left.*(inner)`, plus the rest."""

    kind: str
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    inner: tuple[Weighted, ...]
    inner_shape: Shape
    rest: tuple[Weighted, ...]


def common_factor(terms: dict[Node, Fraction]) -> Drawn | None:
    """The common factor that saves the most operations, drawn out; None where none saves any."""
    holders: dict[Place, list[Node]] = {}
    for node in terms:
        for place in _places(node):
            holders.setdefault(place, []).append(node)
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
    scalars, chain = _parts(node)
    places: set[Place] = {("scalar", _unit_power(scalar)) for scalar in scalars if scalar.op != "number"}
    if not chain:
        return places
    if chain[0].op != "constant":
        places.add(("left", chain[0]))
    if chain[-1].op != "constant":
        places.add(("right", chain[-1]))
    body = build.product(*chain)
    places.add(("body", body))
    if len(chain) == 1:
        for factor in body.args if body.op == "hadamard" else (body,):
            if factor.op != "constant":
                places.add(("entrywise", factor))
    return places


def _parts(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Scalar factors and matrix chain of a term; a chain that closes to a scalar counts as one scalar factor."""
    if node.shape or node.op != "product":
        return build.split_product(node)
    scalars, chain = build.split_product(node)
    return ((node,), ()) if chain else (scalars, ())


def _worth_joining(place: Place, nodes: list[Node]) -> list[Node]:
    """Without the terms that are the bare factor, where writing an I for them would cost what the factor saves."""
    kind, factor = place
    if kind not in ("left", "right") or cost(factor):
        return nodes
    return [node for node in nodes if _remainder(kind, factor, node)[1]]


def _saving(place: Place, nodes: list[Node]) -> int:
    """Operations that drawing the factor out of these terms saves; ones and I that must be written count against."""
    kind, factor = place
    left = [_remainder(kind, factor, node) for node in nodes]
    chainless = sum(not chain for _, chain in left)
    written = chainless if kind in ("left", "right") else sum(not (scalars or chain) for scalars, chain in left)
    if kind in ("left", "right") and chainless and (len(factor.shape) < 2 or 1 in factor.shape):
        return 0
    if kind == "entrywise" and chainless and (chainless == len(nodes) or len(factor.shape) == 2):
        return 0
    if kind == "scalar":
        return sum(_saving_in(factor, node) for node in nodes) - _cost_as_factor(factor)
    return (len(nodes) - 1) * (cost(factor) + 1) - written


def _unit_power(scalar: Node) -> Node:
    """The power of a scalar that can be drawn out of all its powers of that sign: s of s^3, 1/s of s^-2."""
    base, exponent = base_and_exponent(scalar)
    if exponent.denominator != 1 or abs(exponent) == 1:
        return scalar
    return build.power(base, 1 if exponent > 0 else -1)


def _cost_as_factor(scalar: Node) -> int:
    base, exponent = base_and_exponent(scalar)
    return cost(base) + 1 + (abs(exponent) != 1)


def _saving_in(factor: Node, node: Node) -> int:
    """Operations that a term loses with one power of the scalar."""
    scalar = next(scalar for scalar in _parts(node)[0] if _unit_power(scalar) is factor)
    if scalar is factor:
        return _cost_as_factor(factor)
    return int(abs(base_and_exponent(scalar)[1]) == 2)


Remainder = tuple[tuple[Node, ...], tuple[Node, ...]]


def _remainder(kind: str, factor: Node, node: Node) -> Remainder:
    """Scalar factors and chain that are left of a term without the factor."""
    scalars, chain = _parts(node)
    if kind == "scalar":
        position = next(k for k, scalar in enumerate(scalars) if _unit_power(scalar) is factor)
        base, exponent = base_and_exponent(scalars[position])
        is_whole = scalars[position] is factor
        rest = () if is_whole else (build.power(base, exponent - (1 if exponent > 0 else -1)),)
        return (*scalars[:position], *rest, *scalars[position + 1 :]), chain
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


def _draw(place: Place, nodes: list[Node], terms: dict[Node, Fraction]) -> Drawn:
    kind, factor = place
    inner = tuple((terms[node], _filled(kind, factor, *_remainder(kind, factor, node))) for node in nodes)
    held = set(nodes)
    rest = tuple((weight, node) for node, weight in terms.items() if node not in held)
    left, right = ((), (factor,)) if kind in ("right", "body") else ((factor,), ())
    return Drawn(kind, left, right, inner, inner[0][1].shape, rest)


def _filled(kind: str, factor: Node, scalars: tuple[Node, ...], chain: tuple[Node, ...]) -> Node:
    """What is left of a term, with the one that it stands for written out: I beside a matrix, ones beside a vector."""
    if not chain and kind == "entrywise":
        chain = (build.ones(factor.shape),)
    elif not chain and kind in ("left", "right"):
        chain = (build.identity(factor.shape[-1] if kind == "left" else factor.shape[0]),)
    return build.product(*scalars, *chain) if scalars or chain else build.number(1)
