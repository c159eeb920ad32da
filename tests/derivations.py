"""The value of each side of a derivation's steps on small arrays, from the meaning of the formulas alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as tuples
from math import prod

from matdiff.explain.changes import CHANGE, is_differential
from matdiff.explain.derivation import Derivation, Side, Step, is_slope, slope_names
from matdiff.explain.formula import (
    Delta,
    Entry,
    Formula,
    Index,
    Indices,
    Map,
    Partial,
    Product,
    Sum,
    Total,
    free_indices,
)
from matdiff.explain.naming import Named
from matdiff.explain.substitute import substituted
from matdiff.functions.catalogue import elementwise
from matdiff.tree import build
from matdiff.tree.dims import Dim, value_of
from matdiff.tree.node import Node, Shape
from matdiff.tree.unknown import UNKNOWN
from matdiff.tree.walk import postorder, variables_of
from matdiff.verify import draw
from matdiff.verify.algebra import Entries, OutOfDomainError
from matdiff.verify.evaluate import evaluate
from matdiff.verify.points import all_variables, real_points
from matdiff.verify.smooth import entrywise

STEP = 1e-20
TOLERANCE = 1e-7
Place = dict[str, int]
Inputs = Mapping[str, Entries]


def wrong_steps(derivation: Derivation, points: int = 1) -> list[Step]:
    """The steps whose sides differ at a point; raises LookupError where there is no point at which all have values."""
    roots = (derivation.value, derivation.answer)
    variables = all_variables(roots, (derivation.variable,))
    wrong: list[Step] = []
    found = tuple(point for _, point in zip(range(points), real_points(roots, variables), strict=False))
    if not found:
        raise LookupError("no point was found where the value and its derivative are real and finite")
    for point in found:
        try:
            checker = Checker(derivation, point.inputs, point.program.sizes)
            wrong += [step for step in (*derivation.steps, *derivation.entries) if not checker.holds(step)]
        except OutOfDomainError as error:  # the value is zero everywhere, as the determinant of a thin product is
            raise LookupError("a step has no value at a point where the derivative has one") from error
    return wrong


class Checker:
    """A derivation at one point: names and derivatives have their values there."""

    def __init__(self, derivation: Derivation, inputs: Inputs, sizes: Mapping[str, int]) -> None:
        self.derivation = derivation
        self.sizes = sizes
        self.inputs: dict[str, Entries] = self.with_names(dict(inputs))
        self.ahead = self.with_names(self.one_step_on(inputs))
        names = (str(part.variable.attrs[0]) for part in derivation.naming.named)
        for name in (str(derivation.variable.attrs[0]), *names):
            self.inputs[f"{CHANGE}{name}"] = slopes_at(self.ahead[name])
        slopes = {
            node
            for step in (*derivation.steps, *derivation.entries)
            for side in (step.left, step.right)
            for node in slopes_of(side)
        }
        self.inputs |= {str(node.attrs[0]): self.slope(*slope_names(node)) for node in slopes}

    def holds(self, step: Step) -> bool:
        """Whether both sides have the same entries."""
        indices = side_indices(step.left, step.right)
        left, right = (self.value(side, indices) for side in (step.left, step.right))
        scale = max(1.0, *map(abs, left), *map(abs, right))
        return len(left) == len(right) and all(
            abs(x - y) <= TOLERANCE * scale for x, y in zip(left, right, strict=True)
        )

    def value(self, side: Side, indices: Indices) -> Entries:
        """Every entry of a side."""
        if isinstance(side, Node):
            open_ones = [node for node in postorder((side,)) if is_differential(node)]
            values = {f"d({number})": slopes_at(self.after_step(node)) for number, node in enumerate(open_ones)}
            stand_ins = {node: build.variable(name, node.shape) for node, name in zip(open_ones, values, strict=True)}
            return evaluate(substituted(side, stand_ins), {**self.inputs, **values}, self.sizes)
        return [self.entry(side, place, self.inputs) for place in self.places(indices)]

    def one_step_on(self, inputs: Inputs) -> dict[str, Entries]:
        """The inputs after a small imaginary step of the variable along a random direction within its structure."""
        variable = self.derivation.variable
        name, shape = str(variable.attrs[0]), tuple(self.size(size) for size in variable.shape)
        entries = list(inputs[name])
        way = draw.direction(variable, shape, 7, entries)
        return {**inputs, name: [entry + 1j * STEP * slope for entry, slope in zip(entries, way, strict=True)]}

    def after_step(self, differential: Node) -> Entries:
        """What a differential is taken of, after the step."""
        return evaluate(differential.args[0], self.ahead, self.sizes)

    def entry(self, formula: Formula, place: Place, inputs: Inputs) -> complex:
        """One entry of a formula, where the letters stand at `place`."""
        match formula:
            case Entry(node=node, indices=indices):
                entries = inputs[str(node.attrs[0])] if node.op == "var" else evaluate(node, inputs, self.sizes)
                return entries[self.offset(indices, place)]
            case Delta(left=left, right=right):
                return float(place[left.letter] == place[right.letter])
            case Map(attrs=attrs, args=args):
                arguments = [self.entry(argument, place, inputs) for argument in args]
                if attrs[0] == UNKNOWN:
                    _, name, orders = attrs
                    assert isinstance(orders, tuple)
                    return entrywise(str(name), [int(str(order)) for order in orders])(*arguments)
                return elementwise(str(attrs[0])).value(*arguments, *attrs[1:])
            case Product(weight=weight, factors=factors):
                return prod((self.entry(factor, place, inputs) for factor in factors), start=complex(weight))
            case Total(terms=terms):
                return sum(self.entry(term, place, inputs) for term in terms)
            case Sum(indices=indices, body=body):
                return sum(self.entry(body, place | inner, inputs) for inner in self.places(indices))
            case Partial(body=body, variable=variable, indices=indices):
                moved = self.moved(inputs, str(variable.attrs[0]), self.offset(indices, place))
                return self.entry(body, place, moved).imag / STEP
        raise AssertionError(formula)

    def places(self, indices: Sequence[Index]) -> Iterator[Place]:
        """Every way in which the letters can stand."""
        for numbers in tuples(*(range(self.size(index.size)) for index in indices)):
            yield {index.letter: number for index, number in zip(indices, numbers, strict=True)}

    def offset(self, indices: Sequence[Index], place: Place) -> int:
        """Where an entry lies, row by row."""
        position = 0
        for index in indices:
            position = position * self.size(index.size) + place[index.letter]
        return position

    def moved(self, inputs: Inputs, name: str, offset: int) -> Inputs:
        entries = list(inputs[name])
        entries[offset] += 1j * STEP
        return {**inputs, name: entries}

    def size(self, size: Dim) -> int:
        return value_of(size, self.sizes)

    def with_names(self, inputs: dict[str, Entries], fixed: str = "") -> dict[str, Entries]:
        """The inputs with the values of the named parts, where `fixed` has the value that it is given."""
        found = dict(inputs)
        for named in self.derivation.naming.named:
            if named.variable.attrs[0] != fixed:
                found[str(named.variable.attrs[0])] = evaluate(named.node, found, self.sizes)
        return found

    def slope(self, of: str, by: str) -> Entries:
        """The derivative of a name by another: of the value over every path, of a part with other names held."""
        variables = {str(node.attrs[0]): node for node in variables_of((self.derivation.value,))}
        parts = {str(named.variable.attrs[0]): named for named in self.derivation.naming.named}
        by_shape = (parts[by].variable if by in parts else variables.get(by, self.derivation.variable)).shape
        columns = []
        for offset in range(self.count(by_shape)):
            moved = self.moved(self.inputs, by, offset)
            columns.append([entry.imag / STEP for entry in self.after(parts[of], dict(moved), by)])
        return [column[row] for row in range(self.count(parts[of].variable.shape)) for column in columns]

    def after(self, named: Named, inputs: dict[str, Entries], by: str) -> Entries:
        if named is self.derivation.naming.value:
            return self.with_names(inputs, by)[str(named.variable.attrs[0])]
        return evaluate(named.node, inputs, self.sizes)

    def count(self, shape: Shape) -> int:
        return prod(self.size(size) for size in shape)


def slopes_at(entries: Entries) -> Entries:
    """What an imaginary step changed."""
    return [complex(entry).imag / STEP for entry in entries]


def side_indices(left: Side, right: Side) -> Indices:
    """The free letters of both sides, those of the left first."""
    sides = [side for side in (left, right) if not isinstance(side, Node)]
    return tuple(dict.fromkeys(index for side in sides for index in free_indices(side)))


def slopes_of(side: Side) -> Iterator[Node]:
    """The derivatives that occur in a side."""
    from matdiff.explain.formula import parts

    nodes = [side] if isinstance(side, Node) else [part.node for part in parts(side) if isinstance(part, Entry)]
    yield from (node for node in variables_of(nodes) if is_slope(node))
