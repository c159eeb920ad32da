"""Systems of equations: one unknown after the other is solved for and put into the equations that are left."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.derive.canonical import canonical
from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.derive.forward import replace_variables
from matdiff.engine import simplify
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import cost
from matdiff.recognise.terms import is_zero, scaled
from matdiff.solving.conditions import Known, entries_of, known_of
from matdiff.solving.linear import Linear, depends_on, linear_part
from matdiff.solving.operators import Inverse, inverse_of
from matdiff.tree.build import rows_and_columns
from matdiff.tree.node import Node

MOST_TRIES = 64

Equations = tuple[tuple[Node, Node], ...]


class Step(NamedTuple):
    """One unknown as a value of those that are solved for behind it, and what that rests on.

    `equation` is what was solved, before other unknowns were put into it.
    """

    equation: Node
    unknown: Node
    value: Node
    linear: Linear
    inverse: Inverse
    known: tuple[Known, ...]

    @property
    def is_square(self) -> bool:
        """Whether there are as many equations as unknowns, so that inverses solve them."""
        if self.inverse.is_entrywise:
            return True
        sides = [rows_and_columns(factor.shape) for factor in self.inverse.factors]
        return self.inverse.is_square and all(rows == columns for rows, columns in sides)


def eliminated(residuals: tuple[Node, ...], unknowns: tuple[Node, ...]) -> tuple[Step, ...] | None:
    """The steps that solve the system, the first solved for first; None where no order leads to an end."""
    given = tuple((residual, residual) for residual in residuals)
    pending: list[tuple[tuple[Step, ...], Equations, tuple[Node, ...]]] = [((), given, unknowns)]
    for _ in range(MOST_TRIES):
        if not pending:
            return None
        steps, equations, left = pending.pop()
        if not left:
            if all(is_zero(simplify(equation)) for _, equation in equations):
                return steps
            continue
        choices = _choices(equations, left)
        for place, step in reversed(choices):
            rest = tuple(
                (first, put_in(now, step.unknown, step.value)) for k, (first, now) in enumerate(equations) if k != place
            )
            others = tuple(other for other in left if other is not step.unknown)
            pending.append(((*steps, step._replace(equation=equations[place][0])), rest, others))
    return None


def put_in(node: Node, unknown: Node, value: Node) -> Node:
    """`node` with a value in the place of an unknown, multiplied out where that is shorter."""
    if not depends_on(node, unknown):
        return node
    indexed = replace_variables(expand(node), {unknown: expand(value)})
    writings = recognise(contract((indexed, canonical_of_index(indexed))))
    return min(writings, key=cost)


def canonical_of_index(indexed: Node) -> Node:
    """The canonical form of something that is in index form."""
    return canonical(recognise(contract((indexed,)))[0])


def solved_for(residual: Node, unknown: Node) -> Step | None:
    """One equation solved for one unknown; None where it is not linear in it, or there is no form of the solution."""
    linear = linear_part(residual, unknown)
    if linear is None:
        return None
    inverse = inverse_of(linear.slope, linear.shape, unknown)
    if inverse is None:
        return None
    judged = entries_of if inverse.is_entrywise else known_of
    step = Step(residual, unknown, unknown, linear, inverse, tuple(judged(factor) for factor in inverse.factors))
    undo = inverse.undo if step.is_square else inverse.undo_least
    return None if undo is None else step._replace(value=undo(scaled(-1, linear.constant)))


def _choices(equations: Equations, unknowns: tuple[Node, ...]) -> list[tuple[int, Step]]:
    """The equations that can be solved, each for an unknown, the one with the fewest conditions first."""
    found: list[tuple[tuple[int, int, int, int], int, Step]] = []
    for position, unknown in enumerate(unknowns):
        for place, (_, equation) in enumerate(equations):
            if not depends_on(equation, unknown):
                continue
            step = solved_for(equation, unknown)
            if step is None or (len(unknowns) > 1 and not step.is_square):
                continue
            needs = sum(len(known.needs) for known in step.known)
            tangled = sum(depends_on(step.value, other) for other in unknowns)
            found.append(((tangled > 0, needs, cost(step.value), position), place, step))
    found.sort(key=lambda item: item[0])
    return [(place, step) for _, place, step in found]
