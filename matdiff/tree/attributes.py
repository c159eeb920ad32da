"""What the attrs of a node hold, with its type: the table of ops in docs/design.md, and nothing else knows it.

Each function is for the ops that it names. They are called in the innermost loops, so nothing is checked here: `make`
got these attrs from the constructors, which say what they are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from matdiff.tree.dims import Dim
from matdiff.tree.node import Attributes, Node

Weighted = tuple[Fraction, Node]
Steps = tuple[tuple[str, Attributes, tuple[int, ...]], ...]
ONE = Fraction(1)


def weights_of(node: Node) -> tuple[Fraction, ...]:
    """The weights of a sum, one for each term."""
    return cast("tuple[Fraction, ...]", node.attrs)


def terms_of(node: Node) -> tuple[Weighted, ...]:
    """The weighted terms of a sum; anything else is one term of weight 1.

    >>> from matdiff.tree.build import total, variable
    >>> x, y = variable("x", ()), variable("y", ())
    >>> [(str(weight), term is x) for weight, term in terms_of(total([(2, x), (-1, y)]))]
    [('2', True), ('-1', False)]
    """
    if node.op != "sum":
        return ((ONE, node),)
    return tuple(zip(weights_of(node), node.args, strict=True))


def flat_terms(node: Node) -> list[Weighted]:
    """The weighted terms of a sum with those of the sums inside it, last ones first."""
    found: list[Weighted] = []
    pending = [(ONE, node)]
    while pending:
        weight, body = pending.pop()
        if body.op == "sum":
            pending.extend((weight * own, term) for own, term in terms_of(body))
        else:
            found.append((weight, body))
    return found


def number_of(node: Node) -> Fraction:
    """The value of a `number`."""
    return cast(Fraction, node.attrs[0])


def properties_of(variable: Node) -> tuple[str, ...]:
    """The words declared of a `var`, in order."""
    return cast("tuple[str, ...]", variable.attrs[1])


def is_power(node: Node) -> bool:
    """Whether `node` is a rational power, entry by entry."""
    return node.op == "map" and node.attrs[0] == "power"


def exponent_of(node: Node) -> Fraction:
    """The exponent of a rational power."""
    return cast(Fraction, node.attrs[1])


def whole_exponent_of(node: Node) -> int:
    """The exponent of a matrix power by a number."""
    return cast(int, node.attrs[1])


def size_of(node: Node) -> Dim:
    """The size that a `size` is as a number."""
    return cast(Dim, node.attrs[0])


def rows_before(selection: Node) -> Dim:
    """How many rows stand before the block that a `selection` puts in its place."""
    return cast(Dim, selection.attrs[1])


def halved_size(node: Node) -> Dim:
    """The n of an elimination or duplication matrix of n x n matrices."""
    return cast(Dim, node.attrs[1])


def commuted_sizes(node: Node) -> tuple[Dim, Dim]:
    """The m and n of a commutation matrix K(m, n)."""
    return cast("tuple[Dim, Dim]", node.attrs[1:])


def columns_of(block: Node) -> int:
    """How many blocks stand in each row of a `block`."""
    return cast(int, block.attrs[0])


def orders_of(node: Node) -> tuple[int, ...]:
    """The last attribute of an unknown function: orders of differentiation of a map, places of a call."""
    return cast("tuple[int, ...]", node.attrs[2])


def network_of(node: Node) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[Dim, ...]]:
    """The wires of each factor of an `einsum`, those of its output, and the size of each wire."""
    return cast("tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[Dim, ...]]", node.attrs)


# A function that the user defines holds steps, which have attrs like those of nodes and are none.


def body_in(attrs: Attributes) -> Steps:
    """The body of a function that the user defined, from the attrs of a map."""
    return cast(Steps, attrs[1])


def slopes_in(attrs: Attributes) -> tuple[Steps, ...]:
    """The derivatives of a function that the user defined, from the attrs of a map."""
    return cast("tuple[Steps, ...]", attrs[2])


def argument_in(attrs: Attributes) -> int:
    """Which argument a step is, counted from 0."""
    return cast(int, attrs[0])


def number_in(attrs: Attributes) -> Fraction:
    """The value of a step that is a number."""
    return cast(Fraction, attrs[0])


def weights_in(attrs: Attributes) -> tuple[Fraction, ...]:
    """The weights of a step that is a sum, one for each operand."""
    return cast("tuple[Fraction, ...]", attrs)


def exponent_in(attrs: Attributes) -> Fraction:
    """The exponent of a step that is a rational power."""
    return cast(Fraction, attrs[1])


def orders_in(attrs: Attributes) -> tuple[int, ...]:
    """The orders of differentiation of a step that is an unknown function."""
    return cast("tuple[int, ...]", attrs[2])
