"""The interval in which every entry of a node lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce

from matdiff.functions.defined import Arithmetic, is_defined, run
from matdiff.functions.properties import (
    ENTRIES,
    IMAGES,
    PRODUCTS_OF_ENTRIES,
    SAME_ENTRIES,
    SAME_ENTRIES_OR_ZERO,
    SUMS_OF_ENTRIES,
    Image,
)
from matdiff.properties.record import Known
from matdiff.tree.attributes import body_in, exponent_in, properties_of, terms_of
from matdiff.tree.build import split_product
from matdiff.tree.interval import EVERYTHING, OF_SIGN, Interval, add, between, hull, meet, multiply, point, power, scale
from matdiff.tree.node import Attributes, Node
from matdiff.tree.properties import SIGNS
from matdiff.tree.unknown import is_unknown

_ZERO_OR_ONE = between(0, 1, False, False)
_CONSTANTS = {"ones": point(1), "zeros": point(0), "pi": between(3, 4)}


def entries_of(node: Node, known: Known) -> Interval:
    """What the entries lie between, as far as that follows from those of the arguments."""
    rule = None if is_unknown(node) else _RULES.get(node.op)
    return rule(node, known) if rule else EVERYTHING


def _of_variable(node: Node, _: Known) -> Interval:
    return reduce(meet, (OF_SIGN[word] for word in properties_of(node) if word in SIGNS), EVERYTHING)


def _of_number(node: Node, _: Known) -> Interval:
    (value,) = node.attrs
    return point(value) if isinstance(value, Fraction) else between(1, float("inf"), False)


def _of_constant(node: Node, _: Known) -> Interval:
    return _CONSTANTS.get(str(node.attrs[0]), _ZERO_OR_ONE)


def _of_sum(node: Node, known: Known) -> Interval:
    total = point(0)
    for weight, term in terms_of(node):
        total = add(total, scale(weight, known(term).entries))
    return total


def _of_product(node: Node, known: Known) -> Interval:
    scalars, chain = split_product(node)
    factors = [joint(scalars, known)] if scalars else []
    if chain:
        parts = [known(factor).entries for factor in chain]
        factors.append(parts[0] if len(parts) == 1 else _sum_of_products(parts))
    return reduce(multiply, factors)


def _of_hadamard(node: Node, known: Known) -> Interval:
    return joint(node.args, known)


def joint(factors: Sequence[Node], known: Known) -> Interval:
    """The product entry by entry, 1 of no factors; equal factors are one power, so that a square is nonnegative."""
    parts = [
        power(known(factor).entries, Fraction(factors.count(factor)))
        if factors.count(factor) > 1
        else known(factor).entries
        for factor in dict.fromkeys(factors)
    ]
    return reduce(multiply, parts, point(1))


def _sum_of_products(parts: Sequence[Interval]) -> Interval:
    """A sum of some number of products, of which the sign alone is kept."""
    found = EVERYTHING
    for sign in reduce(multiply, parts).signs:
        found = meet(found, OF_SIGN[sign])
    return found


def _of_same(node: Node, known: Known) -> Interval:
    return known(node.args[0]).entries


def _of_map(node: Node, known: Known) -> Interval:
    return _mapped(node.attrs, [known(arg).entries for arg in node.args])


def _mapped(attrs: Attributes, operands: Sequence[Interval]) -> Interval:
    """The values of an entry-wise function where its arguments lie; of one of the user by its body."""
    if is_defined(attrs):
        return run(body_in(attrs), operands, _INTERVALS)
    base, name = operands[0], str(attrs[0])
    if name == "power":
        return power(base, exponent_in(attrs))
    image = IMAGES[name]
    if image.is_of_base:
        return _sum_of_products((base,)) if "positive" in base.signs or "nonnegative" in base.signs else EVERYTHING
    return meet(image.values, _beyond_root(image, base))


_INTERVALS: Arithmetic[Interval] = Arithmetic(
    constant=point,
    pi=lambda: _CONSTANTS["pi"],
    total=lambda weights, terms: reduce(add, (scale(w, t) for w, t in zip(weights, terms, strict=True)), point(0)),
    product=lambda factors: reduce(multiply, factors),
    apply=_mapped,
)


def _beyond_root(image: Image, base: Interval) -> Interval:
    """The sign of an increasing function, by the side of its root on which the argument lies."""
    if not image.is_increasing or image.root is None:
        return EVERYTHING
    beyond = add(base, point(-image.root))
    found = EVERYTHING
    for sign in beyond.signs:
        is_flat = sign == "negative" and image.values.low == 0
        found = meet(found, OF_SIGN["nonpositive" if is_flat else sign])
    return found


def _of_call(node: Node, known: Known) -> Interval:
    name = str(node.attrs[0])
    if name in ENTRIES:
        return ENTRIES[name]
    parts = [known(arg).entries for arg in node.args]
    if name in SAME_ENTRIES:
        return hull(parts[0], point(0)) if len(node.shape) == 2 and name == "diag" else parts[0]
    if name in SAME_ENTRIES_OR_ZERO:
        return hull(parts[0], point(0))
    if name in SUMS_OF_ENTRIES:
        return _sum_of_products(parts)
    return reduce(multiply, parts) if name in PRODUCTS_OF_ENTRIES else EVERYTHING


def _of_block(node: Node, known: Known) -> Interval:
    return reduce(hull, (known(arg).entries for arg in node.args))


def _of_einsum(node: Node, known: Known) -> Interval:
    if not node.args:
        return OF_SIGN["nonnegative"]
    signs = _sum_of_products([known(arg).entries for arg in node.args])
    return hull(signs, point(0))


_RULES: dict[str, Callable[[Node, Known], Interval]] = {
    "var": _of_variable,
    "number": _of_number,
    "size": _of_number,
    "constant": _of_constant,
    "sum": _of_sum,
    "product": _of_product,
    "hadamard": _of_hadamard,
    "transpose": _of_same,
    "map": _of_map,
    "call": _of_call,
    "block": _of_block,
    "einsum": _of_einsum,
}
