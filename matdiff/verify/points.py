"""Points at which expressions are compared: inputs, with the value of every node there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of
from matdiff.verify import draw
from matdiff.verify.algebra import Entries, OutOfDomainError
from matdiff.verify.evaluate import Program

ATTEMPTS = 60
ATTEMPTS_WHEN_LARGE = 12
ATTEMPTS_PER_SIZES = 6
LARGE_WORK = 1_000_000


class Point(NamedTuple):
    """Inputs by name and the entries of every node of `program` there; `number` tells one point from another."""

    program: Program
    inputs: dict[str, Entries]
    values: list[Entries]
    number: int

    def root(self, position: int) -> Entries:
        """The entries of the program's root number `position`."""
        return self.values[self.program.places[position]]


def real_points(roots: Sequence[Node], variables: Sequence[Node]) -> Iterator[Point]:
    """Points where every part of every root is real and finite, as many as a bounded number of draws gives.

    Raises `TooLargeError`.
    """
    return _points(roots, variables, is_real=True)


def complex_points(roots: Sequence[Node], variables: Sequence[Node]) -> Iterator[Point]:
    """Points off the real line where every root is finite."""
    return _points(roots, variables, is_real=False)


def whole_points(
    roots: Sequence[Node], variables: Sequence[Node], tries: int, told: Mapping[str, int] | None = None
) -> Iterator[Point]:
    """Real points with small integers as entries: all named sizes 2 at first, then different ones, or those `told`."""
    different = next(draw.choose_sizes(roots, variables), None)
    if different is None:
        return
    for sizes in (dict.fromkeys(different, 2), different) if told is None else (told,):
        program = Program(roots, sizes)
        for number in range(tries):
            point = _point(program, draw.draw_inputs(variables, sizes, draw.WHOLE, number), number, True)
            if point is not None:
                yield point


def evaluated(roots: Sequence[Node], point: Point) -> Point:
    """The same inputs with the values of other roots, made of the same variables."""
    program = Program(roots, point.program.sizes)
    return Point(program, point.inputs, program.run(point.inputs), point.number)


def all_variables(roots: Sequence[Node], extra: Sequence[Node] = ()) -> tuple[Node, ...]:
    """The variables of `roots` and `extra`; of two with one name the one with more properties comes last and counts."""
    found = dict.fromkeys((*variables_of(roots), *extra))
    return tuple(sorted(found, key=lambda node: len(draw.properties(node))))


def is_finite(entries: Entries) -> bool:
    """Whether no entry is infinite or not a number."""
    total = sum(entries)
    return math.isfinite(total.real) and math.isfinite(total.imag)


def _points(roots: Sequence[Node], variables: Sequence[Node], is_real: bool) -> Iterator[Point]:
    choices = draw.choose_sizes(roots, variables)
    attempts = ATTEMPTS
    for attempt in range(ATTEMPTS):
        if attempt % ATTEMPTS_PER_SIZES == 0:
            sizes = next(choices, None)
            if sizes is None:
                return
            program = Program(roots, sizes)
            attempts = ATTEMPTS if program.work < LARGE_WORK else ATTEMPTS_WHEN_LARGE
        if attempt >= attempts:
            return
        style = draw.style_of(attempt)
        if not is_real:
            style = draw.continued(style or draw.PLAIN[attempt % len(draw.PLAIN)])
        point = _point(program, draw.draw_inputs(variables, program.sizes, style, attempt), attempt, is_real)
        if point is not None:
            yield point


def _point(program: Program, inputs: dict[str, Entries], number: int, is_real: bool) -> Point | None:
    try:
        values = program.run(inputs, is_real=is_real)
    except OutOfDomainError:
        return None
    if not all(is_finite(values[place]) for place in program.places):
        return None
    return Point(program, inputs, values, number)
