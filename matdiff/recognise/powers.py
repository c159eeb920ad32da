"""Factors that meet in a product though their bases differ: `x.*sign(x)` is `abs(x)`, `t*t^k` is `t^(k + 1)`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matdiff.recognise.terms import is_constant, is_zero, ordered_sum, unweighted
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.node import Node, Shape, make

Exponents = Mapping[Node, Fraction]


def merged(exponents: Exponents) -> Exponents:
    """The powers of which a product is made, with those that meet as one."""
    return _with_symbolic_powers(_with_sizes(exponents))


def _with_sizes(exponents: Exponents) -> Exponents:
    """The powers with `x.*sign(x)` as `abs(x)`."""
    signs = [base for base in exponents if base.op == "map" and base.attrs == ("sign",) and base.args[0] in exponents]
    if not signs:
        return exponents
    found = dict(exponents)
    for sign in signs:
        if found[sign] == found[sign.args[0]] == 1:
            del found[sign], found[sign.args[0]]
            size = make("map", sign.args, ("abs",), sign.shape)
            found[size] = found.get(size, Fraction(0)) + 1
    return found


def _with_symbolic_powers(exponents: Exponents) -> Exponents:
    """The powers with `t*t^k` as `t^(k + 1)`, and `t^k*t^l` as `t^(k + l)`."""
    found = dict(exponents)
    for node in exponents:
        if node in found and node.attrs == ("pow",):
            base, exponent = node.args
            is_spread = _is_spread(exponent)
            same = [
                n for n in found if n.attrs == ("pow",) and n.args[0] is base and _is_spread(n.args[1]) == is_spread
            ]
            if len(same) > 1 or base in found:
                shape = () if is_spread else base.shape
                terms = [(found.pop(n), _terms_of(n.args[1])) for n in same]
                total = _added([(found.pop(base, Fraction(0)), [(Fraction(1), build.ones(shape))]), *terms], shape)
                _raise(found, base, total)
    return found


def exponents_added(left: Node, right: Node) -> Node:
    """The sum of two exponents, as powers of one base have that meet."""
    return _added([(Fraction(1), _terms_of(left)), (Fraction(1), _terms_of(right))], ())


def _added(scaled: list[tuple[Fraction, list[Weighted]]], shape: Shape) -> Node:
    total: dict[Node, Fraction] = {}
    for times, terms in scaled:
        for weight, part in terms:
            total[part] = total.get(part, Fraction(0)) + times * weight
    return ordered_sum([(weight, part) for part, weight in total.items() if weight], shape)


def _raise(exponents: dict[Node, Fraction], base: Node, exponent: Node) -> None:
    """Put `base` to the power `exponent` among the exponents."""
    weight, body = unweighted(exponent)
    if is_zero(exponent):
        return
    if is_constant(body, "ones"):
        exponents[base] = weight
    else:
        spread = exponent if exponent.shape or not base.shape else build.product(exponent, build.ones(base.shape))
        exponents[build.apply("pow", base, spread)] = Fraction(1)


def _is_spread(exponent: Node) -> bool:
    """Whether the exponent is a scalar, or one spread over a vector."""
    return not exponent.shape or (exponent.op == "product" and is_constant(exponent.args[-1], "ones"))


def _terms_of(exponent: Node) -> list[Weighted]:
    """The terms of an exponent, of a spread scalar those of the scalar."""
    if exponent.shape and _is_spread(exponent):
        exponent = build.product(*exponent.args[:-1])
    weight, body = unweighted(exponent)
    if body.op != "sum":
        return [(weight, body)]
    return [(weight * own, term) for own, term in terms_of(body)]
