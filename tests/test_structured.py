"""Gradients by structured variables, by each convention; every answer is compared with the oracle on the way."""

from __future__ import annotations

import pytest

import matdiff
from matdiff.errors import NotYet

ANSWERS = [
    ("logdet(X)", "spd", "inv(X)", "2*inv(X) - diag(diag(inv(X)))", "inv(X).T"),
    ("tr(A*X)", "symmetric", "(A + A.T)/2", "A + A.T - diag(diag(A))", "A.T"),
    ("det(X)", "symmetric", "det(X)*inv(X)", "det(X)*(2*inv(X) - diag(diag(inv(X))))", "det(X)*inv(X).T"),
    ("a'*X*b", "symmetric", "(a*b.T + b*a.T)/2", "a*b.T + b*a.T - diag(a.*b)", "a*b.T"),
    ("tr(A*X)", "skew", "(A.T - A)/2", "A.T - A", "A.T"),
    ("tr(A*X)", "diagonal", "diag(diag(A))", "diag(diag(A))", "A.T"),
    ("tr(A*X)", "lower", "tril(A.T)", "tril(A.T)", "A.T"),
    ("tr(A*X)", "upper", "tril(A).T", "tril(A).T", "A.T"),
]


@pytest.mark.parametrize(("expression", "structure", "project", "entries", "free"), ANSWERS)
def test_gradient_by_each_convention(expression: str, structure: str, project: str, entries: str, free: str) -> None:
    where = f"X: n x n {structure}; A: n x n; a: n; b: n"
    for convention, expected in (("project", project), ("entries", entries), ("free", free)):
        assert matdiff.grad(expression, "X", where, structured=convention).text == expected


def test_gradient_by_an_orthogonal_matrix_is_tangent() -> None:
    assert matdiff.grad("tr(A*Q)", "Q", "Q: n x n orthogonal; A: n x n").text == "(A.T - Q*A*Q)/2"


def test_entries_of_an_orthogonal_matrix_are_not_free() -> None:
    with pytest.raises(NotYet, match="not free"):
        matdiff.grad("tr(A*Q)", "Q", "Q: n x n orthogonal; A: n x n", structured="entries")
