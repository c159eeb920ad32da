"""The NumPy module of every problem gives what the oracle says."""

from __future__ import annotations

import numpy as np

from tests.languages.problems import problems
from tests.languages.python import failures


def test_there_are_problems() -> None:
    assert len(problems()) > 1500


def test_every_problem_is_solved() -> None:
    wrong, count = failures("numpy", np.asarray, np.asarray)
    assert (wrong, count) == ([], len(problems()))
