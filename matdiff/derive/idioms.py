"""Idioms of index form: several nodes that have a name of their own, recognised before they are differentiated.

Differentiating `log(sum(exp(x)))` entry by entry gives a quotient that is long and overflows; as `logsumexp(x)` its
derivative is `softmax(x)`. Each rule takes the argument of a map and answers with the shorter node, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.kroneckers import inverse_of_kronecker
from matdiff.functions.defined import is_defined, row_of
from matdiff.tree import einsum
from matdiff.tree.node import Attributes, Node, Shape, make

PLAIN = (Fraction(0), Fraction(1), Fraction(1, 2), Fraction(-1))


def simplify_map(attrs: Attributes, args: tuple[Node, ...]) -> Node:
    """The map `attrs` of `args` in index form, in its shortest known writing."""
    if attrs[0] == "power":
        exponent = attrs[1]
        assert isinstance(exponent, Fraction)
        if exponent < 0:
            flipped = _one_plus_exp(args[0])
            if flipped is not None:
                return einsum.power(_map("sigmoid", _negative(flipped)), -exponent)
        return einsum.power(args[0], exponent)
    constant = _at_zero(attrs, args)
    if constant is not None:
        return constant
    for rule in RULES.get(str(attrs[0]), ()):
        found = rule(args[0])
        if found is not None:
            return found
    return make("map", args, attrs, args[0].shape)


def _at_zero(attrs: Attributes, args: tuple[Node, ...]) -> Node | None:
    """The value of a function where its arguments vanish, if it is a number that can be written: `exp(0)` is 1."""
    row = row_of(attrs) if len(attrs) == 1 or is_defined(attrs) else None
    if row is None or not all(map(einsum.is_zero, args)):
        return None
    try:
        value = complex(row.value(*(0.0 for _ in args), *attrs[1:]))
    except (ValueError, ArithmeticError):
        return None
    known = next((number for number in PLAIN if value == float(number)), None)
    return None if known is None else einsum.constant(known, args[0].shape)


def _map(name: str, x: Node) -> Node:
    return make("map", (x,), (name,), x.shape)


def _negative(x: Node) -> Node:
    return einsum.total([(-1, x)], x.shape)


def _inner_of(name: str, x: Node) -> Node | None:
    return x.args[0] if x.op == "map" and x.attrs == (name,) else None


def _one_plus_exp(x: Node) -> Node | None:
    """The t of `1 + exp(t)`."""
    if x.op != "sum" or len(x.args) != 2 or x.attrs != (1, 1):
        return None
    for one, other in (x.args, x.args[::-1]):
        inner = _inner_of("exp", other)
        if inner is not None and einsum.is_all_ones(one):
            return inner
    return None


def _log_of_exp(x: Node) -> Node | None:
    return _inner_of("exp", x)


def _exp_of_log(x: Node) -> Node | None:
    return _inner_of("log", x)


def _log_of_det(x: Node) -> Node | None:
    return make("call", x.args, ("logdet",), ()) if x.op == "call" and x.attrs == ("det",) else None


def _log_of_size_of_det(x: Node) -> Node | None:
    inner = _inner_of("abs", x)
    return None if inner is None else _log_of_det(inner)


def _log_of_one_plus_exp(x: Node) -> Node | None:
    inner = _one_plus_exp(x)
    return None if inner is None else _map("softplus", inner)


def _log_of_sum_of_exp(x: Node) -> Node | None:
    if x.op != "einsum" or len(x.args) != 1 or x.shape:
        return None
    wires, _, sizes = einsum.parts(x)
    inner = _inner_of("exp", x.args[0])
    is_plain_sum = inner is not None and len(wires[0]) == 1 == len(sizes)
    return make("call", (inner,), ("logsumexp",), ()) if inner is not None and is_plain_sum else None


RULES: dict[str, tuple[Callable[[Node], Node | None], ...]] = {
    "log": (_log_of_exp, _log_of_det, _log_of_size_of_det, _log_of_one_plus_exp, _log_of_sum_of_exp),
    "exp": (_exp_of_log,),
}


def simplify_total(total: Node) -> Node:
    """`sum(log(diag(chol(S))))` as `logdet(S)/2`, as likelihoods of normal distributions are computed."""
    if total.op != "einsum" or total.shape or len(total.args) != 1:
        return total
    inner = _inner_of("log", total.args[0])
    is_diagonal = inner is not None and inner.op == "einsum" and einsum.parts(inner)[:2] == (((0, 0),), (0,))
    if inner is None or not is_diagonal or inner.args[0].attrs != ("chol",):
        return total
    return einsum.total([(Fraction(1, 2), make("call", inner.args[0].args, ("logdet",), ()))], ())


def simplify_call(attrs: Attributes, args: tuple[Node, ...], shape: Shape) -> Node:
    """A function of whole matrices in its shortest writing: `inv(c*A.T)` is `inv(A).T/c`."""
    rule = CALL_RULES.get(str(attrs[0]))
    found = rule(args[0]) if rule else None
    return make("call", args, attrs, shape) if found is None else found


def _inverse(x: Node) -> Node | None:
    if x.op == "call" and x.attrs == ("inv",):
        return x.args[0]
    if x.op == "einsum" and einsum.parts(x)[:2] == (((0,),), (0, 0)):
        return einsum.from_letters("a->aa", einsum.power(x.args[0], Fraction(-1)))
    weight, body = einsum.unweighted(x)
    if body is None:
        return None
    scalars, rest = _split_scalars(body)
    if weight == 1 and not scalars and rest is body:
        return _turned(x, "inv", (1, 0)) or inverse_of_kronecker(x, _inverted)
    inner = _inverted(rest)
    powers = [einsum.power(scalar, Fraction(-1)) for scalar in scalars]
    whole = einsum.einsum((*powers, inner), (*((),) * len(powers), (0, 1)), (0, 1), inner.shape)
    return einsum.total([(1 / weight, whole)], whole.shape)


def _inverted(x: Node) -> Node:
    return simplify_call(("inv",), (x,), x.shape)


def _split_scalars(node: Node) -> tuple[list[Node], Node]:
    """The scalar factors of an einsum, and the einsum without them."""
    if node.op != "einsum" or () not in einsum.parts(node)[0]:
        return [], node
    wires, output, sizes = einsum.parts(node)
    kept = [k for k, ends in enumerate(wires) if ends]
    rest = einsum.einsum([node.args[k] for k in kept], [wires[k] for k in kept], output, sizes)
    return [factor for factor, ends in zip(node.args, wires, strict=True) if not ends], rest


def _turned(x: Node, name: str, order: tuple[int, ...]) -> Node | None:
    """The function of the matrix whose transpose `x` is, turned by `order`."""
    if x.op != "einsum" or len(x.args) != 1 or einsum.parts(x)[0] != ((1, 0),) or einsum.parts(x)[1] != (0, 1):
        return None
    inner = simplify_call((name,), x.args, x.args[0].shape if order else ())
    return einsum.permuted(inner, order) if order else inner


def _determinant(x: Node) -> Node | None:
    if x.op == "call" and x.attrs == ("inv",):
        return einsum.power(simplify_call(("det",), x.args, ()), Fraction(-1))
    return _turned(x, "det", ())


def _log_determinant(x: Node) -> Node | None:
    if x.op == "call" and x.attrs == ("inv",):
        return einsum.total([(-1, simplify_call(("logdet",), x.args, ()))], ())
    return _turned(x, "logdet", ())


CALL_RULES: dict[str, Callable[[Node], Node | None]] = {
    "inv": _inverse,
    "det": _determinant,
    "logdet": _log_determinant,
}


Factor = tuple[Node, tuple[int, ...]]


class _Wish(NamedTuple):
    """A factor `base.^exponent` that would be one with another, as `merged`; anywhere, or `is_beside` it."""

    base: Node
    exponent: Fraction | int
    is_beside: bool
    merged: Node


QUOTIENTS = {"sin": ("cos", "tan"), "sinh": ("cosh", "tanh")}
WISHING = {"exp", "sign", "heaviside", *QUOTIENTS}


def merge_factors(factors: list[Factor]) -> list[Factor]:
    """Factors of one einsum that have a name together folded: `exp(x)/sum(exp(x))` is `softmax(x)`.

    What a factor goes together with is looked up, not looked for among all pairs.
    """
    while any(_wishes_at_all(factor) for factor, _ in factors):
        places: dict[tuple[Node, Fraction], list[int]] = {}
        for position, (factor, _) in enumerate(factors):
            places.setdefault(einsum.base_and_exponent(factor), []).append(position)
        pair = next(_pairs(factors, places), None)
        if pair is None:
            break
        position, other, merged = pair
        rest = [item for k, item in enumerate(factors) if k not in (position, other)]
        factors = [*rest, (merged, factors[position][1])]
    return factors


def _wishes_at_all(factor: Node) -> bool:
    return factor.op == "map" and factor.attrs[0] in WISHING


def _pairs(factors: list[Factor], places: dict[tuple[Node, Fraction], list[int]]) -> Iterator[tuple[int, int, Node]]:
    """The places of two factors that are one, and that one."""
    for position, (factor, ends) in enumerate(factors):
        for wish in _wishes(factor) if _wishes_at_all(factor) else ():
            for other in places.get((wish.base, Fraction(wish.exponent)), ()):
                if other != position and (factors[other][1] == ends or not wish.is_beside):
                    yield position, other, wish.merged


def _wishes(factor: Node) -> Iterator[_Wish]:
    name, x = str(factor.attrs[0]), factor.args[0]
    if name == "exp":
        yield _Wish(_map("sigmoid", _negative(x)), 1, True, _map("sigmoid", x))
        if len(x.shape) == 1:
            softmax = make("call", (x,), ("softmax",), x.shape)
            yield _Wish(einsum.from_letters("a->", factor), -1, False, softmax)
    if name == "sign":
        yield _Wish(*einsum.base_and_exponent(x), True, _map("abs", x))
        yield _Wish(_map("abs", x), 1, True, x)
    if name == "heaviside":
        yield _Wish(_map("relu", x), 1, True, _map("relu", x))
    if name in QUOTIENTS:
        below, whole = QUOTIENTS[name]
        yield _Wish(_map(below, x), -1, True, _map(whole, x))
