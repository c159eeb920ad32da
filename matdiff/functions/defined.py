"""Scalar functions that the user defines: `swish(t) = t*sigmoid(t)` as a row like those of the tables.

A definition travels inside the nodes that use it, so that two of one name never meet: a map has the attributes
`(name, body, slopes)`. A body is a straight line of steps `(op, attrs, places of the operands)`, the last one its
value; so is each slope, the derivative by one parameter, which may use the value of the function as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from operator import mul
from typing import Generic, NamedTuple, TypeVar

from matdiff.functions import catalogue
from matdiff.functions.rows import Elementwise, Row
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Steps, argument_in, body_in, exponent_in, number_in, slopes_in, weights_in
from matdiff.tree.entry import Entry
from matdiff.tree.node import Attributes, Node, Shape, make
from matdiff.tree.unknown import UNKNOWN
from matdiff.tree.walk import fold, postorder

Value = TypeVar("Value")
ARGUMENT, PRODUCT = "argument", "product"


class Definition(NamedTuple):
    """A function by its name, parameters and body, with its derivative by each parameter and its text as typed."""

    name: str
    parameters: tuple[str, ...]
    body: Steps
    slopes: tuple[Steps, ...]
    text: str

    @property
    def attrs(self) -> Attributes:
        """The attributes of a map that applies it."""
        return self.name, self.body, self.slopes


class Arithmetic(NamedTuple, Generic[Value]):
    """What steps are run with: plain numbers, entries of tensors, trees in matrix form."""

    constant: Callable[[Fraction], Value]
    pi: Callable[[], Value]
    total: Callable[[Sequence[Fraction], Sequence[Value]], Value]
    product: Callable[[Sequence[Value]], Value]
    apply: Callable[[Attributes, Sequence[Value]], Value]


def steps_of(root: Node, arguments: Sequence[Node]) -> Steps:
    """The steps that lead from the scalar `arguments` to the scalar `root`, in matrix or in index form.

    Raises ValueError with the name of what is no scalar function.
    """
    order = postorder((root,))
    places = {node: place for place, node in enumerate(order)}
    return tuple(_step(node, arguments, tuple(places[arg] for arg in node.args)) for node in order)


def _step(node: Node, arguments: Sequence[Node], operands: tuple[int, ...]) -> tuple[str, Attributes, tuple[int, ...]]:
    if node in arguments:
        return ARGUMENT, (arguments.index(node),), ()
    if node.op in (PRODUCT, "hadamard") or (node.op == "einsum" and not einsum.parts(node)[2]):
        return (PRODUCT, (), operands) if operands else ("number", (Fraction(1),), ())
    if node.op in ("number", "sum", "map") or node.attrs == ("pi",):
        return node.op, node.attrs, operands
    raise ValueError(str(node.attrs[0]) if node.attrs else node.op)


def run(steps: Steps, arguments: Sequence[Value], arithmetic: Arithmetic[Value]) -> Value:
    """The value of the last step where the parameters have the values `arguments`."""
    values: list[Value] = []
    for op, attrs, places in steps:
        operands = [values[place] for place in places]
        match op:
            case "argument":
                values.append(arguments[argument_in(attrs)])
            case "number":
                values.append(arithmetic.constant(number_in(attrs)))
            case "constant":
                values.append(arithmetic.pi())
            case "sum":
                values.append(arithmetic.total(weights_in(attrs), operands))
            case "product":
                values.append(arithmetic.product(operands))
            case _:
                values.append(arithmetic.apply(attrs, operands))
    return values[-1]


def is_defined(attrs: Attributes) -> bool:
    """Whether these attributes of a map are those of a function that the user defined."""
    return len(attrs) == 3 and attrs[0] != UNKNOWN


def find(name: str, definitions: Mapping[str, Definition]) -> Row | None:
    """The row of the function that is called `name`: what the user defined goes before the tables."""
    defined = definitions.get(name)
    return row_of(defined.attrs) if defined else catalogue.find(name)


def row_of(attrs: Attributes) -> Elementwise | None:
    """The row of the entry-wise function of a map: of the tables, or made from its definition."""
    if is_defined(attrs):
        return _defined_row(attrs)
    row = catalogue.find(str(attrs[0]))
    return row if isinstance(row, Elementwise) else None


@lru_cache(maxsize=256)
def _defined_row(attrs: Attributes) -> Elementwise:
    def value(*arguments: complex) -> complex:
        return run(body_in(attrs), arguments[:-2], NUMBERS)

    def rule(slope: Steps) -> Callable[..., Entry]:
        return lambda *entries: run(slope, entries[:-2], _entries(entries[0].node.shape))

    rules = tuple(rule(slope) for slope in slopes_in(attrs))
    return Elementwise(str(attrs[0]), "defined by the user", value, rules)


def _number_of(attrs: Attributes, operands: Sequence[complex]) -> complex:
    row = row_of(attrs)
    assert row is not None, attrs
    return row.value(*operands, *attrs[1:])


NUMBERS: Arithmetic[complex] = Arithmetic(
    constant=float,
    pi=lambda: math.pi,
    total=lambda weights, terms: sum(float(w) * t for w, t in zip(weights, terms, strict=True)),
    product=lambda factors: reduce(mul, factors),
    apply=_number_of,
)


@lru_cache(maxsize=64)
def _entries(shape: Shape) -> Arithmetic[Entry]:
    def added(weights: Sequence[Fraction], terms: Sequence[Entry]) -> Entry:
        return Entry(einsum.total([(w, t.node) for w, t in zip(weights, terms, strict=True)], shape))

    def applied(attrs: Attributes, operands: Sequence[Entry]) -> Entry:
        if attrs[0] == "power":
            return operands[0] ** exponent_in(attrs)
        return Entry(make("map", tuple(operand.node for operand in operands), attrs, shape))

    return Arithmetic(
        constant=lambda number: Entry(einsum.constant(number, shape)),
        pi=lambda: Entry(einsum.einsum((build.pi(),), ((),), tuple(range(len(shape))), shape)),
        total=added,
        product=lambda factors: reduce(mul, factors),
        apply=applied,
    )


def written_out(roots: Sequence[Node]) -> tuple[Node, ...]:
    """Trees in matrix form with the body of each defined function in its place."""
    found = fold(roots, _written_out)
    return tuple(found[root] for root in roots)


def _written_out(node: Node, args: tuple[Node, ...]) -> Node:
    if node.op == "map" and is_defined(node.attrs):
        return run(body_in(node.attrs), args, _matrices(node.shape))
    return make(node.op, args, node.attrs, node.shape) if args != node.args else node


def _matrices(shape: Shape) -> Arithmetic[Node]:
    ones = build.ones(shape) if shape else build.number(1)

    def applied(attrs: Attributes, operands: Sequence[Node]) -> Node:
        node = make("map", tuple(operands), attrs, shape)
        return written_out((node,))[0] if is_defined(attrs) else node

    return Arithmetic(
        constant=lambda number: (
            ones if number == 1 else build.total([(number, ones)]) if shape else build.number(number)
        ),
        pi=lambda: build.product(build.pi(), ones) if shape else build.pi(),
        total=lambda weights, terms: build.total(list(zip(weights, terms, strict=True))),
        product=lambda factors: build.hadamard(*factors) if shape else build.product(*factors),
        apply=applied,
    )
