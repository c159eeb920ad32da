"""Equality: the canonical form, arithmetic modulo a prime, verdicts, `matdiff equal` and `--claim`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

import matdiff
from matdiff.cli.main import program
from matdiff.derive.canonical import canonical
from matdiff.errors import MatdiffError
from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.tree.node import Node
from matdiff.verify.modular import Agreement, check_modular
from matdiff.verify.residues import PRIME

WOODBURY = "inv(A) - inv(A)*U*inv(inv(C) + V*inv(A)*U)*V*inv(A)"


def sides(identity: str, where: str = "") -> tuple[Node, ...]:
    return interpret(read_statement(identity), Scope(read_declarations(where))).sides


def modular(identity: str, where: str = "") -> Agreement:
    left, right = sides(identity, where)
    return check_modular(left, right)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, arguments, prog_name="matdiff")


@pytest.mark.parametrize("number", range(2, 13))
def test_transposes_of_products_are_proved(number: int) -> None:
    names = [f"M_{k}" for k in range(number)]
    found = matdiff.equal(f"({'*'.join(names)})'", "*".join(f"{name}'" for name in reversed(names)))
    assert (found.verdict, found.error_bound) == ("proved", 0.0)


@pytest.mark.parametrize(
    "identity",
    [
        "(A + B)*(A - B) = A*A - A*B + B*A - B*B",
        "(x + y)'*(x + y) = x'*x + 2*x'*y + y'*y",
        "(x'*y)^2 = y'*x*x'*y",
        "(x + y).^3 = x.^3 + 3*x.^2.*y + 3*x.*y.^2 + y.^3",
        "tr((A + B)*C) = tr(C*A) + tr(C*B)",
        "kron(A, B)*kron(C, D) = kron(A*C, B*D)",
        "exp(A*(x + y)) = exp(A*x + A*y)",
    ],
)
def test_multiplied_out_sides_are_one_node(identity: str) -> None:
    left, right = sides(identity)
    assert canonical(left) is canonical(right)


def test_large_powers_of_sums_are_left_alone() -> None:
    left, right = sides("(A + B)^16 = (B + A)^16")
    assert canonical(left) is canonical(right)


@pytest.mark.parametrize(
    ("identity", "where", "status"),
    [
        (f"inv(A + U*C*V) = {WOODBURY}", "", "agrees"),
        (f"inv(A + U*C*V) = {WOODBURY.replace('inv(C) +', 'inv(C) -')}", "", "differs"),
        ("det(A)*inv(A) = adj(A)", "", "agrees"),
        ("cof(A) = adj(A)'", "", "agrees"),
        ("A^3*A^-2 = A", "", "agrees"),
        ("mean(x)*n = sum(x)", "x: n", "agrees"),
        ("tril(A) + triu(A) = A + diag(diag(A))", "", "agrees"),
        ("1 ./ (x.*y) = (1 ./ x).*(1 ./ y)", "", "agrees"),
        ("S*S' = S'*S", "S: n x n symmetric", "agrees"),
        ("K' = -K", "K: n x n skew", "agrees"),
        ("det(-A) = det(A)", "", "differs"),
        ("det(Q)^2 = 1", "Q: n x n orthogonal", "agrees"),
        ("inv(Q) = Q'", "Q: n x n orthogonal", "agrees"),
        ("det(Q) = 1", "Q: n x n orthogonal", "differs"),
        ("det(Q) = -1", "Q: n x n orthogonal", "differs"),
        ("det(Q)^2 = det(R)^2", "Q: n x n orthogonal; R: n x n orthogonal", "unchecked"),
        ("det([A, B; C, D]) = det(A)*det(D - C*inv(A)*B)", "A: n x n; D: m x m", "agrees"),
        ("det([A, B; C, D]) = det(A)*det(D + C*inv(A)*B)", "A: n x n; D: m x m", "differs"),
        ("pinv(X)*X = I", "X: n x m full_column_rank", "agrees"),
        ("X*pinv(X) = I", "X: n x m full_row_rank", "agrees"),
        ("X*pinv(X)*X = X", "X: n x m", "unchecked"),
        ("det(diag(x)) = prod(x)", "x: n", "agrees"),
        ("exp(x).*exp(y) = exp(x + y)", "", "unchecked"),
        (f"{PRIME}*A = 0*A", "", "unchecked"),
        (f"{PRIME + 1}*A = A", "", "unchecked"),
        ("A/1000000*1000001 = A", "", "differs"),
    ],
)
def test_arithmetic_modulo_the_prime(identity: str, where: str, status: str) -> None:
    assert modular(identity, where).status == status


def test_error_bound_counts_degrees() -> None:
    found = modular("inv(A*B) = inv(B)*inv(A)")
    assert 0 < found.error_bound < 1e-30
    assert {dict(sizes)["n"] for sizes in found.sizes} == {2, 3, 4, 5}
    assert found.points == 8


@pytest.mark.parametrize(
    ("left", "right", "where", "told"),
    [
        ("(A*B)'", "B'*A'", "", "proved"),
        ("log(exp(x).*y)", "x + log(y)", "y: n positive", "numerically equal"),
        ("A*B", "B'*A'", "", "different: equal up to transpose"),
        ("A*B", "B'*A'", "A: n x m; B: m x k", "different: equal up to transpose"),
        ("-x", "x", "", "different: equal up to the sign"),
        ("x'*x", "2*x'*x", "", "different: equal up to the factor 1/2"),
        ("3*A", "A'", "A: n x n", "different: equal up to transpose and the factor 3"),
        ("A*B", "B*A", "", "different"),
        ("x", "x'", "", "different: equal up to transpose"),
        ("det(-A)", "det(A)", "", "different"),
    ],
)
def test_verdict_in_words(left: str, right: str, where: str, told: str) -> None:
    found = matdiff.equal(left, right, where=where)
    assert str(found) == told
    assert bool(found) is not told.startswith("different")


def test_modular_verdict_has_its_bound() -> None:
    found = matdiff.equal("det(I + A*B)", "det(I + B*A)", where={"A": "n x m", "B": "m x n"})
    assert found.verdict == "proved mod p"
    assert found.error_bound is not None
    assert str(found).startswith("proved mod p (error bound ")


def test_counter_example_shows_both_values() -> None:
    found = matdiff.equal("tr(A)", "2*tr(A)")
    assert found.counter_example is not None
    ((name, value),) = found.counter_example.inputs
    assert (name, value) == ("A", ((2, 2), (-3, 2)))
    assert (found.counter_example.left, found.counter_example.right) == (4, 8)


@pytest.mark.parametrize(
    ("left", "right"), [("A*", "A"), ("A", "B C ="), ("A", "grad x'*x"), ("A = B", "A"), ("", "x")]
)
def test_what_is_no_expression_is_an_error(left: str, right: str) -> None:
    with pytest.raises(MatdiffError):
        matdiff.equal(left, right)


def test_equal_command() -> None:
    done = run("equal", "(A*C*D).T", "D.T*C.T*A.T")
    assert (done.exit_code, done.stdout) == (0, "proved\n")
    done = run("equal", "S*A", "(A.T*S).T", "--where", "S: n x n symmetric")
    assert (done.exit_code, done.stdout) == (0, "proved\n")
    done = run("equal", "-x", "x")
    assert (done.exit_code, done.stdout) == (1, "different: equal up to the sign\n")
    assert done.stderr == "at x = [-1, -2]: [1, 2] is claimed where [-1, -2] is right\n"
    assert run("equal", "x +", "x").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("grad", "x'*A*x", "--wrt", "x", "--claim", "A*x + A'*x"), 0, ["proved"]),
        (("grad", "sum(exp(x))", "--claim", "exp(x)"), 0, ["proved"]),
        (("hessian", "x'*x", "--claim", "2*I"), 0, ["proved"]),
        (("grad", "x'*A*x wrt x", "--claim", "2*A*x", "--where", "A: n x n symmetric"), 0, ["proved"]),
        (
            ("grad", "x'*x", "--claim", "x"),
            1,
            [
                "different: equal up to the factor 2",
                "right: 2*x",
                "at x = [-1, -2]: [-1, -2] is claimed where [-2, -4] is right",
            ],
        ),
        (
            ("grad", "x'*A*x", "--wrt", "x", "--claim", "x'*(A + A')"),
            1,
            [
                "different: equal up to transpose, as in the numerator layout",
                "right: (A + A.T)*x",
                "the gradient (vector, n) and x'*(A + A') (row, 1 x n) have different shapes",
            ],
        ),
    ],
)
def test_claims(arguments: tuple[str, ...], code: int, told: list[str]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout.splitlines()) == (code, told)


@pytest.mark.parametrize(
    "arguments",
    [
        ("grad", "-", "--claim", "x"),
        ("grad", "x'*y", "--wrt", "x,y", "--claim", "x"),
        ("grad", "x'*x", "--claim", "x", "--format", "json"),
        ("grad", "x'*x", "--claim", "x", "--layout", "numerator"),
        ("grad", "x'*x", "--claim", "x +"),
    ],
)
def test_claims_that_cannot_be_compared(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_exact_arithmetic_counts_for_more_than_rounding_errors() -> None:
    found = matdiff.equal("det(A*A*A*A*A*A*A*A*A*A*A*A)", "det(A)^12")
    assert (found.verdict, bool(found)) == ("proved mod p", True)


@pytest.mark.parametrize(("left", "right"), [("A*x", "A.*x"), ("x*A", "A*x")])
def test_a_vector_is_no_scalar_to_make_sides_equal(left: str, right: str) -> None:
    found = matdiff.equal(left, right)
    assert found.verdict == "different"
    assert found.reason == "this fits only where `x` is a scalar; declare `x: scalar` if that is meant"
    assert matdiff.equal(left, right, where="x: scalar")


@pytest.mark.parametrize(("left", "right"), [("x'*A*y", "x'*A'*y"), ("tr(A*S*B)", "tr(A*S'*B)")])
def test_hint_of_a_symmetry(left: str, right: str) -> None:
    found = matdiff.equal(left, right)
    name = "S" if "S" in left else "A"
    assert str(found) == f"different: equal where `{name}` is symmetric"
