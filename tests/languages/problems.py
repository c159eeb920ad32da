"""What every language is asked to compute: all of the grid and of the shipped rules, with what the oracle says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from matdiff.errors import NoRule
from matdiff.printing.program.function import Function
from matdiff.tree.node import Node, Shape
from matdiff.verify.points import Point, all_variables, real_points
from tests.grid import cells
from tests.programs import Array, arrays_at, function_of
from tests.test_printing_rules import RULES, printed_in
from tests.unknowns import unknowns_in

# What neither the grid nor the rules have: tensors with an axis twice, entries, stacks, rows.
MORE = (
    "grad sum[i,j](T[i,i,j]*x[j]) wrt T where T: n x n x m; x: m",
    "grad sum[i,j](T[i,i,j]*x[j]) wrt x where T: n x n x m; x: m",
    "jacobian sum[k](T[i,j,k]*x[k]) wrt x where T: n x m x p",
    "hessian sum[i,j,k](T[i,j,k]*x[i]*x[j]*x[k]) wrt x where T: n x n x n",
    "jacobian r*A wrt r where r: 1 x n; A: n x m",
    "grad r*A*x wrt r where r: 1 x n; A: n x m",
    "grad norm2(X[:,2] - X[:,1])^2 + X[1,2] wrt X where X: n x m",
    "grad norm2(X[1,:])^2 wrt X where X: n x m",
    "grad sum([A, x; y', 2].^3) wrt x where A: n x m",
    "jacobian vec(X') wrt X where X: n x m",
    "jacobian vec(A*X*X') wrt X where X: n x m; A: p x n",
    "grad norm2(X + ones*c')^2 wrt c where X: n x m",
    "jacobian diag(x)*A*x wrt x where A: n x n",
    "grad tr(diag(x)*A*inv(S)) wrt x where A: n x n; S: n x n spd",
)


class Problem(NamedTuple):
    """A function of arrays, arrays for it, and what it must give for them."""

    name: str
    function: Function
    inputs: Mapping[str, Array]
    sizes: Mapping[str, int]
    expected: Array


@cache
def problems() -> tuple[Problem, ...]:
    """Every problem once, in a fixed order."""
    found = {
        (p.function.outputs[0].node, p.expected.shape): p for p in (*_of_rules(), *_of_lines("more", MORE), *_of_grid())
    }
    return tuple(found.values())


def differs(found: object, expected: Array) -> bool:
    """Whether a result has another shape or other entries."""
    array = np.asarray(found, dtype=float)
    return array.shape != expected.shape or not np.allclose(array, expected, rtol=1e-6, atol=1e-8)


def _of_grid() -> Iterator[Problem]:
    for number, cell in enumerate(cells()):
        try:
            answer = cell.derivative()
        except NoRule:
            continue
        axes = cell.value.shape + cell.variable.shape * cell.order
        variables = all_variables((answer, cell.value), (cell.variable,))
        point = next(iter(real_points((answer, cell.value), variables)))
        yield _problem(f"{number}: {cell}", answer, axes, all_variables((answer,)), point)


def _of_rules() -> Iterator[Problem]:
    for path in RULES:
        yield from _of_lines(path.stem, path.read_text(encoding="utf-8").splitlines())


def _of_lines(name: str, lines: Iterable[str]) -> Iterator[Problem]:
    for number, (node, axes, context) in enumerate(printed_in(lines)):
        if unknowns_in(node):  # the smooth functions are those of NumPy
            continue
        variables = all_variables((node,), context.variables)
        point = next(iter(real_points((node,), variables)))
        yield _problem(f"{name} {number}", node, axes, context.variables, point)


def _problem(name: str, node: Node, axes: Shape, variables: tuple[Node, ...], point: Point) -> Problem:
    function = function_of(node, variables, axes)
    inputs = arrays_at(point, function.variables)
    expected = np.real(np.array(point.root(0))).reshape(point.program.shape(axes))
    assert math.isfinite(float(np.sum(expected))), name
    return Problem(name, function, inputs, point.program.sizes, expected)
