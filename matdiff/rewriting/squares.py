"""Quadratic forms that are perfect squares, and linear functions with a common factor."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from matdiff.properties.infer import holds
from matdiff.recognise.chains import hadamard_of, multiplied
from matdiff.recognise.measure import cost, label
from matdiff.recognise.norms import squared_norm
from matdiff.recognise.sums import summed
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.rewriting.terms import inner_of, merged_in_pairs, multiplied_out
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.einsum import rational_power
from matdiff.tree.node import Node

MOST_TERMS = 12
TWO, ONE = Fraction(2), Fraction(1)
LINEAR = frozenset({"vec", "diag", "unvec", "tril", "triu", "cumsum"})


class Square(NamedTuple):
    """The term `weight * root.T*middle*root`; without a middle it is the squared norm of the root."""

    term: Node
    weight: Fraction
    root: Node
    middle: Node | None


def perfect_square(node: Node) -> Node | None:
    """`x.T*S*x - 2*x.T*S*y + y.T*S*y` as `(x - y).T*S*(x - y)`, what is left of the sum beside it."""
    if node.op != "sum" or node.shape:
        return None
    terms = multiplied_out(node)
    if not 3 <= len(terms) <= MOST_TERMS:
        return None
    weights = {term: weight for weight, term in terms}
    squares = [square for weight, term in terms if (square := _square(weight, term)) is not None]
    for place, start in enumerate(squares):
        size = rational_power(abs(start.weight), Fraction(1, 2))
        if size is None:
            continue
        sign = Fraction(1 if start.weight > 0 else -1)
        root, used = summed([(size, start.root)], start.root.shape), {start.term}
        for other in squares[place + 1 :]:
            joined = _joined(root, start.middle, sign, other, weights)
            if joined is not None:
                root, used = joined[0], used | {other.term, *joined[1]}
        if len(used) > 1:
            rest = [(weight, term) for weight, term in terms if term not in used]
            return summed([(sign, _squared(root, start.middle)), *rest], ())
    return None


def _square(weight: Fraction, term: Node) -> Square | None:
    if term.op == "map" and term.attrs == ("power", TWO):
        root = inner_of("norm2", term.args[0]) or term.args[0]
        return Square(term, weight, root, None)
    if term.op != "product" or not all(factor.shape for factor in term.args):
        return None
    half = len(term.args) // 2
    root = multiplied(term.args[len(term.args) - half :])
    if transposed(root) is not multiplied(term.args[:half]):
        return None
    middle = term.args[half] if len(term.args) % 2 else None
    return Square(term, weight, root, middle) if middle is None or holds(middle, "symmetric") else None


def _joined(
    root: Node, middle: Node | None, sign: Fraction, other: Square, weights: dict[Node, Fraction]
) -> tuple[Node, tuple[Node, ...]] | None:
    """The root with another one beside it, and the mixed terms, where those are twice the product of both."""
    size = rational_power(sign * other.weight, Fraction(1, 2)) if sign * other.weight > 0 else None
    if size is None or other.middle is not middle or other.root.shape != root.shape:
        return None
    mixed = multiplied_out(_form(root, middle, other.root))
    ratios = {weights[term] / (2 * own * sign * size) if term in weights else Fraction(0) for own, term in mixed}
    if ratios not in ({ONE}, {-ONE}):
        return None
    (ratio,) = ratios
    return summed([(ONE, root), (ratio * size, other.root)], root.shape), tuple(term for _, term in mixed)


def _squared(root: Node, middle: Node | None) -> Node:
    """The square of a root, of the two with opposite signs the one that begins with a plus."""
    turned = summed([(-ONE, root)], root.shape)
    root = min(root, turned, key=lambda writing: (cost(writing), label(writing)))
    return squared_norm(root) if middle is None and root.shape else _form(root, middle, root)


def _form(left: Node, middle: Node | None, right: Node) -> Node:
    factors = (transposed(left), *(() if middle is None else (middle,)), right)
    return traced(factors) if len(left.shape) == 2 else multiplied(factors)


def common_linear(node: Node) -> Node | None:
    """`vec(A) + vec(B)` as `vec(A + B)`, `kron(A, B) + kron(A, C)` as `kron(A, B + C)`."""
    if node.op != "sum":
        return None
    weights = {term: weight for weight, term in terms_of(node)}

    def merge(first: Node, second: Node) -> Node | None:
        if first.op != "call" or second.op != "call" or first.attrs != second.attrs:
            return None
        varied = [k for k, (a, b) in enumerate(zip(first.args, second.args, strict=True)) if a is not b]
        is_linear = first.attrs[0] in LINEAR or first.attrs == ("kron",)
        if not is_linear or len(varied) != 1 or first not in weights or second not in weights:
            return None
        (place,) = varied
        a, b = first.args[place], second.args[place]
        if a.shape != b.shape:
            return None
        inner = summed([(weights[first], a), (weights[second], b)], a.shape)
        args = (*first.args[:place], inner, *first.args[place + 1 :])
        return build.call(str(first.attrs[0]), args, node.shape, first.attrs[1:])

    parts = merged_in_pairs(node.args, merge)
    return None if parts is None else summed([(weights.get(part, ONE), part) for part in parts], node.shape)


def entrywise_trace(node: Node) -> Node | None:
    """`tr(C*(A.*B).T)` as `sum(A.*B.*C)`."""
    inner = inner_of("tr", node)
    chain = build.split_product(inner)[1] if inner is not None else ()
    if inner is None or len(chain) != 2 or build.split_product(inner)[0]:
        return None
    pairs = ((transposed(chain[0]), chain[1]), (chain[0], transposed(chain[1])))
    whole = next((pair for pair in pairs if "hadamard" in (pair[0].op, pair[1].op)), None)
    return None if whole is None else build.call("sum", (hadamard_of(whole),), ())
