"""Definitions of entry-wise functions by simpler ones, for derivations that begin with them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.explain.formula import ONE, Entry, Formula, Map, product, total
from matdiff.tree.node import Node


def definition_of(formula: Formula, variable: Node) -> Formula | None:
    """What a function of the scalar variable itself is by definition; None for anything else."""
    if variable.shape or not isinstance(formula, Map) or formula.args != (Entry(variable),):
        return None
    rule = DEFINITIONS.get(str(formula.attrs[0]))
    return rule(Entry(variable)) if rule else None


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
