"""Definitions of functions by simpler ones, for derivations that begin with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from matdiff.explain.formula import ONE, Entry, Formula, Map, Total, product, total
from matdiff.explain.powers import joined, powers_of
from matdiff.tree import einsum
from matdiff.tree.node import Node, make


def definition_of(formula: Formula, variable: Node) -> Formula | None:
    """What a function of the scalar variable itself is by definition; None for anything else."""
    if variable.shape or not isinstance(formula, Map) or formula.args != (Entry(variable),):
        return None
    rule = DEFINITIONS.get(str(formula.attrs[0]))
    return rule(Entry(variable)) if rule else None


def through_value(value: Formula, definition: Formula, found: Formula) -> Iterator[tuple[str, Formula]]:
    """How the derivative `e/g²` of 1/g is told by the value f: `f e/g`, e as g less the rest, `f (1 − …/g)`."""
    (bracket, exponent), *others = powers_of(definition)[1].items()
    weight, powers = powers_of(found)
    rest = joined(weight, {base: e for base, e in powers.items() if base != bracket})
    is_inverse = not others and exponent == -1 and powers.get(bracket) == -2
    if not is_inverse or not isinstance(bracket, Total) or rest not in bracket.terms:
        return
    less = [product((term,), -1) for term in bracket.terms if term != rest]
    yield "function", product((value, rest, definition))
    yield "completed", product((value, total((bracket, *less)), definition))
    yield "taken_apart", product((value, total((ONE, *(product((term, definition)) for term in less)))))


def opened(value: Node) -> Node:
    """A value in index form that is a `softmax` or `logsumexp`, by its definition; any other as it is."""
    name = value.attrs[0] if value.op == "call" and len(value.args) == 1 else ""
    if name not in ("softmax", "logsumexp") or len(value.args[0].shape) != 1 or len(value.attrs) > 1:
        return value
    inner = value.args[0]
    raised = make("map", (inner,), ("exp",), inner.shape)
    whole = einsum.einsum((raised,), ((0,),), (), inner.shape)
    if name == "logsumexp":
        return make("map", (whole,), ("log",), ())
    return einsum.einsum((raised, make("map", (whole,), ("power", Fraction(-1)), ())), ((0,), ()), (0,), inner.shape)


def _exp(exponent: Formula) -> Formula:
    return Map(("exp",), (exponent,), ())


def _inverse(formula: Formula) -> Formula:
    return Map(("power", Fraction(-1)), (formula,), ())


def _minus(formula: Formula) -> Formula:
    return product((formula,), -1)


DEFINITIONS: dict[str, Callable[[Formula], Formula]] = {
    "sigmoid": lambda t: _inverse(total((ONE, _exp(_minus(t))))),
    "softplus": lambda t: Map(("log",), (total((ONE, _exp(t))),), ()),
}
