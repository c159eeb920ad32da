"""Unknown functions: names, kinds, text that reads back, code that is run, and an oracle that notices faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matdiff
from matdiff import engine
from matdiff.errors import MatdiffError
from matdiff.functions.unknown import BEFORE, BEHIND, Name, spelled, take_apart
from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.printing.context import Context
from matdiff.printing.write import text
from matdiff.tree import build, unknown
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder
from matdiff.verify import smooth
from matdiff.verify.compare import check_derivative

N, M = symbol("n"), symbol("m")
x, y, t = build.variable("x", (N,)), build.variable("y", (N,)), build.variable("t", ())
X, W = build.variable("X", (M, N)), build.variable("W", (M, N))
DECLARED = (
    "X: m x n; W: m x n; x: n; y: n; t: scalar; f: elementwise; g: elementwise; F: R^n -> R^m; P: scalar -> n x n;"
    "G: R^n x R^n -> R^m"
)
WRITTEN = (
    "L(x)",
    "J_prime(t)",
    "grad_L(x)",
    "hess_L(x)*y",
    "grad_L(X*y).T*W*x",
    "f(x)",
    "f_prime(W*x).*f_second(W*x)",
    "g(x, y) + g_prime2(x, y) + g_second12(x, y)",
    "F(x) + J_F(x)*y",
    "inv(P(t))*P_prime(t) + P_second(t)",
    "L(t) + L_prime(t)",
    "tr(grad_L(X).T*W)",
    "J2_G(x, y)*y - G(x, y)",
    "h(x, t) + grad1_h(x, t).T*y + grad2_h(x, t)",
    'einsum("abc,b,c->a", hess_F(x), x, y)',
    'einsum("abcd,cd->ab", hess_L(X), W)',
    "f(t) - c*f_prime(c*t)",
)


def read(source: str, where: str = "") -> Node:
    """The tree of an expression."""
    return interpret(read_statement(source), Scope(read_declarations(where))).sides[0]


@pytest.mark.parametrize("source", WRITTEN)
def test_printed_text_reads_back_to_the_same_node(source: str) -> None:
    node = read(source, DECLARED)
    assert text(node, Context()) == source
    assert read(text(node, Context()), DECLARED) is node


@pytest.mark.parametrize("source", WRITTEN)
def test_derivative_of_every_variable_is_right(source: str) -> None:
    node = read(source, DECLARED)
    for variable in (v for v in postorder((node,)) if v.op == "var"):
        answer = engine.first_derivatives(node, (variable,))[0]
        assert check_derivative(node, (variable,), answer).status == "agrees"


@pytest.mark.parametrize("name", ["L", "loss", "W1", "grad", "J", "f_1", "d_prime_x"])
@pytest.mark.parametrize("order", range(1, 5))
def test_names_of_derivatives_are_taken_apart(name: str, order: int) -> None:
    scalar, entries = unknown.whole(name, (x,), (), (0,) * order), unknown.entrywise(name, (x, y), (order - 1, 1))
    assert take_apart(spelled(scalar)) == Name(name, order, (), "before")
    assert take_apart(spelled(entries)) == Name(name, order, (0,) * (order - 1) + (1,), "behind")
    assert spelled(scalar).startswith(BEFORE[order])
    assert BEHIND[order] in spelled(entries)


def test_mixed_derivatives_are_one_node() -> None:
    value = unknown.whole("L", (x, X), ())
    by_x, _ = unknown.derivative(value, 0)
    by_both, wires = unknown.derivative(by_x, 1)
    other, turned = unknown.derivative(unknown.derivative(value, 1)[0], 0)
    assert by_both is other
    assert (wires, turned) == ((0, 1, 2), (2, 0, 1))


def test_hessian_is_its_own_transpose() -> None:
    assert matdiff.simplify("hess_L(x).T*y - hess_L(x)*y").text == "zeros"
    assert matdiff.simplify('einsum("abcd,ab->cd", hess_L(X), X) - einsum("cdab,ab->cd", hess_L(X), X)').text == "zeros"


SPELLINGS = {
    "sum(f(A*x)) + sum(f'(A*x))": "A.T*(f_prime(A*x) + f_second(A*x))",
    "sum(f″(A*x)) where f: elementwise": "A.T*f_third(A*x)",
    "sum(f''(A*x)) where f: elementwise": "A.T*f_third(A*x)",
    "φ(aᵀx)": "φ_prime(a.T*x)*a",
    "φ(aᵀx)φ": "φ^2*a",
    "w'(x - y)": "w",
    "½‖F(x)‖² where F: R^n -> R^m": "J_F(x).T*F(x)",
    "∇f(x)ᵀv": "hess_f(x)*v",
    "v'*∇²f(x)*v": 'einsum("abc,b,c->a", third_f(x), v, v)',
    "∇x": "error: `∇` means nothing here",
    "x″": "error: `″` does not belong here",
    "sigmoid'(x) + sigmoid(x)": "error: no function is called `sigmoid_prime`",
    "logdet(K(t)) where K: scalar -> n x n; t: scalar": "error: `K` is a word of the language",
}


@pytest.mark.parametrize("source", SPELLINGS)
def test_functions_are_read_as_books_spell_them(source: str) -> None:
    """By `x`, or by the only variable that there is."""
    try:
        found = str(matdiff.grad(source, None if "K(t)" in source else "x"))
    except MatdiffError as error:
        found = error.render().split("\n")[0]
    assert found == SPELLINGS[source]


KINDS = {
    "L(W*x)": ("grad", "W", "L: ℝⁿ → ℝ"),
    "sum(f(A*x))": ("grad", "x", "f entry by entry"),
    "c'*phi(x)": ("grad", "x", "phi entry by entry"),
    "norm2(F(x))^2": ("grad", "x", "F: ℝⁿ → ℝᵐ"),
    "norm2(y - f(A*x))^2": ("grad", "x", "f entry by entry"),
    "f(g(x))": ("grad", "x", "f: ℝᵐ → ℝ"),
    "L(phi(W*x))": ("grad", "x", "phi entry by entry"),
    "f(A*x)": ("jacobian", "x", "f: ℝⁿ → ℝᵏ"),
    "f(x'*x)": ("grad", "x", "f: ℝ → ℝ"),
}


@pytest.mark.parametrize("source", KINDS)
def test_kind_follows_from_the_place(source: str) -> None:
    kind, variable, told = KINDS[source]
    (found,) = engine.differentiate(read_statement(source), kind=kind, wrt=(variable,))
    assert told in found.assumptions


def test_what_was_assumed_is_noted() -> None:
    assert matdiff.grad("sum(f(A*x))", "x").notes == (
        '`f` read as applied entry by entry; else add --where "f: function" (a scalar) or "f: R^n -> R^m"',
    )
    assert matdiff.grad("sum(f(A*x))", "x", "f: elementwise").notes == ()
    assert matdiff.grad("L(A*x)", "x").notes == ()


def test_declaration_beats_the_place() -> None:
    assert matdiff.grad("sum(f(x))", "x", "f: function").text == "grad_f(x)"
    assert matdiff.grad("sum(f(x))", "x", "f: R^n -> R^m").text == "J_f(x).T*ones"
    assert matdiff.grad("sum(f(x))", "x", {"f": "ℝⁿ → ℝᵐ"}).text == "J_f(x).T*ones"


RANDOM = np.random.default_rng(3)
MATRIX, VECTOR, SHIFT = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3), RANDOM.normal(size=4)


def test_code_takes_functions_as_arguments() -> None:
    found: Any = matdiff.grad("L(A*x + b)", "x")(A=MATRIX, x=VECTOR, b=SHIFT, grad_L=lambda u: 2 * u)
    np.testing.assert_allclose(found, 2 * MATRIX.T @ (MATRIX @ VECTOR + SHIFT))
    found = matdiff.hessian("sum(f(A*x))", "x")(A=MATRIX, x=VECTOR, f_second=lambda u: -np.sin(u))
    np.testing.assert_allclose(found, MATRIX.T @ np.diag(-np.sin(MATRIX @ VECTOR)) @ MATRIX)
    found = matdiff.jacobian("inv(P(t))", "t", "P: scalar -> n x n; t: scalar")(
        t=2.0, P=lambda s: s * np.eye(2), P_prime=lambda s: np.eye(2)
    )
    np.testing.assert_allclose(found, -np.eye(2) / 4)


@pytest.mark.parametrize(
    ("grad", "message"),
    [(3.0, "grad_L: a function is expected"), (lambda u: 1.0, "grad_L: a value of 1 axes is expected, not of 0")],
)
def test_code_says_which_function_is_wrong(grad: object, message: str) -> None:
    derivative = matdiff.grad("L(A*x)", "x")
    with pytest.raises(TypeError, match=message):
        derivative(A=MATRIX, x=VECTOR, grad_L=grad)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'grad_L'"):
        derivative(A=MATRIX, x=VECTOR)


def test_variable_with_the_name_of_a_derivative_is_refused_in_code() -> None:
    with pytest.raises(MatdiffError, match="`grad_L` is a variable and a function"):
        _ = matdiff.grad("L(x) + grad_L'*x", "x").numpy


def test_smooth_functions_have_the_derivatives_that_they_say() -> None:
    """Differences of the values give the gradients, differences of these the Hessians, and so on."""
    z = [0.3, -0.7, 1.1]
    for order in range(3):
        lower, upper = (smooth.whole("L", [(3,)], (), (0,) * k) for k in (order, order + 1))
        for axis in range(3):
            right, left = ([e + d * (k == axis) for k, e in enumerate(z)] for d in (1e-5, -1e-5))
            slope = [(a - b) / 2e-5 for a, b in zip(lower(right), lower(left), strict=True)]
            np.testing.assert_allclose(slope, np.reshape(upper(z), (-1, 3))[:, axis], atol=1e-7)
    steps = [smooth.entrywise("f", orders) for orders in ((0, 0), (1, 0), (1, 1))]
    np.testing.assert_allclose((steps[0](1 + 1e-5, 2) - steps[0](1 - 1e-5, 2)) / 2e-5, steps[1](1, 2), atol=1e-7)
    np.testing.assert_allclose((steps[1](1, 2 + 1e-5) - steps[1](1, 2 - 1e-5)) / 2e-5, steps[2](1, 2), atol=1e-7)


def test_smooth_functions_are_of_no_special_form() -> None:
    hessian = np.reshape(smooth.whole("L", [(3,)], (), (0, 0))([0.3, -0.7, 1.1]), (3, 3))
    np.testing.assert_allclose(hessian, hessian.T)
    assert abs(np.linalg.det(hessian)) > 1e-3
    assert smooth.entrywise("f", (0,))(0.5) != smooth.entrywise("g", (0,))(0.5)


def swapped(node: Node, _: int) -> tuple[Node, tuple[int, ...]]:
    """The derivative by the first argument whatever was asked for."""
    return ORIGINAL(node, 0)


def first_order(node: Node, _: int) -> Node:
    """The function itself in the place of its derivative."""
    return node


ORIGINAL = unknown.derivative
FAULTS: dict[str, tuple[str, Callable[..., Any], str]] = {
    "wrong argument": ("derivative", swapped, "L(x, 2*y)"),
    "no derivative": ("slope", first_order, "sum(f(x))"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_oracle_notices_a_fault(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, broken, source = FAULTS[fault]
    value = read(source, "f: elementwise; x: n; y: n")
    variable = next(v for v in reversed(postorder((value,))) if v.op == "var")
    right = engine.first_derivatives(value, (variable,))[0]
    assert check_derivative(value, (variable,), right).status == "agrees"
    monkeypatch.setattr(unknown, place, broken)
    wrong = engine.first_derivatives(value, (variable,))[0]
    assert check_derivative(value, (variable,), wrong).status == "differs"
