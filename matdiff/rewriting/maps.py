"""Entry-wise functions that meet: exponentials, logarithms, powers, what is known to have a sign."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.properties.infer import holds
from matdiff.recognise.chains import multiplied
from matdiff.recognise.entrywise import mapped
from matdiff.recognise.sums import entrywise, summed
from matdiff.recognise.terms import is_constant, is_zero, scaled, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.rewriting.terms import inner_of, merged_in_pairs, negative
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node

ONE, HALF = Fraction(1), Fraction(1, 2)


def products(node: Node) -> Node | None:
    """`exp(x).*exp(y)` as `exp(x + y)`, `sqrt(x).*sqrt(y)` as `sqrt(x.*y)`, `sigmoid(x).*(1 + exp(-x))` as 1."""
    if node.op != "hadamard" and (node.op != "product" or node.shape):
        return None
    parts = merged_in_pairs(node.args, _product)
    if parts is None:
        return None
    return entrywise(parts) if node.op == "hadamard" else multiplied(parts)


def _product(first: Node, second: Node) -> Node | None:
    (base, exponent), (other, more) = base_and_exponent(first), base_and_exponent(second)
    x, y = inner_of("exp", base), inner_of("exp", other)
    if x is not None and y is not None and base.shape == other.shape:
        total = summed([(exponent, x), (more, y)], x.shape)
        return build.ones(x.shape) if is_zero(total) else mapped(("exp",), (total,))
    if exponent == more and exponent.denominator > 1 and base.op != "size" != other.op:
        return mapped(("power", exponent), (entrywise((base, other)),))
    positive, negative_part = inner_of("relu", first), inner_of("relu", second)
    if positive is not None and negative_part is negative(positive):
        return build.zeros(base.shape)
    logistic = inner_of("sigmoid", base)
    is_inverse = logistic is not None and other is _one_plus(mapped(("exp",), (negative(logistic),)))
    return build.ones(base.shape) if is_inverse and exponent == more == 1 else None


def quotients(node: Node) -> Node | None:
    """`A*exp(x)/sum(exp(x))` as `A*softmax(x)`, and so where `exp(x)` stands transposed or in an entry-wise product."""
    scalars, chain = build.split_product(node)
    for scalar in scalars:
        base, exponent = base_and_exponent(scalar)
        total = inner_of("sum", base) if exponent == -1 else None
        if total is None or inner_of("exp", total) is None or len(total.shape) != 1:
            continue
        share = build.call("softmax", total.args, total.shape)
        rest = [other for other in scalars if other is not scalar]
        for place, factor in enumerate(chain):
            body = factor.args[0] if factor.op == "transpose" else factor
            parts = body.args if body.op == "hadamard" else (body,)
            if total in parts:
                whole = entrywise([share if part is total else part for part in parts])
                turned = transposed(whole) if factor.op == "transpose" else whole
                return multiplied((*rest, *chain[:place], turned, *chain[place + 1 :]))
    return None


def _one_plus(node: Node) -> Node:
    return summed([(ONE, node), (ONE, build.ones(node.shape))], node.shape)


def functions(node: Node) -> Node | None:
    """Functions of functions: `exp(c*log(x))` is a power, `sqrt(x.^2)` is `abs(x)`, signs that are known."""
    if node.op == "call" and node.attrs == ("softmax",) and len(node.shape) == 1:
        kept = [(w, t) for w, t in terms_of(node.args[0]) if not is_constant(t, "ones") and not _is_spread(t)]
        return build.call("softmax", (summed(kept, node.shape),), node.shape) if len(kept) < _count(node) else None
    if node.op != "map" or len(node.args) != 1:
        return None
    rule = FUNCTIONS.get(str(node.attrs[0]))
    return None if rule is None else rule(node.args[0], node)


def _count(node: Node) -> int:
    return len(terms_of(node.args[0]))


def _is_spread(term: Node) -> bool:
    chain = build.split_product(term)[1]
    return len(chain) == 1 and is_constant(chain[0], "ones")


def _exp(x: Node, _: Node) -> Node | None:
    if x.op == "call" and x.attrs == ("log_softmax",):
        return build.call("softmax", x.args, x.shape)
    weight, body = unweighted(x)
    inner = inner_of("log", body)
    return None if inner is None else mapped(("power", weight), (inner,))


def _log(x: Node, _: Node) -> Node | None:
    inner = inner_of("softmax", x)
    return None if inner is None else build.call("log_softmax", (inner,), x.shape)


def _power(x: Node, node: Node) -> Node | None:
    (base, inner), exponent = base_and_exponent(x), base_and_exponent(node)[1]
    if inner.denominator == 1 and inner % 2 == 0 and exponent.denominator > 1:
        return mapped(("power", inner * exponent), (mapped(("abs",), (base,)),))
    size = inner_of("abs", x)
    return mapped(("power", exponent), (size,)) if size is not None and _is_even(exponent) else None


def _is_even(exponent: Fraction) -> bool:
    return exponent.denominator == 1 and exponent % 2 == 0


def _abs(x: Node, _: Node) -> Node | None:
    weight, body = unweighted(x)
    if weight != 1:
        return scaled(abs(weight), mapped(("abs",), (body,)))
    if holds(x, "nonnegative"):
        return x
    return negative(x) if holds(x, "nonpositive") else None


def _relu(x: Node, _: Node) -> Node | None:
    if holds(x, "nonnegative"):
        return x
    return build.zeros(x.shape) if holds(x, "nonpositive") else None


def _sign(x: Node, _: Node) -> Node | None:
    if holds(x, "positive"):
        return build.ones(x.shape)
    return scaled(-1, build.ones(x.shape)) if holds(x, "negative") else None


FUNCTIONS: dict[str, Callable[[Node, Node], Node | None]] = {
    "exp": _exp,
    "log": _log,
    "power": _power,
    "abs": _abs,
    "relu": _relu,
    "sign": _sign,
}


def sums(node: Node) -> Node | None:
    """`log(x) + log(y)` as `log(x.*y)`, `sin(x).^2 + cos(x).^2` as 1, `relu(x) - relu(-x)` as x, and the like."""
    if node.op != "sum":
        return None
    terms = terms_of(node)
    logistic = [_minus_log_sigmoid(term) for term in terms]
    if any(logistic):
        return summed([new or old for new, old in zip(logistic, terms, strict=True)], node.shape)
    for place, first in enumerate(terms):
        for other in range(len(terms)):
            for rule in PAIRS:
                joined = None if other == place else rule(first, terms[other])
                if joined is not None:
                    rest = [term for k, term in enumerate(terms) if k not in (place, other)]
                    return summed([(ONE, joined), *rest], node.shape)
    return None


def _minus_log_sigmoid(term: Weighted) -> Weighted | None:
    """`-log(sigmoid(x))` as `softplus(-x)`."""
    weight, node = term
    inner = inner_of("log", node)
    x = None if inner is None else inner_of("sigmoid", inner)
    return None if x is None else (-weight, mapped(("softplus",), (negative(x),)))


def _logarithms(first: Weighted, second: Weighted) -> Node | None:
    (weight, log), (own, other) = first, second
    x, y = inner_of("log", log), inner_of("log", other)
    if x is None or y is None or abs(weight) != abs(own) or weight < 0 < own:
        return None
    power = mapped(("power", own / weight), (y,))
    return scaled(weight, mapped(("log",), (entrywise((x, power)),)))


def _squares(first: Weighted, second: Weighted) -> Node | None:
    (weight, square), (own, other) = first, second
    for name, partner, sign in (("sin", "cos", 1), ("cosh", "sinh", -1)):
        (base, two), (last, more) = base_and_exponent(square), base_and_exponent(other)
        x, y = inner_of(name, base), inner_of(partner, last)
        if x is not None and x is y and two == more == 2 and own == sign * weight:
            return scaled(weight, build.ones(square.shape))
    return None


def _halves(first: Weighted, second: Weighted) -> Node | None:
    """`relu(x) - relu(-x)` is x, `relu(x) + relu(-x)` is `abs(x)`, `sigmoid(x) - sigmoid(-x)` is `tanh(x/2)`."""
    (weight, part), (own, other) = first, second
    for name in ("relu", "sigmoid", "softplus"):
        x, y = inner_of(name, part), inner_of(name, other)
        if x is None or y is None or negative(x) is not y or abs(weight) != abs(own):
            continue
        if own == weight:
            sums_ = {"relu": mapped(("abs",), (x,)), "sigmoid": build.ones(x.shape)}
            return scaled(weight, sums_[name]) if name in sums_ else None
        return scaled(weight, x if name != "sigmoid" else mapped(("tanh",), (scaled(HALF, x),)))
    return None


def _complement(first: Weighted, second: Weighted) -> Node | None:
    """`1 - sigmoid(-x)` is `sigmoid(x)`."""
    (weight, part), (own, one) = first, second
    x = inner_of("sigmoid", part)
    if x is None or not is_constant(one, "ones") or own != -weight:
        return None
    return scaled(own, mapped(("sigmoid",), (negative(x),)))


def _log_softmax(first: Weighted, second: Weighted) -> Node | None:
    """`x - logsumexp(x)` is `log_softmax(x)`."""
    (weight, x), (own, part) = first, second
    chain = part.args if part.op == "product" else ()
    if own != -weight or len(chain) != 2 or not is_constant(chain[1], "ones") or len(x.shape) != 1:
        return None
    return scaled(weight, build.call("log_softmax", (x,), x.shape)) if inner_of("logsumexp", chain[0]) is x else None


def _exponentials(first: Weighted, second: Weighted) -> Node | None:
    """`exp(x) - exp(-x)` is `2*sinh(x)`, `exp(x) + exp(-x)` is `2*cosh(x)`."""
    (weight, part), (own, other) = first, second
    x, y = inner_of("exp", part), inner_of("exp", other)
    is_short = x is not None and unweighted(x)[0] > 0
    if x is None or y is None or not is_short or negative(x) is not y or abs(weight) != abs(own):
        return None
    return scaled(2 * weight, mapped(("cosh" if own == weight else "sinh",), (x,)))


def _hyperbolic(first: Weighted, second: Weighted) -> Node | None:
    """`2*sigmoid(2*x) - 1` is `tanh(x)`."""
    (weight, part), (own, one) = first, second
    x = inner_of("sigmoid", part)
    if x is None or not is_constant(one, "ones") or own != -weight / 2:
        return None
    return scaled(-own, mapped(("tanh",), (scaled(HALF, x),)))


PAIRS = (_logarithms, _squares, _halves, _exponentials, _hyperbolic, _complement, _log_softmax)
