"""Every way that is timed, derivatives by JAX and PyTorch among them, has the value of the closed form."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.evaluation import hold_agreement, sources, ways_of
from benchmarks.problems import Problem
from tests.test_benchmarks import CASES, SIZE


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # functions of torch.func use it
@pytest.mark.parametrize(("problem", "kind"), CASES, ids=lambda case: case.name if isinstance(case, Problem) else case)
def test_every_way_agrees(problem: Problem, kind: str) -> None:
    data = problem.draw(np.random.default_rng(1), SIZE)
    hold_agreement(problem.name, ways_of(problem, kind, sources(problem, kind), data))
