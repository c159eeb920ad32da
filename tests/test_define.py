"""Functions that the user defines: what maps carry, the oracle's independence of it, and SymPy's part."""

from __future__ import annotations

import pickle

import pytest

import matdiff
from matdiff.engine import first_derivatives
from matdiff.errors import MatdiffError
from matdiff.functions.defined import Definition, row_of, written_out
from matdiff.interop import scalars
from matdiff.parsing.read import read_scope
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node, make
from matdiff.verify.compare import check_derivative

x = build.variable("x", (symbol("n"),))
SWISH = "swish(t) = t*sigmoid(t)"


def defined(*texts: str) -> Definition:
    return read_scope("", texts).definitions[-1]


def total_of(definition: Definition) -> Node:
    return build.call("sum", (make("map", (x,), definition.attrs, x.shape),), ())


def test_python_takes_definitions() -> None:
    assert matdiff.grad("sum(swish(x))", "x", define=SWISH).text == "sigmoid(x).*(1 - swish(x)) + swish(x)"
    assert matdiff.hessian("f(g(t))", "t", "t: scalar", define=["g(t) = t^2", "f(t) = 3*t"]).text == "6"
    assert matdiff.equal("f(x)", "x.*sigmoid(x)", define="f(t) = t*sigmoid(t)").verdict == "proved"
    assert matdiff.simplify("f(x) + f(x)", define="f(t) = t^2").text == "2*f(x)"


def test_generated_code_has_the_body() -> None:
    derivative = matdiff.grad("sum(f(x))", "x", define="f(t) = pi*t^2 + 2")
    assert "f(" not in derivative.numpy.rpartition("return")[2]
    assert list(derivative(x=[0.0, 1.0])) == pytest.approx([0.0, 6.283185307179586])  # type: ignore[call-overload]


def test_two_definitions_of_one_name_do_not_meet() -> None:
    square, cube = defined("f(t) = t^2"), defined("f(t) = t^3")
    assert total_of(square) is not total_of(cube)
    assert pickle.loads(pickle.dumps(total_of(cube))) is total_of(cube)


def test_a_wrong_slope_is_noticed() -> None:
    """The oracle takes the values of the body; what SymPy said of its derivative is checked against them."""
    right, other = defined(SWISH), defined("swish(t) = t^2")
    for slopes, status in ((right.slopes, "agrees"), (other.slopes, "differs")):
        value = total_of(right._replace(slopes=slopes))
        assert check_derivative(value, (x,), first_derivatives(value, (x,))[0]).status == status


def test_every_function_of_the_tables_can_stand_in_a_body() -> None:
    for name in ("relu", "softplus", "silu", "gelu", "lgamma", "erf", "log1p", "expm1", "logit", "arcsinh", "abs"):
        definition = defined(f"f(t) = {name}(t/3 + 1/2)^2")
        value = total_of(definition)
        answer = first_derivatives(value, (x,))[0]
        assert check_derivative(value, (x,), answer).status == "agrees", name
        assert row_of(definition.attrs) is not None
        assert written_out((value,))[0] is not value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("sin(t)^2 + cos(t)^2 + t", "1"),
        ("1/(1 + exp(-t))", "-v*(v - 1)"),
        ("exp(-t^2/2)", "-t*v"),
        ("sqrt(1 + t^2)", "t/v"),
        ("2^t", "v*log(2)"),
    ],
)
def test_the_shortest_form_of_a_derivative_is_taken(body: str, text: str) -> None:
    definition = defined(f"f(t) = {body}")
    assert scalars.slopes(definition.body, ("t",), "v") == (text,)


def test_forms_that_differ_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sympy.simplify", lambda expression: expression * 0)
    assert scalars.slopes(defined("f(t) = t^3").body, ("t",), "v") == ("3*t**2",)


def test_names_are_held() -> None:
    with pytest.raises(MatdiffError, match="`f` is a function in an earlier line"):
        matdiff.grad("define f(t) = t\nwhere f: n\nsum(f(x))", "x")
    with pytest.raises(MatdiffError, match="`f` is a function"):
        matdiff.grad("sum(f.*x)", "x", define="f(t) = t")
