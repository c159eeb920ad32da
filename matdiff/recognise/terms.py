"""Weighted terms: scaling, signs, and sums in the order in which people write them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from matdiff.recognise.measure import term_order
from matdiff.tree import build
from matdiff.tree.attributes import ONE, Weighted, number_of, terms_of, weights_of
from matdiff.tree.node import Node, Shape, make

SIGN_DEPTH = 6
LINEAR = frozenset({"sum", "mean", "tr", "diag", "vec", "unvec", "tril", "triu", "cumsum"})


def unweighted(node: Node) -> Weighted:
    """`node` as a rational weight times a body."""
    if node.op == "sum" and len(node.args) == 1:
        return terms_of(node)[0]
    if node.op == "number":
        return number_of(node), build.number(1)
    return ONE, node


def unsigned(node: Node) -> Weighted:
    """`node` as a rational weight times a body, minus one drawn out of a sum of negative terms alone."""
    weight, body = unweighted(node)
    is_negative = body.op == "sum" and all(own < 0 for own in weights_of(body))
    return (-weight, scaled(-1, body)) if is_negative else (weight, body)


def scaled(weight: Fraction | int, node: Node) -> Node:
    """A rational weight times `node`; a minus sign goes into a difference among its factors where there is one."""
    own, body = unweighted(node)
    weight = own * weight
    if not weight or is_zero(body):
        return build.zeros(node.shape)
    if body.op == "number":
        return build.number(weight * number_of(body))
    weight, body = without_sign(weight, body)
    if weight != 1 and body.op == "sum" and all(abs(w) == abs(1 / weight) for w in weights_of(body)):
        return make("sum", body.args, tuple(w * weight for w in weights_of(body)), body.shape)
    return body if weight == 1 else make("sum", (body,), (weight,), body.shape)


def without_sign(weight: Fraction, body: Node) -> Weighted:
    """A negative term as a positive one, where a difference inside can be turned round: `-X*(y - z)` is `X*(z - y)`."""
    turned = negated(body, SIGN_DEPTH) if weight < 0 else None
    return (weight, body) if turned is None else (-weight, turned)


def negated(node: Node, depth: int = 0) -> Node | None:
    """Minus `node` at no greater length, by turning a difference inside; None where there is none near the top."""
    if node.op == "sum" and any(w < 0 for w in weights_of(node)):
        terms = [(-w, term) for w, term in terms_of(node)]
        return ordered_sum(terms, node.shape)
    is_linear = node.op in ("product", "hadamard", "transpose") or (node.op == "call" and node.attrs[0] in LINEAR)
    if not is_linear or not depth:
        return None
    for position, part in enumerate(node.args):
        turned = None if _stands_twice(part, node.args) else negated(part, depth - 1)
        if turned is not None:
            args = (*node.args[:position], turned, *node.args[position + 1 :])
            return make(node.op, args, node.attrs, node.shape)
    return None


def _stands_twice(part: Node, parts: tuple[Node, ...]) -> bool:
    """Whether the part or its transpose is among the parts once more, as in `(x - y)*(x - y).T`."""
    bare = [other.args[0] if other.op == "transpose" else other for other in parts]
    return bare.count(part.args[0] if part.op == "transpose" else part) > 1


def is_zero(node: Node) -> bool:
    """Whether `node` is zero by construction."""
    node = node.args[0] if node.op == "transpose" else node
    return not node.attrs[0] if node.op == "number" else node.op == "constant" and node.attrs == ("zeros",)


def is_constant(node: Node, kind: str) -> bool:
    """Whether `node` is the constant of this kind (`ones`, `identity`); the number one is both."""
    if not node.shape:
        return node.op == "number" and node.attrs[0] == 1
    return node.op == "constant" and node.attrs == (kind,)


def is_unit(node: Node) -> bool:
    """Whether `node` is a unit vector."""
    return node.op == "constant" and node.attrs[0] == "unit"


def collected_sum(terms: Iterable[Weighted], shape: Shape) -> Node:
    """The sum of weighted tidy nodes with equal ones as one term."""
    weights: dict[Node, Fraction] = {}
    for weight, term in terms:
        own, body = unweighted(term)
        weights[body] = weights.get(body, Fraction(0)) + weight * own
    return ordered_sum([(weight, body) for body, weight in weights.items() if weight and not is_zero(body)], shape)


def ordered_sum(terms: list[Weighted], shape: Shape) -> Node:
    """The sum of distinct terms in the order in which people write them."""
    if not terms:
        return build.zeros(shape)
    ordered = sorted(terms, key=lambda item: term_order(*item))
    if len(ordered) == 1:
        weight, node = ordered[0]
        if weight == 1:
            return node
        if node.op == "number":
            return build.number(weight * number_of(node))
    return make("sum", tuple(node for _, node in ordered), tuple(weight for weight, _ in ordered), shape)


def is_diagonal(node: Node) -> bool:
    """Whether `node` is the diagonal matrix of a vector."""
    return node.op == "call" and node.attrs == ("diag",) and len(node.shape) == 2
