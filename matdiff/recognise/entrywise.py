"""Products of scalars, entry-wise products and powers: equal bases meet, weights and signs go in front.

Every function takes tidy parts and gives a tidy node of the same value. Scalars are the entry-wise products of shape
`()`, and stand in front of one matrix or chain as it is: `chains` multiplies matrices with each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import islice

from matdiff.recognise.khatri_rao import with_columns_joined
from matdiff.recognise.masks import TURNED, is_mask, is_triangle, masked
from matdiff.recognise.means import with_means, without_mean
from matdiff.recognise.measure import cost, factor_order
from matdiff.recognise.norms import is_norm, norms_of_rows, root_of_square, squared_norm
from matdiff.recognise.powers import merged
from matdiff.recognise.terms import collected_sum, is_constant, is_zero, scaled, unsigned, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.einsum import base_and_exponent, rational_power
from matdiff.tree.node import Attributes, Node, Shape, make


def times(*factors: Node) -> Node:
    """The product of scalars and of one matrix at most, which stays as it is."""
    assert sum(bool(factor.shape) for factor in factors) <= 1, factors
    return assembled(*taken_apart(factors))


def taken_apart(factors: Sequence[Node]) -> tuple[Fraction, list[Node], list[Node]]:
    """The weight, the scalars and the matrices of which a product of tidy factors is made, each in its order."""
    weight = Fraction(1)
    scalars: list[Node] = []
    chain: list[Node] = []
    for factor in factors:
        own, body = unsigned(factor)
        weight *= own
        if is_constant(body, "identity"):
            continue
        if body.op == "transpose" and body.args[0].op == "product":
            body = build.product(*(transposed(part) for part in reversed(body.args[0].args)))
        inner, outer = build.split_product(body) if body.shape or not _is_closed_chain(body) else ((body,), ())
        scalars.extend(inner)
        chain.extend(part for part in outer if not is_constant(part, "identity"))
    matrices = (part for factor in factors if factor.shape for part in build.split_product(unweighted(factor)[1])[1])
    return weight, scalars, chain or list(islice(matrices, 1))


def _is_closed_chain(node: Node) -> bool:
    return node.op == "product" and any(arg.shape for arg in node.args)


def assembled(weight: Fraction, scalars: list[Node], chain: list[Node]) -> Node:
    """The product of a weight, scalars and a tidy chain: powers of one scalar meet."""
    if not weight or any(is_zero(factor) for factor in (*scalars, *chain)):
        return build.zeros(build.chain_shape(chain))
    weight, scalars = _multiply_scalars(weight, scalars)
    return scaled(weight, build.product(*scalars, *chain) if scalars or chain else build.number(1))


def _multiply_scalars(weight: Fraction, scalars: list[Node]) -> tuple[Fraction, list[Node]]:
    exponents: dict[Node, Fraction] = {}
    for scalar in scalars:
        own, body = unweighted(without_mean(scalar))
        weight *= own
        for base, exponent in _scalar_powers(body):
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    _cancel_into_brackets(exponents)
    kept: list[Node] = []
    for base, exponent in merged(exponents).items():
        own, body = unweighted(mapped(("power", exponent), (base,))) if exponent else (Fraction(1), build.number(1))
        weight *= own
        if body.op != "number":
            kept.append(body)
    return weight, sorted(with_means(kept), key=factor_order)


def _scalar_powers(scalar: Node) -> list[tuple[Node, Fraction]]:
    """A scalar product, or a whole power of one, as bases with exponents."""
    base, exponent = base_and_exponent(scalar)
    root = root_of_square(base)
    if root is not None:
        return [(build.call("norm2", (root,), ()), 2 * exponent)]
    if base.op != "product" or _is_closed_chain(base) or exponent.denominator != 1:
        return [(base, exponent)]
    return [(inner, own * exponent) for inner, own in map(base_and_exponent, base.args)]


def _cancel_into_brackets(exponents: dict[Node, Fraction]) -> None:
    """`s*(a/s + b)` becomes `a + b*s`, and `1/(s*(a/s + b))` its inverse."""
    for bracket in [base for base, exponent in exponents.items() if base.op == "sum" and abs(exponent) == 1]:
        power = exponents[bracket]
        divisors = {base for term in bracket.args for base, own in map(base_and_exponent, _scalars_of(term)) if own < 0}
        met = [base for base in divisors if exponents.get(base, Fraction(0)) * power >= 1]
        if met:
            del exponents[bracket]
            for base in met:
                exponents[base] -= power
            whole = collected_sum([(weight, times(*met, term)) for weight, term in terms_of(bracket)], ())
            exponents[whole] = exponents.get(whole, Fraction(0)) + power


def _scalars_of(term: Node) -> tuple[Node, ...]:
    return build.split_product(term)[0] if term.op == "product" else (term,)


def entrywise_parts(factors: Sequence[Node]) -> tuple[Fraction, list[Node], dict[Node, Fraction]]:
    """The weight, the scalars and the powers of which an entry-wise product of these factors is made."""
    weight = Fraction(1)
    scalars: list[Node] = []
    exponents: dict[Node, Fraction] = {}
    for factor in factors:
        own, body = unsigned(factor)
        weight *= own
        inner, chain = build.split_product(body)
        if inner:
            scalars.extend(inner)
            body = build.product(*chain)
        for part in body.args if body.op == "hadamard" else (body,):
            base, exponent = base_and_exponent(part)
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    return weight, scalars, exponents


def raised(exponents: Mapping[Node, Fraction]) -> tuple[Fraction, list[Node]]:
    """The powers of which an entry-wise product is made, and the weight that stands before them."""
    weight = Fraction(1)
    parts: list[Node] = []
    for base, exponent in merged(exponents).items():
        if exponent and not is_constant(base, "ones"):
            own, body = (Fraction(1), base) if is_mask(base) else unweighted(mapped(("power", exponent), (base,)))
            weight *= own
            parts.append(body)
    return weight, parts


def hadamard_assembled(weight: Fraction, scalars: Sequence[Node], parts: Sequence[Node], shape: Shape) -> Node:
    """The entry-wise product of parts that do not meet, with scalars and a weight in front."""
    if not weight or any(is_zero(part) for part in parts):
        return build.zeros(shape)
    masks = [part for part in parts if is_mask(part)]
    others = [part for part in parts if not is_mask(part)]
    joined = sorted(with_columns_joined(others), key=factor_order)
    whole = scaled(weight, _turned_triangle(masked(masks, build.hadamard(*joined) if joined else build.ones(shape))))
    return times(*scalars, whole) if scalars else whole


def hadamard_without_units(factors: Sequence[Node]) -> Node:
    """The entry-wise product of tidy factors, none of which is a unit vector."""
    weight, scalars, exponents = entrywise_parts(factors)
    own, parts = raised(exponents)
    return hadamard_assembled(weight * own, scalars, parts, factors[0].shape)


def _turned_triangle(node: Node) -> Node:
    """The triangle of a transpose as the transpose of the other triangle, where that is shorter."""
    if not is_triangle(node) or cost(turned := transposed(node.args[0])) + 1 >= cost(node.args[0]):
        return node
    return build.transpose(build.call(TURNED[str(node.attrs[0])], (turned,), turned.shape))


def mapped(attrs: Attributes, args: Sequence[Node]) -> Node:
    """An entry-wise function of tidy arguments; powers of powers, products and norms are worked out."""
    scalars = [scalar for arg in args if (scalar := _spread_scalar(arg)) is not None] if args[0].shape else []
    if len(scalars) == len(args):
        return times(mapped(attrs, scalars), build.ones(args[0].shape))
    if attrs[0] == "power":
        exponent = attrs[1]
        assert isinstance(exponent, Fraction), attrs
        return _power(args[0], exponent)
    return make("map", tuple(args), attrs, args[0].shape)


def _spread_scalar(node: Node) -> Node | None:
    """The c of `c*ones`."""
    weight, body = unweighted(node)
    scalars, chain = build.split_product(body)
    if len(chain) != 1 or not is_constant(chain[0], "ones"):
        return None
    return scaled(weight, build.product(*scalars) if scalars else build.number(1))


def _power(base: Node, exponent: Fraction) -> Node:
    if exponent == 1 or is_constant(base, "ones"):
        return base
    if base.op == "call" and base.attrs == ("norm2",) and (exponent / 2).denominator == 1:
        square = squared_norm(base.args[0])
        return build.power(square, exponent / 2) if square.op == "product" else build.power(base, exponent)
    weight, body = unweighted(base)
    scale = rational_power(weight, exponent)
    if weight != 1:
        return build.power(base, exponent) if scale is None else scaled(scale, _power(body, exponent))
    inner, own = base_and_exponent(base)
    if own != 1 and (exponent.denominator == 1 or abs(own) <= 1 or is_norm(inner)):
        return _power(inner, own * exponent)
    root = root_of_square(base)
    if root is not None and exponent.denominator > 1:
        return _power(build.call("norm2", (root,), ()), 2 * exponent)
    norms = norms_of_rows(base)
    if norms is not None and exponent.denominator == 2:
        return _power(norms, 2 * exponent)
    return _power_of_product(base, exponent)


def _power_of_product(base: Node, exponent: Fraction) -> Node:
    """The power of each factor where the exponent is whole, of those that are norms in any case."""
    is_scalar_product = base.op == "product" and not base.shape and not _is_closed_chain(base)
    if exponent.denominator == 1 and (is_scalar_product or base.op == "hadamard"):
        powers = [_power(factor, exponent) for factor in base.args]
        return times(*powers) if is_scalar_product else hadamard_without_units(powers)
    lengths = [factor for factor in base.args if _is_power_of_norm(factor)] if is_scalar_product else []
    if not lengths:
        return build.power(base, exponent)
    rest = times(*(factor for factor in base.args if factor not in lengths))
    return times(*(_power(part, exponent) for part in (*lengths, rest)))


def _is_power_of_norm(node: Node) -> bool:
    return is_norm(base_and_exponent(node)[0]) or root_of_square(node) is not None
