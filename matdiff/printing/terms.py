"""What a node is written as: a quotient, a factor below a line, a product entry by entry."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from matdiff.tree import build
from matdiff.tree.attributes import exponent_of, is_power, number_of
from matdiff.tree.node import Node


class Quotient(NamedTuple):
    """A term taken apart: `weight*above*chain/below`, where `below` holds powers with negative exponents."""

    weight: Fraction
    above: tuple[Node, ...] = ()
    chain: tuple[Node, ...] = ()
    below: tuple[Node, ...] = ()


def take_apart(weight: Fraction, node: Node) -> Quotient:
    """A weighted node as a quotient: a number joins the weight, the last scalars go below where they are inverted."""
    if node.op == "number":
        return Quotient(abs(weight * number_of(node)))
    scalars, chain = build.split_product(node)
    cut = len(scalars)
    while cut and is_inverted(scalars[cut - 1]):
        cut -= 1
    return Quotient(weight, scalars[:cut], chain, scalars[cut:])


def is_zeros(node: Node) -> bool:
    """Whether `node` is a vector or matrix of zeros."""
    return node.op == "constant" and node.attrs == ("zeros",)


def is_unit(node: Node) -> bool:
    """Whether `node` is a unit vector."""
    return node.op == "constant" and node.attrs[0] == "unit"


def is_negative(weight: Fraction, node: Node) -> bool:
    """The sign that a weighted term of a sum is written with; a number brings its own."""
    return (weight if node.op != "number" else weight * number_of(node)) < 0


def is_inner_product(node: Node) -> bool:
    """Whether the scalar is a chain of matrices such as `x.T*A*y`."""
    return node.op == "product" and bool(node.args[0].shape)


def is_inverted(node: Node) -> bool:
    """Whether `node` is written below a line: a negative power of what is neither power, weighted nor a number."""
    if not is_power(node) or exponent_of(node) >= 0:
        return False
    base = node.args[0]
    is_weighted = base.op == "sum" and len(base.args) < 2
    return not is_power(base) and not is_weighted and base.op != "number"


def is_entrywise(node: Node) -> bool:
    """Whether `node` is written with entry-wise signs: a product, or a quotient such as `1./x`."""
    return node.op == "hadamard" or (bool(node.shape) and is_inverted(node))


def factors_of(node: Node) -> tuple[Node, ...]:
    """The factors of an entry-wise product; any other node is its own."""
    return node.args if node.op == "hadamard" else (node,)
