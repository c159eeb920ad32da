"""Every function, shape and order against the oracle."""

from __future__ import annotations

import pytest

from matdiff.errors import NoRule
from matdiff.forms import differential_of, directional_derivative
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Adjoint, Opaque
from matdiff.tree.node import Node
from matdiff.verify.compare import check_directional
from tests.grid import REASONS, Cell, applied, argument_lists, cells

CELLS = tuple(cells())
# Functions whose derivative is a rule for changes, which the backward sweep does not ask.
RULED = tuple(
    (f"{row.name} by {variable.attrs[0]}", applied(row, arguments, shape), variable)
    for row in ROWS
    if isinstance(row, Opaque)
    for arguments, shape in argument_lists(row)
    for variable, derivative in zip(arguments, row.partials, strict=True)
    if isinstance(derivative, Adjoint)
)


def test_the_grid_is_not_empty() -> None:
    """A grid that ran nothing would hold anything."""
    assert len(CELLS) > 200
    assert {cell.order for cell in CELLS} == {1, 2}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell_agrees_with_the_oracle(cell: Cell) -> None:
    """The derivative of every cell holds at random points; where there is none, a row says why."""
    try:
        verdict = cell.verdict()
    except NoRule as missing:
        if missing.hint in REASONS:
            return
        raise
    assert verdict.status == "agrees", (str(cell), verdict)


@pytest.mark.parametrize(("name", "value", "variable"), RULED, ids=[name for name, _, _ in RULED])
def test_change_agrees_with_the_oracle(name: str, value: Node, variable: Node) -> None:
    """What a change of a matrix does to a function of it, by its rule for changes."""
    change = differential_of(variable, frozenset())
    verdict = check_directional(value, ((variable, change),), directional_derivative(value, (variable,), (change,)))
    assert verdict.status == "agrees", (name, verdict)
