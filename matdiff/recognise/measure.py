"""How long an expression is, and in which order a person writes operands."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.tree.attributes import exponent_of, is_power, terms_of, weights_of
from matdiff.tree.node import Node
from matdiff.tree.unknown import UNKNOWN
from matdiff.tree.walk import memoised

Order = tuple[object, ...]

LABEL_LENGTH = 60
EINSUM_COST = 10


def is_inverse_factor(node: Node) -> bool:
    """Whether `node` is written as a quotient when it is a factor: a negative power."""
    return is_power(node) and exponent_of(node) < 0


def written_numbers(weight: Fraction) -> int:
    """How many numbers a rational weight takes: none for 1, one for 2 and for 1/2, two for 2/3."""
    return (abs(weight.numerator) != 1) + (weight.denominator != 1)


def _is_one(node: Node) -> bool:
    """Whether a number times the term is written as the number alone."""
    return node.op == "number" or (node.attrs == ("ones",) and len(node.shape) == 1)


def _is_spread_scalar(node: Node) -> bool:
    """Whether the product is a scalar times ones, which in a sum is written as the scalar alone."""
    is_vector = node.op == "product" and len(node.shape) == 1 and node.args[-1].attrs == ("ones",)
    return is_vector and not any(arg.shape for arg in node.args[:-1])


def _count_operations(node: Node, cost_of: Callable[[Node], int]) -> int:
    inner = sum(cost_of(child) for child in node.args)
    match node.op:
        case "sum":
            signs = 1 if all(weight < 0 for weight in weights_of(node)) else 0
            scalings = sum(written_numbers(weight) for weight, term in terms_of(node) if not _is_one(term))
            return inner + max(len(node.args) - 1, 0) + signs + scalings
        case "product" | "hadamard":
            spared = sum(is_inverse_factor(child) and child.attrs[1] == -1 for child in node.args)
            is_all_inverse = all(is_inverse_factor(child) for child in node.args)
            is_spread = _is_spread_scalar(node)
            return inner + len(node.args) - 1 - spared + is_all_inverse - is_spread
        case "einsum":
            return inner + EINSUM_COST
        case "var" | "number" | "size" | "constant":
            return 0
    return inner + 1


def _degree(node: Node, degree_of: Callable[[Node], int]) -> int:
    degrees = [degree_of(child) for child in node.args]
    match node.op:
        case "var":
            return 1
        case "product" if node.shape:
            return sum(degree for degree, arg in zip(degrees, node.args, strict=True) if arg.shape)
        case "product" | "hadamard" | "einsum":
            return sum(degrees)
    return max(degrees, default=0)


def _label(node: Node, label_of: Callable[[Node], str]) -> str:
    inner = " ".join(label_of(child) for child in node.args)
    match node.op:
        case "var":
            return str(node.attrs[0])
        case "transpose":
            return (inner + "'")[-LABEL_LENGTH:]
        case "map" | "call" if node.attrs[0] == UNKNOWN:
            return f"{node.attrs[1]}({inner}"[:LABEL_LENGTH]
        case "map" | "call":
            return f"{node.attrs[0]}({inner}"[:LABEL_LENGTH]
        case "product":
            return inner[:LABEL_LENGTH]
        case "number" | "size" | "constant":
            return str(node.attrs[0])
    return f"~{node.op}{inner}"[:LABEL_LENGTH]


cost = memoised(_count_operations)
cost.__doc__ = "The number of operations that writing the expression takes, shared parts counted each time."
degree = memoised(_degree)
degree.__doc__ = "How many variables multiply in the largest term, as people order the terms of a polynomial."
label = memoised(_label)
label.__doc__ = "The beginning of the expression as a word, for alphabetical order."


def term_order(weight: Fraction, node: Node) -> Order:
    """Positive terms first, then high degree first, then alphabetical: `X*w - y`, `A + A.T`, `x'*A*x + b'*x + c`."""
    return weight < 0, -degree(node), label(node), node.key


def factor_order(node: Node) -> Order:
    """Short factors first, quotients last, then alphabetical."""
    return is_inverse_factor(node), cost(node), label(node), node.key


def length_order(node: Node) -> Order:
    """Shortest first, then alphabetical: to choose among several writings of one value."""
    return cost(node), label(node), node.key
