"""How likely two expressions that differ agree at a random point: degrees of polynomials, and the bound from them.

Sources: Schwartz, Fast probabilistic algorithms for verification of polynomial identities (1980); Zippel (1979).
"""

from __future__ import annotations

from typing import NamedTuple

from matdiff.tree.attributes import exponent_of, whole_exponent_of
from matdiff.tree.node import Node
from matdiff.tree.walk import fold
from matdiff.verify import draw
from matdiff.verify.algebra import count, rows_and_columns
from matdiff.verify.evaluate import Program
from matdiff.verify.residues import PRIME


class Degrees(NamedTuple):
    """Every entry of a value is a polynomial of degree `above` over a common one of degree `below`."""

    above: int = 0
    below: int = 0

    def times(self, other: Degrees) -> Degrees:
        """The degrees of a product."""
        return Degrees(self.above + other.above, self.below + other.below)

    def plus(self, other: Degrees) -> Degrees:
        """The degrees of a sum."""
        return Degrees(max(self.above + other.below, other.above + self.below), self.below + other.below)

    def repeated(self, times: int) -> Degrees:
        """The degrees of a product of equal factors."""
        return Degrees(times * self.above, times * self.below)

    def inverted(self, size: int) -> Degrees:
        """The degrees of what is divided by `size` entries at once, or by a determinant of that size."""
        return Degrees(self.below + (size - 1) * self.above, size * self.above)


def error_bound(roots: tuple[Node, Node], program: Program, points: int) -> float:
    """The chance that so many random points all are zeros of a difference that is not zero."""
    degrees = fold(roots, lambda node, args: _degrees(node, args, program))
    left, right = (degrees[root] for root in roots)
    difference = left.plus(right)
    poles = sum(found.below for found in degrees.values())
    if difference.above + poles >= PRIME // 2:
        return 1.0
    return float(difference.above / (PRIME - poles)) ** points


def _degrees(node: Node, args: tuple[Degrees, ...], program: Program) -> Degrees:
    match node.op:
        case "var":
            return _of_variable(node, program)
        case "sum" | "block":
            result = Degrees()
            for arg in args:
                result = result.plus(arg)
            return result
        case "map":
            return _raised(args[0], int(exponent_of(node)), count(program.shape(node.args[0].shape)))
        case "call":
            return _of_call(node, args, program)
    return _multiplied(args)


def _of_variable(node: Node, program: Program) -> Degrees:
    """An orthogonal matrix is a product of reflections, each a quotient of two quadratic forms."""
    if "orthogonal" not in draw.properties(node):
        return Degrees(1)
    reflections = program.shape(node.shape)[0] + 1
    return Degrees(2 * reflections, 2 * reflections)


def _of_call(node: Node, args: tuple[Degrees, ...], program: Program) -> Degrees:
    shape = program.shape(node.args[0].shape)
    size = rows_and_columns(shape)[0]
    match node.attrs[0]:
        case "inv":
            return args[0].inverted(size)
        case "pinv":
            return args[0].repeated(2).inverted(min(rows_and_columns(shape))).times(args[0])
        case "det":
            return args[0].repeated(size)
        case "adj" | "cof":
            return args[0].repeated(size - 1)
        case "prod":
            return args[0].repeated(count(shape))
        case "matpow":
            return _raised(args[0], whole_exponent_of(node), size)
    return _multiplied(args)


def _multiplied(args: tuple[Degrees, ...]) -> Degrees:
    result = Degrees()
    for arg in args:
        result = result.times(arg)
    return result


def _raised(base: Degrees, exponent: int, size: int) -> Degrees:
    return (base if exponent >= 0 else base.inverted(size)).repeated(abs(exponent))
