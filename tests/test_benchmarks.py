"""What is timed is right: generated source and the closed forms of the benchmarks have the same values."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.evaluation import hold_agreement, sources
from benchmarks.problems import PROBLEMS, Problem

SIZE = 6
CASES = [(problem, kind) for problem in PROBLEMS for kind in ("gradient", "hessian")]


@pytest.mark.parametrize(("problem", "kind"), CASES, ids=lambda case: case.name if isinstance(case, Problem) else case)
def test_generated_source_agrees_with_closed_form(problem: Problem, kind: str) -> None:
    data = problem.draw(np.random.default_rng(1), SIZE)
    generated = sources(problem, kind, ("numpy",))["numpy"]
    by_hand = problem.gradient if kind == "gradient" else problem.hessian
    ways = {"by hand": lambda: by_hand(**data), "matdiff numpy": lambda: generated(**data)}
    hold_agreement(problem.name, ways)


def test_wrong_way_is_not_timed() -> None:
    with pytest.raises(AssertionError, match="a case: wrong differs from the closed form"):
        hold_agreement("a case", {"by hand": lambda: np.eye(2), "wrong": lambda: np.eye(2) + 1e-6})
