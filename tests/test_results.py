"""The forms of results: Kronecker products, differentials, directions, blocks of Hessians, layouts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

import matdiff
from matdiff import forms
from matdiff.cli.main import program
from matdiff.engine import Derivative, Options, compare_sides, differentiate
from matdiff.errors import MatdiffError, ShapeConflict, WrongArguments
from matdiff.parsing.read import read_statement
from matdiff.recognise import kronecker
from matdiff.recognise.kronecker import kronecker_form
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.dims import value_of as size_of
from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of
from matdiff.verify.compare import check_directional
from tests.programs import numpy_source, size_arguments

Array = NDArray[np.float64]
SIZES = dict(zip("nmkpqr", (3, 2, 4, 5, 2, 3), strict=True))

KRONECKER = [
    ("jacobian", "A*X*B wrt X", "kron(B.T, A)"),
    ("jacobian", "X.T wrt X where X: n x m", "K(n, m)"),
    ("jacobian", "X'*X wrt X where X: n x m", "kron(X.T, I(m))*K(n, m) + kron(I(m), X.T)"),
    ("jacobian", "inv(X) wrt X", "-kron(inv(X).T, inv(X))"),
    ("jacobian", "X^2 wrt X where X: n x n", "kron(X.T, I(n)) + kron(I(n), X)"),
    ("jacobian", "A*X' wrt X where X: n x m", "kron(I(n), A)*K(n, m)"),
    ("jacobian", "x*x' wrt x where x: n", "kron(I(n), x) + kron(x, I(n))"),
    ("jacobian", "A*x*x'*B wrt x", "kron(B.T, A*x) + kron(B.T*x, A)"),
    ("jacobian", "exp(X) wrt X", "diag(vec(exp(X)))"),
    ("jacobian", "X.*A wrt X", "diag(vec(A))"),
    ("jacobian", "sin(A*X*B) wrt X", "diag(vec(cos(A*X*B)))*kron(B.T, A)"),
    ("jacobian", "A*(X.*X)*B wrt X", "2*kron(B.T, A)*diag(vec(X))"),
    ("jacobian", "vec(A*X*B) wrt X", "kron(B.T, A)"),
    ("jacobian", "X*a wrt X where X: n x m", "kron(a.T, I(n))"),
    ("jacobian", "a'*X wrt X where X: n x m", "kron(I(m), a.T)"),
    ("jacobian", "tr(X)*X wrt X where X: n x n", "vec(X)*vec(I(n)).T + tr(X)*I"),
    ("jacobian", "det(X)*A wrt X", "det(X)*vec(A)*vec(inv(X).T).T"),
    ("jacobian", "softmax(X*w) wrt X", "kron(w.T, diag(softmax(X*w)) - softmax(X*w)*softmax(X*w).T)"),
    ("jacobian", "diag(diag(X)) wrt X where X: n x n", "diag(vec(I(n)))"),
    ("hessian", "logdet(X) wrt X where X: n x n", "-kron(inv(X), inv(X).T)*K(n, n)"),
    ("hessian", "tr(X'*A*X) wrt X where X: n x m", "kron(I(m), A + A.T)"),
    ("hessian", "norm2(A*X - B)^2 wrt X where X: n x m", "2*kron(I(m), A.T*A)"),
    ("hessian", "sum(exp(X)) wrt X", "diag(vec(exp(X)))"),
    ("hessian", "(a'*X*b)^2 wrt X", "2*kron(b, a)*kron(b, a).T"),
    ("hessian", "tr(X)^2 wrt X where X: n x n", "2*vec(I(n))*vec(I(n)).T"),
]
STACKED = [
    ("jacobian", "kron(A, X) wrt X"),
    ("jacobian", "kron(X, A) wrt X"),
    ("jacobian", "kron(X, X) wrt X"),
    ("jacobian", "diag(x)*A*diag(x) wrt x"),
    ("jacobian", "A*diag(x)*B wrt x"),
    ("jacobian", "diag(X) wrt X"),
    ("jacobian", "diag(x) wrt x"),
    ("jacobian", "sigmoid(W*X)*ones wrt X"),
    ("jacobian", "inv(X)'*A*inv(X) wrt X"),
    ("jacobian", "X*diag(X*a) wrt X"),
    ("jacobian", "X^3 wrt X"),
    ("jacobian", "(x*x').^2 wrt x"),
    ("jacobian", "vec(X').*b wrt X"),
    ("jacobian", "A*A*S*A*A*x wrt S where S: n x n symmetric"),
    ("hessian", "tr(X^3) wrt X"),
    ("hessian", "det(X) wrt X"),
    ("hessian", "logsumexp(X*w) wrt X"),
    ("hessian", "norm2(X) wrt X"),
]
DIFFERENTIALS = [
    ("A*X*B wrt X", "dF = A*dX*B"),
    ("inv(X) wrt X", "dF = -inv(X)*dX*inv(X)"),
    ("X'*X wrt X", "dF = X.T*dX + dX.T*X"),
    ("norm2(X*w - y)^2 wrt w", "df = 2*(X*w - y).T*X*dw"),
    ("x'*A*y wrt x, y", "df = dx.T*A*y + x.T*A*dy"),
    ("exp(X) wrt X", "dF = dX.*exp(X)"),
    ("exp(t)*A wrt t where t: scalar", "dF = dt*exp(t)*A"),
    ("logdet(S) wrt S where S: n x n spd", "df = tr(dS*inv(S))"),
    ("a'*X wrt X", "df = a.T*dX"),
    ("F*f wrt f", "dg = F*df"),
    ("dX*X wrt X where dX: n x n", "dF = dX*dX_"),
]
ALONG = [
    ("grad", "norm2(X*w - y)^2 wrt w", ("v",), {"w": "2*(X*w - y).T*X*v"}),
    ("grad", "x'*A*y wrt x, y", ("v", "w"), {"x,y": "v.T*A*y + x.T*A*w"}),
    ("jacobian", "A*X*B wrt X", ("V",), {"X": "A*V*B"}),
    ("jacobian", "X*X wrt X", ("X",), {"X": "2*X^2"}),
    ("hessian", "x'*A*x wrt x", ("v",), {"x": "(A + A.T)*v"}),
    ("hessian", "x'*A*x wrt x", ("x",), {"x": "(A + A.T)*x"}),
    ("hessian", "logdet(X) wrt X", ("V",), {"X": "-(inv(X)*V*inv(X)).T"}),
    ("hessian", "logsumexp(x) wrt x", ("v",), {"x": "softmax(x).*(v - softmax(x).T*v)"}),
    ("hessian", "norm2(A*X - B)^2 wrt X", ("V",), {"X": "2*A.T*A*V"}),
    ("hessian", "x'*A*y wrt x, y", ("v", "w"), {"x": "A*w", "y": "A.T*v"}),
    ("hessian", "t^3 wrt t where t: scalar", ("s",), {"t": "6*s*t"}),
]
LAYOUTS = [
    ("grad", "x'*A*x wrt x", "mixed", "(A + A.T)*x", ("n",)),
    ("grad", "x'*A*x wrt x", "numerator", "x.T*(A + A.T)", ("1", "n")),
    ("grad", "x'*A*x wrt x", "denominator", "(A + A.T)*x", ("n",)),
    ("grad", "tr(A*X) wrt X", "numerator", "A", ("n", "m")),
    ("jacobian", "W*x wrt x", "mixed", "W", ("n", "m")),
    ("jacobian", "W*x wrt x", "numerator", "W", ("n", "m")),
    ("jacobian", "W*x wrt x", "denominator", "W.T", ("m", "n")),
    ("jacobian", "t*x wrt t where t: scalar", "denominator", "x.T", ("1", "n")),
    ("jacobian", "A*X*B wrt X", "denominator", 'einsum("ca,bd->abcd", A, B)', ("m", "k", "n", "p")),
]


def taken(kind: str, text: str, directions: tuple[str, ...] = (), layout: str = "mixed") -> tuple[Derivative, ...]:
    return differentiate(read_statement(text), kind=kind, options=Options(directions=directions, layout=layout))


def arrays(derivative: Derivative, *nodes: Node) -> dict[str, Array]:
    """Arrays for every variable of the statement and of the nodes, square ones near the identity."""
    generator = np.random.default_rng(7)
    shapes = {str(v.attrs[0]): v.shape for v in derivative.batch.interpreted.variables}
    shapes |= {str(variable.attrs[0]): variable.shape for variable in variables_of(nodes)}
    found = {}
    for name, axes in shapes.items():
        shape = tuple(size_of(axis, SIZES) for axis in axes)
        found[name] = generator.uniform(0.2, 1, shape)
        if len(shape) == 2 and shape[0] == shape[1]:
            found[name] = found[name] + 2 * np.eye(shape[0])
    return found


def value_of(node: Node, derivative: Derivative, inputs: Mapping[str, Array]) -> Array:
    """The value of a node by its NumPy source; sizes that no variable has are arguments there."""
    source = numpy_source(node, derivative.batch.context.variables, node.shape)
    module: dict[str, Callable[..., Array]] = {}
    exec(source, module)
    variables = (*derivative.batch.context.variables, *variables_of((node,)))
    values: dict[str, Array | int] = {str(variable.attrs[0]): inputs[str(variable.attrs[0])] for variable in variables}
    values |= size_arguments(source, SIZES)
    return np.asarray(module["derivative"](**values), dtype=float)


@pytest.mark.parametrize(("kind", "text", "expected"), KRONECKER)
def test_kronecker_form(kind: str, text: str, expected: str) -> None:
    assert taken(kind, text)[0].kronecker == expected


@pytest.mark.parametrize(("kind", "text"), [*(row[:2] for row in KRONECKER), *STACKED])
def test_kronecker_form_is_the_stacked_tensor(kind: str, text: str) -> None:
    (derivative,) = taken(kind, text)
    matrix = forms.kronecker(derivative.node, derivative.answer.lead)
    assert matrix is not None
    inputs = arrays(derivative)
    tensor = value_of(derivative.node, derivative, inputs)
    lead = derivative.answer.lead
    rows = int(np.prod(tensor.shape[:lead]))
    np.testing.assert_allclose(
        value_of(matrix, derivative, inputs), np.reshape(tensor, (rows, -1), order="F"), atol=1e-12
    )


def test_kronecker_form_that_numbers_do_not_confirm_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    (derivative,) = taken("jacobian", "X*X wrt X where X: n x n")

    def transposed(node: Node, lead: int) -> Node | None:
        matrix = kronecker_form(node, lead)
        return None if matrix is None else build.transpose(matrix)

    monkeypatch.setattr(kronecker, "kronecker_form", transposed)
    assert derivative.kronecker == ""


@pytest.mark.parametrize(("kind", "text"), [("grad", "x'*A*x wrt x"), ("jacobian", "W*x wrt x"), ("hessian", "x'*x")])
def test_matrices_need_no_kronecker_form(kind: str, text: str) -> None:
    assert taken(kind, text)[0].kronecker == ""


@pytest.mark.parametrize(("text", "expected"), DIFFERENTIALS)
def test_differential(text: str, expected: str) -> None:
    (derivative,) = taken("differential", text)
    assert (str(derivative), derivative.differential) == (expected, expected)
    assert derivative.check.startswith("agrees")


@pytest.mark.parametrize(("kind", "text"), [row[:2] for row in KRONECKER if row[0] == "jacobian"])
def test_differential_is_the_kronecker_form_times_the_change(kind: str, text: str) -> None:
    (derivative,) = taken(kind, text)
    (change,) = taken("differential", text)
    matrix = forms.kronecker(derivative.node, derivative.answer.lead)
    assert matrix is not None
    inputs = arrays(derivative, change.node)
    direction = inputs[f"d{derivative.wrt}"]
    stacked = value_of(change.node, derivative, inputs).reshape(-1, order="F")
    expected = value_of(matrix, derivative, inputs) @ direction.reshape(-1, order="F")
    np.testing.assert_allclose(stacked, expected, atol=1e-12)


@pytest.mark.parametrize(("kind", "text", "directions", "expected"), ALONG)
def test_derivative_along_a_direction(
    kind: str, text: str, directions: tuple[str, ...], expected: dict[str, str]
) -> None:
    derivatives = taken(kind, text, directions)
    assert {derivative.wrt: derivative.text for derivative in derivatives} == expected
    assert all(derivative.check.startswith("agrees") for derivative in derivatives)


@pytest.mark.parametrize("text", ["logdet(X)", "tr(X^3)", "norm2(X)", "sum(exp(X))", "det(X)", "sum(sigmoid(X).*X)"])
def test_hessian_along_a_direction_is_the_hessian_times_it(text: str) -> None:
    (hessian,) = taken("hessian", f"{text} wrt X where X: n x n")
    (along,) = taken("hessian", f"{text} wrt X where X: n x n; V: n x n", ("V",))
    inputs = arrays(along, along.node)
    expected = np.einsum("abcd,cd->ab", value_of(hessian.node, hessian, inputs), inputs["V"])
    np.testing.assert_allclose(value_of(along.node, along, inputs), expected, atol=1e-10)


def test_direction_of_a_structured_variable_is_taken_within_the_structure() -> None:
    (along,) = taken("hessian", "logdet(S) wrt S where S: n x n spd", ("V",))
    assert along.text == "-inv(S)*(V + V.T)*inv(S)/2"
    (along,) = taken("hessian", "logdet(S) wrt S where S: n x n spd; V: n x n symmetric", ("V",))
    assert along.text == "-inv(S)*V*inv(S)"


def test_wrong_directional_derivatives_differ() -> None:
    x, v, a = (build.variable(name, (symbol("n"),)) for name in "xva")
    value = build.product(build.transpose(a), x)
    right, wrong = build.product(build.transpose(a), v), build.product(build.transpose(x), v)
    assert [check_directional(value, ((x, v),), claim).status for claim in (right, wrong)] == ["agrees", "differs"]
    assert check_directional(value, ((x, v),), v).reason == "the derivative has the shape n instead of scalar"
    square = build.product(build.transpose(x), x)
    claims = (build.total([(2, v)]), v)
    assert [check_directional(square, ((x, v),), claim, x).status for claim in claims] == ["agrees", "differs"]


def test_directions_must_fit_their_variables() -> None:
    with pytest.raises(WrongArguments) as counted:
        taken("grad", "x'*A*x wrt x", ("v", "w"))
    assert counted.value.message == "1 variable and 2 directions: each needs the other"
    with pytest.raises(ShapeConflict) as shaped:
        taken("grad", "x'*A*x wrt x", ("V",))
    assert "the variable x (vector, n) and its direction V (matrix" in shaped.value.message
    with pytest.raises(MatdiffError, match="a direction is one expression"):
        taken("grad", "x'*A*x wrt x", ("v = w",))


def test_hessian_by_several_variables_has_a_block_for_each_pair() -> None:
    blocks = taken("hessian", "x'*A*y + t*x'*x wrt x, y where t: scalar")
    assert {block.wrt: (block.text, block.shape) for block in blocks} == {
        "x,x": ("2*t*I", ("n", "n")),
        "x,y": ("A", ("n", "m")),
        "y,x": ("A.T", ("m", "n")),
        "y,y": ("zeros", ("m", "m")),
    }
    assert [block.wrt for block in taken("hessian", "x'*A*x wrt x, x")] == ["x"]


def test_mixed_block_by_two_matrices_has_all_forms() -> None:
    block = {found.wrt: found for found in taken("hessian", "norm2(A*X - B)^2 wrt A, X")}["A,X"]
    assert block.shape == ("n", "m", "m", "k")
    assert block.kronecker == "2*(kron(I(cols(A)), A*X - B)*K(cols(A), cols(X)) + kron(X, A))"
    assert block.differential == "dG = 2*(A*dX*X.T + (A*X - B)*dX.T)"


@pytest.mark.parametrize(("kind", "text", "layout", "expected", "shape"), LAYOUTS)
def test_layout(kind: str, text: str, layout: str, expected: str, shape: tuple[str, ...]) -> None:
    (derivative,) = taken(kind, text, layout=layout)
    assert (derivative.text, derivative.shape, derivative.layout) == (expected, shape, layout)


def test_layout_holds_for_every_format() -> None:
    (derivative,) = taken("jacobian", "A*X*B wrt X", layout="denominator")
    assert derivative.kronecker == "kron(B, A.T)"
    (row,) = taken("grad", "x'*x", layout="numerator")
    assert np.asarray(row(x=np.ones(3)), dtype=float).shape == (1, 3)


def test_commutation_matrix_turns_stacked_matrices() -> None:
    identity = read_statement("K(m, n)*vec(X) = vec(X.T) where X: m x n")
    assert [verdict.status for verdict in compare_sides(identity)] == ["agrees"]
    (derivative,) = taken("jacobian", "K(m, n)*x wrt x where x: m*n; X: m x n")
    assert (derivative.text, derivative.unicode, derivative.latex) == ("K(m, n)", "K(m, n)", "K_{m, n}")
    matrix = np.asarray(derivative(x=np.ones(6), m=2, n=3), dtype=float)
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(matrix @ x.reshape(-1, order="F"), x.T.reshape(-1, order="F"))


def test_commutation_matrix_beside_a_variable_of_its_name_is_spelled_out() -> None:
    (derivative,) = taken("jacobian", "commutation(m, n)*K*x wrt x where K: m*n x k")
    assert derivative.text == "commutation(m, n)*K"


def test_python_interface() -> None:
    assert matdiff.differential("A*X*B", "X").text == "A*dX*B"
    assert matdiff.differential("x'*A*y", ["x", "y"], direction=("v", "w")).text == "v.T*A*y + x.T*A*w"
    assert matdiff.hessian("logdet(X)", "X", direction="V").text == "-(inv(X)*V*inv(X)).T"
    assert [block.wrt for block in matdiff.hessian("x'*A*y", ["x", "y"])] == ["x,x", "x,y", "y,x", "y,y"]
    assert matdiff.grad("x'*x", "x", layout="numerator").text == "2*x.T"


def test_json_has_every_form() -> None:
    record = json.loads(CliRunner().invoke(program, ["jacobian", "A*X*B wrt X", "--format", "json"]).stdout)
    forms_of_result = {key: record[key] for key in ("shape", "index", "kronecker", "differential", "layout")}
    assert forms_of_result == {
        "shape": ["n", "p", "m", "k"],
        "index": "D[i,j,k,l] = A[i,k]*B[l,j]",
        "kronecker": "kron(B.T, A)",
        "differential": "dF = A*dX*B",
        "layout": "mixed",
    }


@pytest.mark.parametrize(
    ("form", "expected"),
    [("text", "dF = A*dX*B"), ("unicode", "dF = A·dX·B"), ("latex", r"\mathrm{d}F = A \, \mathrm{dX} \, B")],
)
def test_differential_on_the_command_line(form: str, expected: str) -> None:
    result = CliRunner().invoke(program, ["differential", "A*X*B", "--wrt", "X", "--format", form])
    assert (result.stdout, result.exit_code) == (f"{expected}\n", 0)


def test_notebooks_show_the_names_of_shared_parts() -> None:
    network = "sum((W3*sigmoid(W2*sigmoid(W1*x + b1) + b2) + b3 - t).^2)"
    shown = matdiff.grad(network, ["W1", "W2", "W3", "b1", "b2", "b3"])[2]._repr_latex_()
    assert shown.startswith(r"$\begin{aligned} s_{1} &= \sigma\left(W_{1} x + b_{1}\right) \\ s_{2} &= ")
    assert shown.endswith(r"\\ & 2 s_{3} s_{2}^{\top} \end{aligned}$")
    assert matdiff.grad("x'*A*x", "x")._repr_latex_() == r"$\displaystyle \left(A + A^{\top}\right) x$"
