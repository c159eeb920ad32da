"""How firmly a statement that holds is known to hold: proved, proved modulo a prime, or equal in numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from matdiff.derive.canonical import canonical
from matdiff.engine import ORDERS, first_derivatives, posed, second_derivative
from matdiff.errors import MatdiffError
from matdiff.functions.defined import written_out
from matdiff.parsing.read import Scope, Statement
from matdiff.tree.node import Node
from matdiff.verify.modular import check_modular

PROVED, PROVED_MODULO, NUMERICALLY = STRENGTHS = ("proved", "proved mod p", "numerically equal")


class Proof(NamedTuple):
    """The strongest of `STRENGTHS` that was reached, with the chance that it is wrong where that is known."""

    strength: str
    error_bound: float | None


def prove(statement: Statement, scope: Scope) -> Proof:
    """The proof of a statement that holds at random points; of an identity `A = B = C` the weakest of its parts."""
    read = posed(statement, scope)
    pairs = list(pairwise(read.sides))
    if statement.kind in ORDERS:
        value, claim = read.sides
        try:
            if ORDERS[statement.kind] == 2:
                right = second_derivative(value, read.wrt[0], read.structured)
            else:
                (right,) = first_derivatives(value, read.wrt, read.structured)
        except MatdiffError:
            return Proof(NUMERICALLY, None)
        pairs = [(right, claim)]
    elif statement.kind != "identity":
        return Proof(NUMERICALLY, None)
    return max((prove_equal(left, right) for left, right in pairs), key=_weakness)


def prove_equal(left: Node, right: Node) -> Proof:
    """The proof that two expressions which agree at random points are equal."""
    left, right = written_out((left, right))
    if _have_one_form(left, right):
        return Proof(PROVED, 0.0)
    found = check_modular(left, right)
    return Proof(PROVED_MODULO, found.error_bound) if found.status == "agrees" else Proof(NUMERICALLY, None)


def _weakness(proof: Proof) -> tuple[int, float]:
    return STRENGTHS.index(proof.strength), proof.error_bound or 0.0


def _have_one_form(left: Node, right: Node) -> bool:
    try:
        return canonical(left) is canonical(right)
    except MatdiffError:
        return False
