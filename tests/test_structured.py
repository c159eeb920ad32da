"""Gradients by structured variables, by each convention; every answer is compared with the oracle on the way."""

from __future__ import annotations

import pytest

import matdiff
from matdiff.errors import NotYet
from matdiff.rulebook.run import check_lines

ANSWERS = [
    ("logdet(X)", "spd", "inv(X)", "2*inv(X) - inv(X).*I", "inv(X).T"),
    ("tr(A*X)", "symmetric", "(A + A.T)/2", "A + A.T - A.*I", "A.T"),
    ("det(X)", "symmetric", "det(X)*inv(X)", "det(X)*(2*inv(X) - inv(X).*I)", "det(X)*inv(X).T"),
    ("a'*X*b", "symmetric", "(a*b.T + b*a.T)/2", "a*b.T + b*a.T - diag(a.*b)", "a*b.T"),
    ("tr(A*X)", "skew", "(A.T - A)/2", "A.T - A", "A.T"),
    ("tr(A*X)", "diagonal", "A.*I", "A.*I", "A.T"),
    ("logdet(X)", "diagonal", "inv(X)", "inv(X)", "inv(X).T"),
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


# One of each shape that a derivative by a structured variable has, and second ones; each is compared with the oracle.
LARGER = [
    ("jacobian", "X*a"),
    ("jacobian", "X*A*X"),
    ("hessian", "logdet(X)"),
    ("hessian", "tr(A*X*X)"),
]


@pytest.mark.parametrize(("kind", "expression"), LARGER)
@pytest.mark.parametrize("structure", ["symmetric", "skew", "diagonal", "lower", "upper"])
@pytest.mark.parametrize("convention", ["project", "entries", "free"])
def test_larger_derivatives_are_confirmed(kind: str, expression: str, structure: str, convention: str) -> None:
    where = f"X: n x n {structure}; A: n x n; a: n"
    if structure == "skew" and expression == "logdet(X)":
        return
    found = getattr(matdiff, kind)(expression, "X", where, structured=convention)
    assert found.check.startswith("agrees")
    assert found.as_json()["structured"].endswith(f"(structured {convention})")


def test_convention_is_named_in_the_text() -> None:
    where = "X: n x n symmetric"
    assert matdiff.grad("tr(A*X) wrt X structured entries", where=where).text == "A + A.T - A.*I"
    assert matdiff.grad("structured entries\ntr(A*X)", "X", where).text == "A + A.T - A.*I"
    assert matdiff.grad("tr(A*X) wrt X structured project", where=where, structured="entries").text == "(A + A.T)/2"
    assert matdiff.grad("tr(A*X)", "X").as_json()["structured"] == ""


BY_LINES = b"""structured entries
where X: n x n symmetric; A: n x n
grad tr(A*X) wrt X = A + A.T - A.*I
grad tr(A*X) wrt X = sym(A)
grad tr(A*X) wrt X structured project = sym(A)
grad tr(A*X) wrt X structured free = A.T
grad tr(A*X) wrt X structured free = sym(A)
structured project
grad tr(A*X) wrt X = sym(A)
grad tr(A*X) wrt X = A.T
hessian tr(X*X) wrt X structured entries = einsum("ik,jl->ijkl", I(n), I(n))
structured entry
tr(A) = tr(A.T) structured free
"""


def test_rules_are_judged_by_the_convention_of_their_line() -> None:
    """A claim that is right by another convention is wrong."""
    findings = list(check_lines("-", BY_LINES.splitlines()))
    assert [(f.line, f.verdict, f.answer or f.message) for f in findings] == [
        (3, "holds", ""),
        (4, "wrong", "A + A.T - A.*I"),
        (5, "holds", ""),
        (6, "holds", ""),
        (7, "wrong", "A.T"),
        (9, "holds", ""),
        (10, "wrong", "(A + A.T)/2"),
        (11, "wrong", findings[7].answer),
        (12, "error", "no convention is called `entry`"),
        (13, "error", "`structured` goes with a derivative"),
    ]
