"""SymPy's numbers as matrix form, and in the bodies of entry-wise functions as nodes of the argument's shape."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import sympy
from sympy.core.function import AppliedUndef

from matdiff.interop.reader import NAME, Bound, Missing, Read, Reader, fraction, name_of, spread, total, weight_of
from matdiff.interop.scalars import ASSUMED, ours
from matdiff.tree import build, unknown
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node, Shape


def _symbol(reader: Reader, part: sympy.Symbol, _: Bound, shape: Shape) -> Node:
    if part.is_real is False:
        raise Missing(part)
    name = name_of(part)
    if name in reader.sizes:
        return spread(build.size_number(symbol(name)), shape)
    words = [word for word in ASSUMED if getattr(part, f"is_{word}")]
    words = [word for word in words if word != "nonnegative" or "positive" not in words]
    return spread(build.variable(name, (), words), shape)


def _number(_: Reader, part: sympy.Number, __: Bound, shape: Shape) -> Node:
    value = fraction(part)
    if not shape:
        return build.number(value)
    return spread(build.number(1), shape) if value == 1 else build.total([(value, build.ones(shape))])


def _add(reader: Reader, part: sympy.Add, bound: Bound, shape: Shape) -> Node:
    return total(_weighted(reader, term, bound, shape) for term in part.args)


def _weighted(reader: Reader, term: sympy.Expr, bound: Bound, shape: Shape) -> tuple[Fraction, Node]:
    if not isinstance(term, sympy.Mul):
        return Fraction(1), reader.read(term, bound, shape)
    weight, factors = weight_of(term.args)
    moving = [factor for factor in factors if factor.free_symbols & bound.keys()]
    others = reader.all(factor for factor in factors if factor not in moving)
    if not moving:
        return weight, spread(build.product(*others), shape)
    nodes = reader.all(moving, bound, shape)
    return weight, build.product(*others, build.hadamard(*nodes) if shape else build.product(*nodes))


def _mul(reader: Reader, part: sympy.Mul, bound: Bound, shape: Shape) -> Node:
    return total([_weighted(reader, part, bound, shape)])


def _pow(reader: Reader, part: sympy.Pow, bound: Bound, shape: Shape) -> Node:
    base, exponent = part.args
    if base == sympy.E:
        return build.apply("exp", reader.read(exponent, bound, shape))
    if exponent.is_Rational:
        return build.power(reader.read(base, bound, shape), fraction(exponent))
    return build.apply("pow", *reader.all((base, exponent), bound, shape))


def _function(reader: Reader, part: sympy.Function, bound: Bound, shape: Shape) -> Node:
    name, argument = ours(part)
    if not name:
        raise Missing(part)
    return build.apply(name, reader.read(argument, bound, shape))


def _log(reader: Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    if isinstance(part.args[0], sympy.Determinant):
        return spread(build.call("logdet", (reader.read(part.args[0].arg),), ()), shape)
    return build.apply("log", reader.read(part.args[0], bound, shape))


def _extreme(reader: Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """The largest of several numbers, by `max(a, b) = b + relu(a - b)`; the smallest, by `a - relu(a - b)`."""
    nodes = sorted(reader.all(part.args, bound, shape), key=lambda node: (node.op in ("number", "sum"), node.key))
    sign = 1 if isinstance(part, sympy.Max) else -1

    def larger(a: Node, b: Node) -> Node:
        is_zero = b == build.number(0) or (b.op == "sum" and not any(b.attrs))
        if sign > 0 and is_zero:
            return build.apply("relu", a)
        apart = total([(Fraction(1), a), (Fraction(-1), b)])
        return total([(Fraction(1), b if sign > 0 else a), (Fraction(sign), build.apply("relu", apart))])

    return reduce(larger, nodes)


def _undefined(reader: Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """An unknown function of numbers."""
    name = str(part.func)
    if not NAME.fullmatch(name):
        raise Missing(part)
    arguments = reader.all(part.args, bound, shape)
    return unknown.entrywise(name, tuple(arguments), (0,) * len(arguments))


def _derivative(reader: Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """A derivative of an unknown function by its arguments, as it stands or at a place."""
    inner, places = part, dict[sympy.Basic, sympy.Basic]()
    if isinstance(part, sympy.Subs):
        inner, places = part.expr, dict(zip(part.variables, part.point, strict=True))
    if not isinstance(inner, sympy.Derivative) or not isinstance(inner.expr, AppliedUndef):
        raise Missing(part)
    by = dict(inner.variable_count)
    arguments = inner.expr.args
    if not set(by) <= set(arguments) or len(set(arguments)) < len(arguments):
        raise Missing(part)
    orders = tuple(int(by.get(argument, 0)) for argument in arguments)
    if sum(orders) > unknown.HIGHEST_ORDER:
        raise Missing(part)
    nodes = reader.all((places.get(argument, argument) for argument in arguments), bound, shape)
    return unknown.entrywise(str(inner.expr.func), tuple(nodes), orders)


def _pi(_: Reader, __: sympy.Expr, ___: Bound, shape: Shape) -> Node:
    return spread(build.pi(), shape)


def _e(_: Reader, __: sympy.Expr, ___: Bound, shape: Shape) -> Node:
    return spread(build.apply("exp", build.number(1)), shape)


SCALARS: Mapping[type, Read] = {
    sympy.Symbol: _symbol,
    sympy.Number: _number,
    type(sympy.pi): _pi,
    type(sympy.E): _e,
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.log: _log,
    sympy.Max: _extreme,
    sympy.Min: _extreme,
    AppliedUndef: _undefined,
    sympy.Derivative: _derivative,
    sympy.Subs: _derivative,
    sympy.Function: _function,
}
