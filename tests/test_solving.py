"""Solutions of equations: run as code on data, put back, and a wrong one is noticed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import matdiff
from matdiff.errors import Disagreement, MatdiffError
from matdiff.solving import elimination, operators
from matdiff.solving.conditions import known_of
from matdiff.solving.solutions import Solution
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node

Array = NDArray[np.float64]
RANDOM = np.random.default_rng(7)
X, Y = RANDOM.normal(size=(9, 3)), RANDOM.normal(size=9)
ROOT = RANDOM.normal(size=(3, 3))
DEFINITE = ROOT @ ROOT.T + np.eye(3)


def run(solution: Solution, name: str, **arrays: Array) -> Array:
    """What the NumPy source of one unknown computes."""
    records = solution.as_json()["solutions"]
    (source,) = [each["numpy"] for each in records if each["name"] == name]  # type: ignore[attr-defined]
    module: dict[str, Callable[..., Array]] = {}
    exec(source, module)
    return module["solution"](**arrays)


def test_least_squares_is_that_of_numpy() -> None:
    solution = matdiff.stationary("norm2(X*w - y)^2", "w")
    assert solution.nature == "minimum"
    expected = np.linalg.lstsq(X, Y, rcond=None)[0]
    np.testing.assert_allclose(run(solution, "w", X=X, y=Y), expected)


def test_least_squares_without_full_rank_is_that_of_numpy() -> None:
    wide = np.hstack([X, X])
    solution = matdiff.stationary("norm2(X*w - y)^2", "w")
    np.testing.assert_allclose(run(solution, "w", X=wide, y=Y), np.linalg.lstsq(wide, Y, rcond=None)[0])


def test_regression_with_intercept_is_that_of_numpy() -> None:
    solution = matdiff.stationary("norm2(X*w + b*ones - y)^2", ["w", "b"], where="b: scalar")
    *slopes, intercept = np.linalg.lstsq(np.hstack([X, np.ones((9, 1))]), Y, rcond=None)[0]
    np.testing.assert_allclose(run(solution, "w", X=X, y=Y), slopes)
    np.testing.assert_allclose(run(solution, "b", X=X, y=Y), intercept)


def test_normal_likelihood_has_mean_and_covariance() -> None:
    solution = matdiff.stationary(
        "-n/2*logdet(S) - 1/2*tr(inv(S)*(X - ones*mu.T).T*(X - ones*mu.T))",
        ["mu", "S"],
        where="S: p x p spd; X: n x p; mu: p",
    )
    np.testing.assert_allclose(run(solution, "mu", X=X), X.mean(axis=0))
    np.testing.assert_allclose(run(solution, "S", X=X), np.cov(X.T, bias=True))


def test_sylvester_equation_is_solved() -> None:
    solution = matdiff.solve("A*X + X*B = C", "X", where="A: n x n; B: m x m")
    a, b, c = DEFINITE, np.diag([1.0, 2.0]), RANDOM.normal(size=(3, 2))
    found = run(solution, "X", A=a, B=b, C=c)
    np.testing.assert_allclose(a @ found + found @ b, c)


def test_constrained_minimum_satisfies_the_constraint() -> None:
    where = "Q: n x n spd; A: m x n full_row_rank; c: n"
    solution = matdiff.stationary("x.T*Q*x/2 - c.T*x", "x", "A*x = b", where=where)
    assert solution.unknowns == ("lambda", "x")
    a, b, c = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=2), RANDOM.normal(size=3)
    whole = np.block([[DEFINITE, a.T], [a, np.zeros((2, 2))]])
    *point, first, second = np.linalg.solve(whole, np.concatenate([c, b]))
    np.testing.assert_allclose(run(solution, "x", Q=DEFINITE, A=a, b=b, c=c), point)
    np.testing.assert_allclose(run(solution, "lambda", Q=DEFINITE, A=a, b=b, c=c), [first, second])


def test_one_unknown_is_free_of_the_others() -> None:
    solution = matdiff.solve(["A*x + B*y = c", "D*y = d"], ["x", "y"], where="A: n x n invertible; D: m x m invertible")
    assert solution.text == "y = inv(D)*d\nx = inv(A)*(c - B*y)"
    assert solution["x"] == "inv(A)*(c - B*inv(D)*d)"


def test_wrong_inverse_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = operators.inverted
    monkeypatch.setattr(operators, "inverted", lambda matrix: build.transpose(right(matrix)))
    with pytest.raises(Disagreement):
        matdiff.solve("A*x = b", "x", where="A: n x n")


def test_wrong_substitution_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elimination, "put_in", lambda node, unknown, value: node)
    with pytest.raises(MatdiffError):
        matdiff.solve("A*x + B*y = c; C*x + D*y = d", ["x", "y"], where="A: n x n; D: m x m")


def test_wrong_pseudoinverse_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = operators.pseudoinverse
    monkeypatch.setattr(operators, "pseudoinverse", lambda matrix: build.total([(2, right(matrix))]))
    with pytest.raises(Disagreement):
        matdiff.solve("A*x = b", "x", where="A: m x n")


N, M = symbol("n"), symbol("m")


def words(*properties: str) -> Node:
    return build.variable("A", (N, N), properties)


@pytest.mark.parametrize(
    ("node", "sign", "needs"),
    [
        (words("spd"), 1, []),
        (words("psd"), 1, ["is invertible"]),
        (words("orthogonal"), 0, []),
        (words(), 0, ["is invertible"]),
        (build.total([(-2, words("spd"))]), -1, []),
        (build.total([(1, words("psd")), (1, build.identity(N))]), 1, []),
        (build.total([(1, words("psd")), (-1, build.identity(N))]), 0, ["is invertible"]),
        (build.variable("t", (), ["positive"]), 1, []),
        (build.variable("t", ()), 0, ["is not zero"]),
    ],
)
def test_what_follows_from_declarations(node: Node, sign: int, needs: list[str]) -> None:
    found = known_of(node)
    assert (found.sign, [need.words for need in found.needs]) == (sign, needs)


def test_scope_of_a_function_is_its_own() -> None:
    assert matdiff.solve("let B = A.T*A\nB*x = A.T*b", "x", where="A: m x n full_column_rank").text == (
        "x = inv(A.T*A)*A.T*b"
    )
