"""Generated NumPy modules are run and compared with the formula written by hand."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from matdiff.tree import build, einsum
from matdiff.tree.build import call, hadamard, identity, number, ones, power, product, total, transpose, variable
from matdiff.tree.dims import multiply, symbol
from matdiff.tree.node import Node, Shape, make
from tests.programs import defined, numpy_source

n, m = symbol("n"), symbol("m")
A, X, B = variable("A", (n, n)), variable("X", (n, n)), variable("B", (m, n))
x, y, v = variable("x", (n,)), variable("y", (n,)), variable("v", (m,))
r = variable("r", (1, n))
a, c = variable("a", ()), variable("c", ())
T = transpose
HALF = Fraction(1, 2)

RANDOM = np.random.default_rng(7)
VALUES: dict[str, Any] = {
    "A": RANDOM.normal(size=(3, 3)) + 3 * np.eye(3),
    "X": RANDOM.normal(size=(3, 3)) - 4 * np.eye(3),
    "B": RANDOM.normal(size=(4, 3)),
    "x": RANDOM.uniform(0.5, 2, size=3),
    "y": RANDOM.uniform(0.5, 2, size=3),
    "v": RANDOM.normal(size=4),
    "r": RANDOM.normal(size=(1, 3)),
    "a": 0.7,
    "c": 1.9,
}


def compiled(node: Node, axes: Shape, variables: tuple[Node, ...]) -> Callable[..., Any]:
    """The function that the generated module defines."""
    return defined(numpy_source(node, variables, axes))


INVERSE = np.linalg.inv(VALUES["X"])
PAIRING = np.eye(12).reshape((4, 3, 12), order="F").transpose(2, 0, 1)
VARIABLES = {str(name.attrs[0]): name for name in (A, X, B, x, y, v, r, a, c)}


def inv(node: Node) -> Node:
    return call("inv", (node,), node.shape)


def diag(node: Node) -> Node:
    return call("diag", (node,), (node.shape[0], node.shape[0]))


def softmax(node: Node) -> Node:
    return call("softmax", (node,), node.shape)


CASES = [
    ("matrix vector", product(total([(1, A), (1, T(A))]), x), (n,), "A, x", "A @ x + A.T @ x"),
    ("outer", product(x, T(v)), (n, m), "x, v", "np.outer(x, v)"),
    ("inner", product(T(x), A, y), (), "x, A, y", "x @ A @ y"),
    ("outer chain", product(A, x, T(v), B), (n, n), "A, x, v, B", "np.outer(A @ x, v @ B)"),
    ("inner inside", product(x, T(y), A, x), (n,), "A, x, y", "x * (y @ A @ x)"),
    ("row", product(r, A), (1, n), "r, A", "r @ A"),
    ("row as vector", product(r, A), (n,), "r, A", "(r @ A).reshape(-1)"),
    ("row times column", product(r, x), (), "r, x", "(r @ x)[0]"),
    ("column times row", product(v, r), (m, n), "r, v", "np.outer(v, r)"),
    ("transposed row", T(r), (n,), "r", "r.reshape(-1)"),
    ("scaled rows", product(diag(v), B), (m, n), "v, B", "np.diag(v) @ B"),
    ("scaled columns", product(B, diag(x)), (m, n), "x, B", "B @ np.diag(x)"),
    ("diagonal between", product(B, diag(x), y), (m,), "x, y, B", "B @ np.diag(x) @ y"),
    ("row by diagonal", product(T(x), diag(y)), (1, n), "x, y", "(x * y)[None, :]"),
    ("two diagonals", product(diag(x), diag(y)), (n, n), "x, y", "np.diag(x * y)"),
    ("diagonal", product(a, diag(x)), (n, n), "a, x", "a * np.diag(x)"),
    ("diagonal of", call("diag", (A,), (n,)), (n,), "A", "np.diag(A)"),
    ("weights", total([(Fraction(-3, 2), x), (2, y)]), (n,), "x, y", "-1.5 * x + 2 * y"),
    ("spread", total([(1, ones((n,))), (-1, x), (2, product(c, ones((n,))))]), (n,), "x, c", "1 - x + 2 * c"),
    ("spread alone", total([(1, ones((n,))), (2, product(c, ones((n,))))]), (n,), "c, x", "np.full(3, 1 + 2 * c)"),
    ("ones", ones((n,)), (n,), "x", "np.ones(3)"),
    ("ones matrix", total([(2, ones((m, n)))]), (m, n), "B", "np.full((4, 3), 2.0)"),
    ("zeros", make("sum", (), (), (m, n)), (m, n), "B", "np.zeros((4, 3))"),
    ("zero", make("sum", (), (), ()), (), "", "0.0"),
    ("number", number(Fraction(3, 4)), (), "", "0.75"),
    ("size", product(power(build.size_number(multiply(m, n)), -1), B), (m, n), "B", "B / 12"),
    ("identity", total([(1, A), (-1, product(c, identity(n)))]), (n, n), "A, c", "A - c * np.eye(3)"),
    ("ones product", product(B, ones((n,))), (m,), "B", "B.sum(axis=1)"),
    ("hadamard", hadamard(x, power(y, -2), x), (n,), "x, y", "x * x / y**2"),
    ("reciprocal", power(x, -1), (n,), "x", "1 / x"),
    ("roots", hadamard(power(x, HALF), power(y, Fraction(-1, 3))), (n,), "x, y", "np.sqrt(x) / np.cbrt(y)"),
    ("pow", build.apply("pow", x, y), (n,), "x, y", "x**y"),
    ("quotients", product(a, power(c, -1), power(a, -2), x), (n,), "a, c, x", "a / c / a**2 * x"),
    ("inverses", total([(-1, product(T(inv(X)), T(A), T(inv(X))))]), (n, n), "X, A", "-(INVERSE @ A @ INVERSE).T"),
    ("matrix power", call("matpow", (A,), (n, n), (-3,)), (n, n), "A", "np.linalg.matrix_power(A, -3)"),
    ("logdet", call("logdet", (X,), ()), (), "X", "np.log(abs(np.linalg.det(X)))"),
    ("softmax", softmax(x), (n,), "x", "np.exp(x) / np.exp(x).sum()"),
    ("logsumexp", call("logsumexp", (x,), ()), (), "x", "np.log(np.exp(x).sum())"),
    ("sigmoid", build.apply("sigmoid", total([(1, x), (-1, y)])), (n,), "x, y", "1 / (1 + np.exp(y - x))"),
    ("scalar sigmoid", build.apply("sigmoid", a), (), "a", "1 / (1 + np.exp(-a))"),
    ("relu", build.apply("relu", B), (m, n), "B", "np.maximum(B, 0)"),
    ("norm", product(power(call("norm2", (x,), ()), -1), x), (n,), "x", "x / np.linalg.norm(x)"),
    ("dot", call("dot", (A, X), ()), (), "A, X", "np.trace(A.T @ X)"),
    ("kron", call("kron", (A, x), (multiply(n, n), n)), (multiply(n, n), n), "A, x", "np.kron(A, x[:, None])"),
    ("kron of columns", call("kron", (x, v), (multiply(n, m),)), (multiply(n, m),), "x, v", "np.kron(x, v)"),
    ("vec", call("vec", (B,), (multiply(m, n),)), (multiply(m, n),), "B", "B.T.reshape(-1)"),
    (
        "inverse by itself",
        make("sum", (einsum.from_letters("ik,lj->ijkl", inv(X), inv(X)),), (Fraction(-1),), (n, n, n, n)),
        (n, n, n, n),
        "X",
        '-np.einsum("ik,lj->ijkl", np.linalg.inv(X), np.linalg.inv(X))',
    ),
    (
        "delta",
        make("einsum", (B,), (((1, 4),), (0, 1, 0, 2, 3), (n, m, m, n, n)), (n, m, n, m, n)),
        (n, m, n, m, n),
        "B",
        'np.einsum("ik,j,l,a->ijkla", np.eye(3), B.sum(axis=1), np.ones(4), np.ones(3))',
    ),
    ("pairing", build.pairing(m, n), (multiply(m, n), m, n), "B", "PAIRING"),
    (
        "row in einsum",
        make("einsum", (r, A), (((3, 0), (1, 2)), (0, 1, 2), (n, n, n, 1)), (n, n, n)),
        (n, n, n),
        "r, A",
        'np.einsum("i,jk->ijk", r[0], A)',
    ),
]


@pytest.mark.parametrize(("node", "axes", "names", "formula"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_value_and_shape(node: Node, axes: Shape, names: str, formula: str) -> None:
    used = names.split(", ") if names else []
    expected = eval(formula, {"np": np, "INVERSE": INVERSE, "PAIRING": PAIRING}, VALUES)
    result = compiled(node, axes, tuple(VARIABLES[name] for name in used))(**{name: VALUES[name] for name in used})
    assert np.shape(result) == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-12)
    assert isinstance(result, np.ndarray if axes else np.float64)


AWKWARD = ["lambda", "in", "derivative", "np", "I1", "λ", "t1", "v1", "others", "shapes", "_arrays", "print", "match"]


def awkward_sum(names: Sequence[str]) -> tuple[Node, tuple[Node, ...], float]:
    """A function of scalars with these names that uses their sum twice, and its value at 0.01, 0.02, …."""
    scalars = tuple(variable(name, ()) for name in names)
    shared = power(total([(1, scalar) for scalar in scalars]), 2)
    square = (0.01 * len(names) * (len(names) + 1) / 2) ** 2
    return product(shared, build.apply("exp", shared)), scalars, square * math.exp(square)


def test_awkward_names_never_collide() -> None:
    node, scalars, expected = awkward_sum(AWKWARD)
    values = {name: 0.01 * (position + 1) for position, name in enumerate(AWKWARD)}
    assert compiled(node, (), scalars)(**values) == pytest.approx(expected)


def test_missing_and_unexpected_arguments_are_named() -> None:
    function = compiled(product(A, x), (n,), (A, x))
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'A' and 'x'"):
        function()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        function(A=VALUES["A"], x=VALUES["x"], z=1)
    with pytest.raises(TypeError, match="A: an array of 2 axes is expected, not of 1"):
        function(A=VALUES["x"], x=VALUES["x"])
    with pytest.raises(ValueError, match="x: n is 3 elsewhere, and 4 here"):
        function(A=VALUES["A"], x=VALUES["v"])


def test_missing_and_unexpected_keywords_are_named() -> None:
    function = compiled(product(variable("lambda", ()), variable("in", ())), (), ())
    assert function(**{"lambda": 2, "in": 3}) == 6
    with pytest.raises(TypeError, match="missing: in, lambda"):
        function()
    with pytest.raises(TypeError, match="unexpected: z"):
        function(**{"lambda": 2, "in": 3}, z=1)


def test_arguments_are_taken_in_the_order_of_the_variables() -> None:
    function = compiled(product(A, x), (n,), (A, x))
    np.testing.assert_array_equal(function(VALUES["A"], VALUES["x"]), VALUES["A"] @ VALUES["x"])


def test_a_row_comes_with_one_axis_or_two() -> None:
    function = compiled(product(r, A), (1, n), (r, A))
    flat, matrix = function(r=VALUES["r"][0], A=VALUES["A"]), function(r=VALUES["r"], A=VALUES["A"])
    np.testing.assert_array_equal(flat, matrix)
    assert flat.shape == (1, 3)


def test_large_arguments_do_not_overflow() -> None:
    large = {"x": np.array([-1000.0, 0.0, 1000.0])}
    for node, expected in (
        (build.apply("sigmoid", x), [0, 0.5, 1]),
        (softmax(x), [0, 0, 1]),
        (build.apply("softplus", x), [0, np.log(2), 1000]),
    ):
        np.testing.assert_allclose(compiled(node, (n,), (x,))(**large), expected)
    assert compiled(call("logsumexp", (x,), ()), (), (x,))(**large) == 1000


def test_a_size_that_no_variable_has_is_an_argument() -> None:
    np.testing.assert_array_equal(compiled(identity(m), (m, m), ())(m=2), np.eye(2))


def test_source() -> None:
    residual = total([(1, product(A, x)), (-1, y)])
    node = product(power(call("norm2", (residual,), ()), -1), T(A), residual)
    assert numpy_source(node, (), (n,), "gradient of norm2(A*x - y) by x") == SOURCE


SOURCE = """\
import numpy as np


def _array(value):
    return np.asarray(value, dtype=float)


def _arrays(shapes, *values):
    sizes = {}
    given = zip(shapes.items(), values)
    return [_fitted(name, axes.split(), _array(value), sizes)[()] for (name, axes), value in given]


def _fitted(name, axes, value, sizes):
    if len(axes) == 1 and value.ndim == 2 and 1 in value.shape:
        value = value.reshape(-1)
    if value.ndim != len(axes):
        raise TypeError(f"{name}: an array of {len(axes)} axes is expected, not of {value.ndim}")
    for axis, length in zip(axes, value.shape):
        known = int(axis) if axis.isdigit() else sizes.setdefault(axis, length)
        if length != known:
            raise ValueError(f"{name}: {axis} is {known} elsewhere, and {length} here")
    return value


def derivative(A, x, y):
    \"\"\"gradient of norm2(A*x - y) by x

    A: array of n x n
    x: array of n
    y: array of n
    result: array of n
    \"\"\"
    A, x, y = _arrays({"A": "n n", "x": "n", "y": "n"}, A, x, y)
    t1 = A @ x - y
    return A.T @ t1/np.linalg.norm(t1)
"""


def test_a_title_cannot_end_the_docstring() -> None:
    source = numpy_source(x, (), (n,), 'a "quoted" title \\ with """ in it')
    assert ast.parse(source).body


def test_a_deep_network_is_linear_source() -> None:
    layer: Node = x
    for depth in range(512):
        layer = total([(1, layer), (1, build.apply("tanh", product(variable(f"W{depth}", (n, n)), layer)))])
    source = numpy_source(layer, (), (n,), "a deep network")
    assert len(source.splitlines()) < 512 * 6


def test_deep_nesting_and_long_sums_compile() -> None:
    nested: Node = x
    for _ in range(3000):
        nested = build.apply("sin", nested)
    wide = total([(1, power(nested, exponent)) for exponent in range(1, 2000)])
    assert compiled(wide, (n,), (x,))(x=np.zeros(3)).tolist() == [0, 0, 0]
    long = product(*[A] * 500, x)
    np.testing.assert_allclose(compiled(long, (n,), (A, x))(A=np.eye(3), x=np.ones(3)), np.ones(3))
