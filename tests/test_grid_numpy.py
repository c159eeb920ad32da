"""Every derivative of the grid as NumPy source: what the generated module computes is what the answer is."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from matdiff.errors import NoRule
from matdiff.tree.dims import value_of
from matdiff.verify.points import all_variables, real_points
from tests.grid import Cell, cells
from tests.programs import arrays_at, defined, numpy_source, size_arguments

CELLS = tuple(cell for cell in cells() if cell.order == 1)
HAS_SCIPY = importlib.util.find_spec("scipy") is not None


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_generated_module_agrees_with_the_evaluator(cell: Cell) -> None:
    try:
        answer = cell.derivative()
    except NoRule:
        return
    axes = cell.value.shape + cell.variable.shape
    source = numpy_source(answer, all_variables((answer,)), axes)
    if "import scipy" in source and not HAS_SCIPY:
        pytest.skip("SciPy is not installed")
    variables = all_variables((answer, cell.value), (cell.variable,))
    point = next(real_points((answer, cell.value), variables))
    inputs = arrays_at(point, all_variables((answer,)))
    sizes = size_arguments(source, point.program.sizes)
    found = defined(source)(**inputs, **sizes)
    shape = tuple(value_of(axis, point.program.sizes) for axis in axes)
    assert np.shape(found) == shape
    np.testing.assert_allclose(np.ravel(found), point.root(0), rtol=1e-6, atol=1e-8)
