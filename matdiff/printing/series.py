"""The parts of the sum that the derivative of a matrix power is: Σ X^r*G*X^(k-1-r) over r from 0 to k-1."""

from __future__ import annotations

from fractions import Fraction

from matdiff.printing.context import Context
from matdiff.tree import build
from matdiff.tree.attributes import number_of, terms_of
from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of

# Letters that have a subscript in Unicode.
INDICES = "rsijtlpn"


def free_index(context: Context, node: Node) -> Node:
    """A letter that means nothing else, for what is summed over."""
    taken = {str(variable.attrs[0]) for variable in (*context.variables, *variables_of((node,)))} | context.size_names
    letter = next((letter for letter in INDICES if letter not in taken), "r_")
    return build.variable(letter, (), ("integer",))


def exponents_of_sum(exponent: Node, index: Node) -> tuple[Node, Node]:
    """`k - 1` and `k - 1 - r` for the exponent k and the index r."""
    number = Fraction(-1)
    kept: list[tuple[Fraction, Node]] = []
    for weight, term in terms_of(exponent):
        if term.op == "number":
            number += weight * number_of(term)
        else:
            kept.append((weight, term))
    constant = [(number, build.number(1))] if number else []
    if not kept:
        return build.number(number), build.total([*constant, (Fraction(-1), index)])
    return build.total([*kept, *constant]), build.total([*kept, *constant, (Fraction(-1), index)])
