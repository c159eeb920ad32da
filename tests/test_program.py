"""What generated programs compute, and in which order: shown by the last lines of NumPy functions."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff
from matdiff.functions.catalogue import ROWS
from matdiff.printing import write
from matdiff.printing.program.function import Function, Output, function_of_lines, program_of
from matdiff.tree import build, walk
from matdiff.tree.build import product, total, transpose, variable
from matdiff.tree.dims import symbol, value_of
from matdiff.tree.node import Node
from tests.grid import applied, argument_lists
from tests.programs import function_of, numpy_source

n, m, k = symbol("n"), symbol("m"), symbol("k")
A, B = variable("A", (n, n)), variable("B", (n, n))
X, Y = variable("X", (n, m)), variable("Y", (m, k))
x, y, z = variable("x", (n,)), variable("y", (n,)), variable("z", (k,))
S = variable("S", (n, n), ("spd",))


def inverse(node: Node) -> Node:
    return build.call("inv", (node,), node.shape)


def diag(node: Node) -> Node:
    return build.call("diag", (node,), node.shape * 2)


def trace(node: Node) -> Node:
    return build.call("tr", (node,), ())


def body(node: Node) -> str:
    """The lines of the function that come behind those that take its arguments."""
    source = numpy_source(node, (), node.shape)
    return "; ".join(line.strip() for line in source[source.rindex("_arrays(") :].splitlines()[1:])


PROGRAMS = [
    ("vectors first", product(X, Y, z), "return X @ (Y @ z)"),
    ("vectors first from the left", product(transpose(x), X, Y), "return (x @ X @ Y)[None, :]"),
    ("the inner product in the middle", product(x, transpose(y), A, x), "return (y @ A @ x)*x"),
    ("an outer product last", product(A, x, transpose(y), B), "return np.outer(A @ x, y @ B)"),
    ("solve", product(inverse(A), x), "return np.linalg.solve(A, x)"),
    ("solve from the right", product(transpose(x), inverse(A), y), "return x @ np.linalg.solve(A, y)"),
    ("solve a transpose", product(transpose(inverse(A)), x), "return np.linalg.solve(A.T, x)"),
    (
        "an inverse that is needed as a matrix serves its products",
        total([(1, inverse(A)), (-1, product(inverse(A), x, transpose(y), inverse(A)))]),
        "t1 = np.linalg.inv(A); return t1 - np.outer(t1 @ x, t1.T @ y)",
    ),
    (
        "one factor of a positive definite matrix",
        total([(1, build.call("logdet", (S,), ())), (1, product(transpose(x), inverse(S), x))]),
        "t1 = np.linalg.cholesky(S); return 2*np.sum(np.log(np.diag(t1))) + x @ _solve_factored(t1, x)",
    ),
    (
        "a regularised Gram matrix is positive definite",
        product(inverse(total([(1, product(transpose(X), X)), (2, build.identity(m))])), transpose(X), x),
        "return _solve_factored(np.linalg.cholesky(X.T @ X + 2*np.eye(X.shape[1])), X.T @ x)",
    ),
    (
        "a matrix with positive entries is not definite",
        product(inverse(total([(1, S), (1, build.variable("P", (n, n), ["positive"]))])), x),
        "return np.linalg.solve(S + P, x)",
    ),
    ("a sum times a vector", product(total([(1, A), (1, transpose(A))]), x), "return A @ x + A.T @ x"),
    ("a sum times a matrix", product(total([(1, A), (1, transpose(A))]), B), "return (A + A.T) @ B"),
    ("a difference of given matrices", product(total([(1, A), (-1, B)]), x), "return (A - B) @ x"),
    (
        "a reflection changes a matrix by an outer product",
        product(total([(1, build.identity(n)), (-2, product(x, transpose(x)))]), B),
        "return B - np.outer(2*x, x @ B)",
    ),
    (
        "reflections of a vector, one after the other",
        product(
            total([(1, build.identity(n)), (-2, product(x, transpose(x)))]),
            total([(1, build.identity(n)), (-2, product(y, transpose(y)))]),
            build.variable("v", (n,)),
        ),
        "t1 = v - 2*(y @ v)*y; return t1 - 2*(x @ t1)*x",
    ),
    (
        "no Gram matrix for a vector",
        product(total([(1, product(transpose(X), X)), (2, build.identity(m))]), variable("w", (m,))),
        "return X.T @ (X @ w) + 2*w",
    ),
    (
        "a covariance between two sides",
        product(transpose(X), total([(1, diag(x)), (-1, product(x, transpose(x)))]), X),
        "return X.T*x @ X - np.outer(X.T @ x, x @ X)",
    ),
    (
        "a diagonal of terms",
        build.call(
            "diag", (product(inverse(A), total([(1, build.identity(n)), (-1, product(x, transpose(y)))])),), (n,)
        ),
        "t1 = np.linalg.inv(A); return np.diag(t1) - (t1 @ x)*y",
    ),
    (
        "a matrix with positive numbers on the diagonal added",
        product(inverse(total([(1, S), (1, diag(variable("p", (n,), ["positive"])))])), x),
        "return _solve_factored(np.linalg.cholesky(S + np.diag(p)), x)",
    ),
    (
        "a product with a vector serves a scalar",
        total([(1, product(A, x)), (1, product(y, transpose(x), A, x))]),
        "t1 = A @ x; return t1 + (x @ t1)*y",
    ),
    (
        "a product serves that with a square",
        total([(1, build.hadamard(build.power(A, 2), B)), (1, build.hadamard(A, B))]),
        "t1 = A*B; return A*t1 + t1",
    ),
    ("trace of a product", trace(product(A, B)), "return np.vdot(A, B.T)"),
    ("trace of a long product", trace(product(A, X, transpose(X))), "return np.vdot(A @ X, X)"),
    ("diagonal of a product", build.call("diag", (product(A, B),), (n,)), "return np.sum(A*B.T, axis=1)"),
    ("rows scaled", product(diag(x), A), "return x[:, None]*A"),
    ("columns scaled", product(A, diag(x)), "return A*x"),
    ("no diagonal matrix for a vector", product(A, diag(x), y), "return A @ (x*y)"),
    ("a bias is stretched", total([(1, A), (1, product(build.ones((n,)), transpose(x)))]), "return A + x"),
    ("sums of rows", product(A, build.ones((n,))), "return np.sum(A, axis=1)"),
    ("a column", product(A, build.unit(2, n)), "return A[:, 1]"),
    (
        "a difference and its opposite",
        build.hadamard(total([(1, x), (-1, y)]), build.apply("exp", total([(1, y), (-1, x)]))),
        "t1 = x - y; return t1*np.exp(-t1)",
    ),
    ("a weight goes with the shorter factor", total([(3, product(x, transpose(y)))]), "return np.outer(3*x, y)"),
    ("a sign stays outside of a product", total([(-1, product(A, x))]), "return -(A @ x)"),
    ("scalars first", product(build.power(build.size_number(n), -1), build.number(3), A), "return 3/A.shape[0]*A"),
]


@pytest.mark.parametrize(("node", "expected"), [case[1:] for case in PROGRAMS], ids=[case[0] for case in PROGRAMS])
def test_program(node: Node, expected: str) -> None:
    assert body(node) == expected


def test_sizes_decide_where_names_do_not() -> None:
    chain = (variable("C", (n, m)), variable("D", (m, k)), variable("E", (k, n)))
    outputs = (Output("result", product(*chain), (n, n)),)
    ends = [
        write.code(Function(outputs, "", sizes=tuple(sizes.items())), "numpy").splitlines()[-1].strip()
        for sizes in ({}, {"n": 2, "m": 1000, "k": 2}, {"n": 1000, "m": 2, "k": 1000})
    ]
    assert ends == ["return C @ D @ E", "return C @ D @ E", "return C @ (D @ E)"]


def test_products_cost_no_more_than_the_best_order() -> None:
    """Every order of a chain of seven, tried out, is at least as dear."""
    lengths = [3, 40, 2, 17, 90, 5, 31, 8]
    chain = [variable(f"M{i}", (lengths[i], lengths[i + 1])) for i in range(7)]

    def cheapest(first: int, last: int) -> int:
        if last - first == 1:
            return 0
        return min(
            cheapest(first, middle) + cheapest(middle, last) + lengths[first] * lengths[middle] * lengths[last]
            for middle in range(first + 1, last)
        )

    (root,) = program_of(Function((Output("result", product(*chain), (3, 8)),), "")).outputs
    cost = sum(
        value_of(left.shape[0], {}) * value_of(left.shape[1], {}) * value_of(right.shape[1], {})
        for left, right in (node.args for node in walk.postorder((root,)) if node.op == "matmul")
    )
    assert cost == cheapest(0, 7)


def test_several_values_share_their_work() -> None:
    residual = total([(1, product(X, variable("w", (m,)))), (-1, x)])
    outputs = (
        Output("value", product(transpose(residual), residual), ()),
        Output("w", product(transpose(X), residual), (m,)),
        Output("x", total([(-1, residual)]), (n,)),
    )
    source = write.code(Function(outputs, "both", name="value_and_grad", groups=(1, 2)), "numpy")
    assert source.splitlines()[-2:] == ["    t1 = X @ w - x", "    return t1 @ t1, (X.T @ t1, -t1)"]


def test_a_straight_program_keeps_its_names() -> None:
    u, delta = variable("u", (n,)), variable("delta_u", (n,))
    lines = (
        ("u", product(A, x)),
        ("delta_u", build.hadamard(build.apply("cos", u), y)),
        ("dA", product(delta, transpose(x))),
    )
    source = write.code(function_of_lines(lines, ("delta_u", "dA"), "backwards"), "numpy")
    assert source.splitlines()[-4:] == [
        "    u = A @ x",
        "    delta_u = np.cos(u)*y",
        "    dA = np.outer(delta_u, x)",
        "    return delta_u, dA",
    ]


def test_generated_gradient_of_a_batched_layer_is_right() -> None:
    """Shared parts, stretched biases and row-wise functions together."""
    random = np.random.default_rng(3)
    arrays = {"X": random.normal(size=(5, 3)), "W": random.normal(size=(3, 4)), "c": random.normal(size=4)}
    gradient = matdiff.grad("sum(logsumexp(X*W + ones*c.T, rows))", "c")
    scores = arrays["X"] @ arrays["W"] + arrays["c"]
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.asarray(gradient(**arrays)), softmax.sum(axis=0))


def test_a_number_among_blocks_is_an_array() -> None:
    block = build.block((A, x, transpose(x), build.number(2)), 2)
    assert body(block) == "return np.block([[A, x[:, None]], [x[None, :], np.float64(2).reshape(1, 1)]])"


@pytest.mark.parametrize("language", ["numpy", "jax", "torch", "matlab"])
def test_every_function_is_spelled(language: str) -> None:
    for row in ROWS:
        for arguments, shape in argument_lists(row):
            value = applied(row, arguments, shape)
            assert write.code(function_of(value, arguments, shape), language)
