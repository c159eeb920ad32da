"""Whole printed strings, on trees made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.tree import build
from matdiff.tree.build import call, hadamard, identity, number, ones, power, product, total, transpose, variable
from matdiff.tree.dims import multiply, symbol
from matdiff.tree.node import Node, make

n, m, k = symbol("n"), symbol("m"), symbol("k")
A, X, B, C = variable("A", (n, n)), variable("X", (n, n)), variable("B", (m, n)), variable("C", (n, m))
D = variable("D", (m, n))
x, y, z, w, u = (variable(name, (n,)) for name in "xyzwu")
v = variable("v", (m,))
a, b, c, lam = (variable(name, ()) for name in ("a", "b", "c", "lambda"))
T = transpose
HALF = Fraction(1, 2)


def inv(node: Node) -> Node:
    return call("inv", (node,), node.shape)


def scalar(name: str, *args: Node) -> Node:
    return call(name, args, ())


def softmax(node: Node) -> Node:
    return call("softmax", (node,), node.shape)


def diag(node: Node) -> Node:
    return call("diag", (node,), (node.shape[0], node.shape[0]))


def sigmoid(node: Node) -> Node:
    return build.apply("sigmoid", node)


RESIDUAL = total([(1, product(X, w)), (-1, y)])

TEXT = [
    (product(total([(1, A), (1, T(A))]), x), "(A + A.T)*x"),
    (total([(2, product(A, x))]), "2*A*x"),
    (T(B), "B.T"),
    (product(x, T(y)), "x*y.T"),
    (total([(2, product(T(X), RESIDUAL))]), "2*X.T*(X*w - y)"),
    (total([(-1, A)]), "-A"),
    (total([(-1, product(T(inv(X)), T(A), T(inv(X))))]), "-inv(X).T*A.T*inv(X).T"),
    (product(scalar("det", X), T(inv(X))), "det(X)*inv(X).T"),
    (diag(hadamard(sigmoid(u), total([(1, ones((n,))), (-1, sigmoid(u))]))), "diag(sigmoid(u).*(1 - sigmoid(u)))"),
    (
        total([(1, diag(softmax(x))), (-1, product(softmax(x), T(softmax(x))))]),
        "diag(softmax(x)) - softmax(x)*softmax(x).T",
    ),
    (product(power(scalar("norm2", RESIDUAL), -1), T(A), RESIDUAL), "A.T*(X*w - y)/norm2(X*w - y)"),
    (product(product(T(x), A, y), x), "x.T*A*y*x"),
    (product(c, call("matpow", (T(A),), A.shape, (2,))), "c*A.T^2"),
    (power(x, 2), "x.^2"),
    (power(x, HALF), "sqrt(x)"),
    (power(x, -1), "1./x"),
    (power(c, -1), "1/c"),
    (product(a, power(b, -1)), "a/b"),
    (hadamard(x, power(y, -1)), "x./y"),
    (hadamard(power(y, -2), x), "1./y.^2.*x"),
    (product(power(c, -1), x), "x/c"),
    (product(a, power(b, -1), power(c, -2), x), "a*x/(b*c^2)"),
    (total([(HALF, x)]), "x/2"),
    (total([(Fraction(-3, 2), x)]), "-3*x/2"),
    (total([(HALF, power(c, -HALF))]), "1/(2*sqrt(c))"),
    (total([(HALF, power(x, -HALF))]), "(1./sqrt(x))/2"),
    (total([(3, power(x, -1))]), "3./x"),
    (total([(1, ones((n,))), (-1, y)]), "1 - y"),
    (total([(1, product(c, ones((n,)))), (1, x)]), "c + x"),
    (total([(1, A), (-2, product(c, ones((n, n))))]), "A .- 2*c"),
    (total([(1, ones((n, n))), (-1, A)]), "ones - A"),
    (total([(1, A), (-1, product(lam, identity(n)))]), "A - lambda*I"),
    (total([(1, c), (-3, number(1))]), "c - 3"),
    (total([(1, identity(n)), (1, ones((n, n)))]), "I(n) + ones"),
    (power(x, Fraction(1, 3)), "x.^(1/3)"),
    (build.apply("pow", x, y), "x.^y"),
    (build.apply("pow", c, total([(1, a), (1, b)])), "c^(a + b)"),
    (identity(n), "I"),
    (scalar("tr", identity(n)), "tr(I(n))"),
    (product(A, ones((n,))), "A*ones(n)"),
    (call("kron", (A, B), (multiply(n, m), multiply(n, n))), "kron(A, B)"),
    (product(T(x), y), "x.T*y"),
    (product(T(x), y, T(z)), "x.T*(y*z.T)"),
    (product(x, T(y), z), "x*y.T*z"),
    (product(A, total([(-1, x)])), "A*(-x)"),
    (total([(1, A), (-1, total([(1, X), (1, T(X))]))]), "A - (X + X.T)"),
    (hadamard(product(A, x), y), "A*x.*y"),
    (product(A, hadamard(x, y)), "A*(x.*y)"),
    (power(total([(1, a), (1, b)]), 2), "(a + b)^2"),
    (power(power(x, 2), 3), "(x.^2).^3"),
    (T(product(A, x)), "(A*x).T"),
    (number(Fraction(1, 2)), "1/2"),
    (number(-3), "-3"),
    (total([(2, total([(1, x), (1, y)]))]), "2*(x + y)"),
    (make("sum", (), (), (n, m)), "zeros"),
]


@pytest.mark.parametrize(("node", "expected"), TEXT, ids=[case[1] for case in TEXT])
def test_text(node: Node, expected: str) -> None:
    assert write.text(node, Context(frozenset({"n", "m", "k"}))) == expected
